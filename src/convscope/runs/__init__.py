"""Runs on disk. Names of `convscope.starting`, which was this module once, are found here too."""

from convscope.lazy import lazy

FORMER = (
    "LOGGERS",
    "Plan",
    "REPORT",
    "Weights",
    "lr_range",
    "plan",
    "resume",
    "start",
    "train",
)
__getattr__, __dir__ = lazy(__name__, {"convscope.starting": FORMER})
