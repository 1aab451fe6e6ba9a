"""Training that survives anything: recipes, the loop, checkpoints, run folders, commands."""

from convscope.training.control import Command, send
from convscope.training.events import (
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
from convscope.training.loggers.csv_file import events_csv
from convscope.training.prepare import make_job, preprocessing_of
from convscope.training.recipe.recipe import EarlyStop, Recipe
from convscope.training.run_folder import Run
from convscope.training.signals import stop_on_signals
from convscope.training.start import is_restart, resume, start

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
    "events_csv",
    "is_restart",
    "make_job",
    "preprocessing_of",
    "read_events",
    "resume",
    "send",
    "start",
    "stop_on_signals",
]
