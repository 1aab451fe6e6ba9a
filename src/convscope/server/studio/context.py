"""Everything that routes need, as one argument: `def cards(studio: Here) -> Cards`."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

from fastapi import Depends, Request

if TYPE_CHECKING:
    from convscope.server.studio.jobs.queue import Jobs
    from convscope.server.studio.stream.hub import Hub
    from convscope.server.studio.web_cache import WebFolders
    from convscope.server.studio.worker.worker import Worker
    from convscope.server.studio.workspace import Workspace


class Studio(NamedTuple):
    """Parts of a running studio.

    Attributes:
        workspace: paths and ids.
        jobs: verbs of the command line in child processes: `studio.jobs.start(...)`.
        worker: short computations: `await studio.worker.answer("look.visual", {...})`.
        hub: the stream of events: `studio.hub.publish("data", {...})`.
        pictures: a second worker, for images of data sets: they do not wait for a visual.
        web: models as the page reads them.
    """

    workspace: "Workspace"
    jobs: "Jobs"
    worker: "Worker"
    hub: "Hub"
    pictures: "Worker"
    web: "WebFolders"


def current(request: Request) -> Studio:
    """Return the studio that a request belongs to."""
    studio = request.app.state.studio
    assert isinstance(studio, Studio)
    return studio


Here = Annotated[Studio, Depends(current)]
