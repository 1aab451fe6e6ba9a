"""How good a network is: one pass over a split, one `Evaluation`."""

from convscope.evaluate.metrics import (
    CalibrationBin,
    ClassMetrics,
    Evaluation,
    Mistake,
    percent,
)
from convscope.evaluate.protocol import evaluate
from convscope.evaluate.tally import Tally

__all__ = [
    "CalibrationBin",
    "ClassMetrics",
    "Evaluation",
    "Mistake",
    "Tally",
    "evaluate",
    "percent",
]
