"""Training that survives anything: recipes, the loop, checkpoints, run folders, commands."""

from convscope.train.control import Command, send
from convscope.train.events import (
    ControlApplied,
    EpochEvent,
    Event,
    Finished,
    Note,
    Resumed,
    Started,
    StepEvent,
    Stopped,
    read_events,
)
from convscope.train.recipe import EarlyStop, Recipe
from convscope.train.run import Run
from convscope.train.signals import stop_on_signals
from convscope.train.start import make_job, preprocessing_of, resume, start

__all__ = [
    "Command",
    "ControlApplied",
    "EarlyStop",
    "EpochEvent",
    "Event",
    "Finished",
    "Note",
    "Recipe",
    "Resumed",
    "Run",
    "Started",
    "StepEvent",
    "Stopped",
    "make_job",
    "preprocessing_of",
    "read_events",
    "resume",
    "send",
    "start",
    "stop_on_signals",
]
