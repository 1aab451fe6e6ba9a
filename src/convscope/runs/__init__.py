"""Runs on disk: find them, read what they reached, compare and plot them. Imports no torch.

    convscope.runs()                     the runs in runs/ and sweeps/
    convscope.runs("runs/").curves()

Only what a line of the list needs is read of each run. A run that cannot be read is a line with
the reason. Training and its files are in `convscope.training`.

The package can be called, since the public function has its name. Names of `convscope.starting`,
which had this name before, are still found here.
"""

import sys
from types import ModuleType

from convscope.lazy import lazy
from convscope.runs.listing import runs

__all__ = ["runs"]

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
__getattr__, _ = lazy(__name__, {"convscope.starting": FORMER})  # `help` and `dir` leave them out


class _Callable(ModuleType):
    """Type of this package: `convscope.runs(...)` calls the function of that name."""

    __call__ = staticmethod(runs)


sys.modules[__name__].__class__ = _Callable
