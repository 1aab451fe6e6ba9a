"""Sweeps: hyper-parameter search over the settings of a recipe."""

from convscope.sweep.folder import Definition, SweepFolder
from convscope.sweep.run import TrialStarted, check_sweep, sweep
from convscope.sweep.space import AnyDimension, Choice, Range, parse
from convscope.sweep.summary import Outcome, Summary, summarise

__all__ = [
    "AnyDimension",
    "Choice",
    "Definition",
    "Outcome",
    "Range",
    "Summary",
    "SweepFolder",
    "TrialStarted",
    "check_sweep",
    "parse",
    "summarise",
    "sweep",
]
