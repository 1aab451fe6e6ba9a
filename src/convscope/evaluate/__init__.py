"""How good a network is: one pass over a split, one `Evaluation`."""

from convscope.evaluate.accumulator import Tally
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
    Evaluation,
    Mistake,
    percent,
)
from convscope.evaluate.multi_crop import evaluate_crops
from convscope.evaluate.protocol import batch_for, evaluate

__all__ = [
    "CROPS",
    "AnyCrops",
    "CalibrationBin",
    "ClassMetrics",
    "Dense",
    "Evaluation",
    "GoogLeNetCrops",
    "Mistake",
    "MultiScale",
    "SingleCrop",
    "Tally",
    "TenCrop",
    "batch_for",
    "evaluate",
    "evaluate_crops",
    "find_crops",
    "percent",
]
