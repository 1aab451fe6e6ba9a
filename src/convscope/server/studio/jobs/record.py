"""Types of jobs, as the page gets them and as their folder has them."""

from typing import Annotated, Literal

from pydantic import Field

from convscope.record import Record
from convscope.server.schema import Reason

State = Literal["waiting", "running", "done", "failed", "cancelled", "damaged"]
JobKind = Literal["training", "work"]

LIVE: tuple[State, ...] = ("waiting", "running")


class Progress(Record):
    """Progress of a job or a task.

    Attributes:
        done, total: in the unit that `text` names; total is 0 where it is not known.
    """

    done: float = 0
    total: float = 0
    text: str = ""


class Job(Record):
    """A verb of the command line that runs, ran, or waits.

    Attributes:
        command: the command line that does the same.
        state: "cancelled" also for what was stopped; "damaged" if its files cannot be read.
        resumable: a training that continues with `convscope train --resume`.
        error: why it failed.
        created, started, ended: seconds since 1970, UTC.
        run: id of the run that it writes.
        position: place in the queue, from 1.
    """

    id: str
    verb: str
    kind: JobKind
    command: str
    state: State
    progress: Progress = Progress()
    resumable: bool = False
    exit_code: int | None = None
    error: Reason | None = None
    created: float
    started: float | None = None
    ended: float | None = None
    run: str | None = None
    position: int | None = None


class JobList(Record):
    """All jobs, the newest first."""

    jobs: tuple[Job, ...]


class Stored(Record):
    """`job.json`: what was requested; it never changes.

    Attributes:
        run: the run folder, relative to the workspace.
    """

    id: str
    verb: str
    arguments: tuple[str, ...]
    kind: JobKind
    created: Annotated[float, Field(ge=0, le=1e11)]
    run: str | None = None


class Ending(Record):
    """`exit.json`: how the process of a job ended."""

    code: int
    ended: float
    error: Reason | None = None


class Log(Record):
    """The end of what a job printed.

    Attributes:
        output: standard output.
        error: standard error.
    """

    output: str
    error: str
