"""Sweeps: many runs with other settings, chosen by what the ones before them reached."""

from convscope.sweep.folder import Definition, SweepFolder
from convscope.sweep.run import TrialStarted, sweep
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
    "parse",
    "summarise",
    "sweep",
]
