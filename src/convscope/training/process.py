"""The process that trains: device, ranks, workers, and its ties to the user."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from convscope.data.dataset import Progress, silent
from convscope.distributed import SINGLE_PROCESS, Group

ShowProgress = Callable[[str, str], AbstractContextManager[Progress]]
"""Shows the progress of a work, from a unit and an action, as "images" and "validating"."""


def never() -> bool:
    """Return False: no request to stop."""
    return False


def no_progress(_unit: str, _action: str) -> AbstractContextManager[Progress]:
    """Show no progress."""
    return nullcontext(silent)


@dataclass(frozen=True)
class Process:
    """The process that trains.

    Attributes:
        device: "cpu", "cuda", "cuda:1" ...
        group: the ranks that train together; only rank 0 writes the run folder.
        stop_requested: called between steps; true saves a checkpoint and stops.
        workers: processes that decode photos; 0 decodes in this process, None is one per core and
            at most 8, divided by the number of ranks.
        progress: shows the progress of what takes long beside the steps.
        watch: write figures of every layer, predictions and pictures while the run trains.
    """

    device: str = "cpu"
    group: Group = SINGLE_PROCESS
    stop_requested: Callable[[], bool] = never
    workers: int | None = None
    progress: ShowProgress = no_progress
    watch: bool = False
