"""Training: recipes, the loop, checkpoints, run folders, events and control."""

from typing import TYPE_CHECKING

from convscope.lazy import lazy

if TYPE_CHECKING:
    from convscope.training.loggers.csv_file import events_csv
    from convscope.training.recipe.recipe import Recipe
    from convscope.training.run.events import read_events
    from convscope.training.start import resume
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "convscope.training.run.events": ["read_events"],
            "convscope.training.loggers.csv_file": ["events_csv"],
            "convscope.training.recipe.recipe": ["Recipe"],
            "convscope.training.start": ["resume"],
        },
    )

__all__ = ["Recipe", "events_csv", "read_events", "resume"]
