"""The entrance: the one-time link, the state of the studio, and the files of the page."""

import os

from fastapi import APIRouter, Request
from starlette.responses import Response

from convscope import __version__
from convscope.lang import translate
from convscope.record import Record
from convscope.server.studio import pages
from convscope.server.studio.access import OPEN, message_page
from convscope.server.studio.context import Here

router = APIRouter(tags=["studio"])


class Health(Record):
    """State of the studio.

    Attributes:
        workspace: its folder, as text for people.
        data: further folders that it may read.
        pid: of its process.
    """

    version: str
    workspace: str
    data: tuple[str, ...]
    pid: int


@router.get("/api/health")
def health(studio: Here) -> Health:
    """Return where the studio works."""
    workspace = studio.workspace
    data = tuple(map(str, workspace.data_folders))
    return Health(version=__version__, workspace=str(workspace.root), data=data, pid=os.getpid())


@router.get(OPEN, include_in_schema=False)
async def enter(request: Request) -> Response:
    """Exchange the code of a link for the cookie, and lead on to the page.

    A redirect would keep the site that the link stood on, and the cookie would not be sent.
    """
    cookie = request.app.state.access.enter(request.url.query)
    body = message_page(translate("Studio"), "", translate("Open the studio"), refresh=True)
    answer = Response(body, media_type="text/html")
    answer.raw_headers.append((b"set-cookie", cookie))
    return answer


@router.get("/", include_in_schema=False)
def index() -> Response:
    """Return the page."""
    return pages.page(pages.INDEX)


@router.get("/{name:path}", include_in_schema=False)
def file(name: str) -> Response:
    """Return a file of the page."""
    return pages.page(name)
