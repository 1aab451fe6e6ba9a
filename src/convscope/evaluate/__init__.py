"""Evaluation: one pass over a split gives one `Evaluation`.

Metrics and the crops of an image belong here; data sets, models and reports do not.
"""

from typing import TYPE_CHECKING

from convscope.lazy import lazy

if TYPE_CHECKING:
    from convscope.evaluate.crops import GoogLeNetCrops, MultiScale, SingleCrop, TenCrop
    from convscope.evaluate.metrics import Evaluation
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "convscope.evaluate.crops": ["GoogLeNetCrops", "MultiScale", "SingleCrop", "TenCrop"],
            "convscope.evaluate.metrics": ["Evaluation"],
        },
    )

__all__ = ["Evaluation", "GoogLeNetCrops", "MultiScale", "SingleCrop", "TenCrop"]
