"""Evaluation: one pass over a split gives one `Evaluation`.

Metrics and the ways to crop an image belong here; data sets, models and reports do not.
"""

from typing import TYPE_CHECKING

from convscope.lazy import lazy

if TYPE_CHECKING:
    from convscope.evaluate.accumulator import MetricAccumulator
    from convscope.evaluate.crops import (
        CROPS,
        AnyCrops,
        GoogLeNetCrops,
        MultiScale,
        SingleCrop,
        TenCrop,
        find_crops,
    )
    from convscope.evaluate.dense import Dense
    from convscope.evaluate.metrics import (
        CalibrationBin,
        ClassMetrics,
        ConfusedPair,
        Evaluation,
        Mistake,
        percent,
    )
    from convscope.evaluate.multi_crop import Preprocessing, evaluate_crops
    from convscope.evaluate.protocol import batch_for, evaluate
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "convscope.evaluate.accumulator": ("MetricAccumulator",),
            "convscope.evaluate.crops": (
                "CROPS",
                "AnyCrops",
                "GoogLeNetCrops",
                "MultiScale",
                "SingleCrop",
                "TenCrop",
                "find_crops",
            ),
            "convscope.evaluate.dense": ("Dense",),
            "convscope.evaluate.metrics": (
                "CalibrationBin",
                "ClassMetrics",
                "Evaluation",
                "ConfusedPair",
                "Mistake",
                "percent",
            ),
            "convscope.evaluate.multi_crop": ("Preprocessing", "evaluate_crops"),
            "convscope.evaluate.protocol": ("batch_for", "evaluate"),
        },
    )

__all__ = [
    "CROPS",
    "AnyCrops",
    "CalibrationBin",
    "ClassMetrics",
    "ConfusedPair",
    "Dense",
    "Evaluation",
    "GoogLeNetCrops",
    "MetricAccumulator",
    "Mistake",
    "MultiScale",
    "Preprocessing",
    "SingleCrop",
    "TenCrop",
    "batch_for",
    "evaluate",
    "evaluate_crops",
    "find_crops",
    "percent",
]
