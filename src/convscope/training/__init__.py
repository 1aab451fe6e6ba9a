"""Training: recipes, the loop, checkpoints, run folders, events and control."""

from typing import TYPE_CHECKING

from convscope.lazy import lazy

if TYPE_CHECKING:
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
    from convscope.training.start import is_restart, resume
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "convscope.training.control": ("Command", "send"),
            "convscope.training.events": (
                "ControlApplied",
                "EpochEvent",
                "Event",
                "Finished",
                "Note",
                "Resumed",
                "Started",
                "StepEvent",
                "Stopped",
                "read_events",
            ),
            "convscope.training.loggers.csv_file": ("events_csv",),
            "convscope.training.prepare": ("make_job", "preprocessing_of"),
            "convscope.training.recipe.recipe": ("EarlyStop", "Recipe"),
            "convscope.training.run_folder": ("Run",),
            "convscope.training.signals": ("stop_on_signals",),
            "convscope.training.start": ("is_restart", "resume"),
        },
    )

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
    "stop_on_signals",
]
