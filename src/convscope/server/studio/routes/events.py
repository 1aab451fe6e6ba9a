"""The stream of events, and the events of a run from an offset on."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from convscope.record import Record
from convscope.server.studio.context import Here
from convscope.server.studio.requests import Id
from convscope.server.studio.stream.lines import Tail, as_json
from convscope.training.run.files import EVENTS, MOST_LINES_BYTES

router = APIRouter(tags=["events"])


class RunEvents(Record):
    """Events of a run.

    Attributes:
        events: lines of `events.jsonl`, each an object with a `type`.
        offset: where the next reading starts, in bytes.
    """

    events: list[dict[str, Any]]
    offset: int


@router.get(
    "/api/events",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}},
)
async def events(
    request: Request,
    studio: Here,
    last: Annotated[str, Query(max_length=40, description="As the header Last-Event-ID.")] = "",
    lang: Annotated[str, Query(max_length=20, description="As the header Accept-Language.")] = "",
) -> Response:
    """Stream what changes: run, job, watch, data, task; and reset, after which all is read anew."""
    text = request.headers.get("last-event-id", last)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
    client = studio.hub.join(number, lang or request.headers.get("accept-language", ""))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(client.lines(), headers=headers, media_type="text/event-stream")


@router.get("/api/runs/{id}/events", response_model=RunEvents)
def run_events(
    id: Id, studio: Here, offset: Annotated[int, Query(ge=0, le=MOST_LINES_BYTES)] = 0
) -> Response:
    """Return the events of a run from an offset on, as many as there are."""
    tail = Tail(studio.workspace.run(id) / EVENTS, offset)
    lines = tail.read(MOST_LINES_BYTES)
    body = b'{"events":' + as_json(lines.text) + b',"offset":%d}' % lines.end
    return Response(body, media_type="application/json")
