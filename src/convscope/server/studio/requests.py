"""Input of routes: ids in paths, bodies of JSON, uploads.

    @router.post("/api/runs/{id}/notes")
    def write(id: Id, body: Annotated[Notes, posted(Notes)], studio: Here) -> Saved: ...

A body is read as JSON by pydantic, strictly: FastAPI's own reader would give a strict record lists
where it has tuples. The documentation of the routes (OpenAPI) shows it all the same.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pydantic
from fastapi import Depends, Request
from fastapi import Path as InPath

from convscope.errors import InputError, from_validation
from convscope.io.storage import refused, temporary_path
from convscope.record import Record
from convscope.server.answers import refusal
from convscope.server.bodies import SHARE, read_body
from convscope.server.limits import Limits
from convscope.text import byte_size, printable

T = TypeVar("T", bound=Record)

ID = r"^[a-z0-9_-]{1,64}$"
Id = Annotated[str, InPath(pattern=ID, description="An id, as lists have it.")]
"""An id in a path; another text is answered with 404."""

JSON_BYTES = 4 << 20  # of a body; an architecture of 200 blocks takes 100 KB
UPLOAD_BYTES = 2 << 30
UPLOAD_TYPE = "application/octet-stream"
DEEPEST = 64  # nesting of JSON


class PostedBody:
    """Reader of a body; `openapi` finds the type here."""

    def __init__(self, kind: type[Record], most: int) -> None:
        self.kind, self._limits = kind, Limits(body_bytes=most)

    async def __call__(self, request: Request) -> Any:
        body = await read_body(request.receive, self._limits, request.scope[SHARE])
        try:
            return self.kind.model_validate_json(body or b"{}")
        except pydantic.ValidationError as error:
            raise _invalid(error, self.kind) from None


def posted(kind: type[Record], *, most: int = JSON_BYTES) -> Any:
    """Return the dependency that reads a body of JSON as a record.

    Args:
        most: bytes; a longer body is answered with 413.
    """
    return Depends(PostedBody(kind, most))


def _invalid(error: pydantic.ValidationError, kind: type[Record]) -> Exception:
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        problem = str(first["msg"]).removeprefix("Invalid JSON: ")
        return refusal(422, f"the body is no JSON: {printable(problem, 100)}", expected="JSON")
    return from_validation(error, kind=InputError, fields=lambda _loc: list(kind.model_fields))


async def save_upload(request: Request, path: Path, *, most: int = UPLOAD_BYTES) -> int:
    """Write the body of a request to a file, part by part; return its size.

    An upload is one file, sent as it is with the Content-Type application/octet-stream; its name
    is in the query. The file gets its name once it is complete.

    Raises:
        Refusal: 413, it is larger than `most`; 415, another Content-Type.
        StorageError: the disk is full.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != UPLOAD_TYPE:
        raise refusal(415, "this is no upload", expected=f"Content-Type: {UPLOAD_TYPE}")
    temporary = temporary_path(path)
    size = 0
    try:
        with temporary.open("xb") as file:
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise refusal(
                        413, "the file is too large", expected=f"at most {byte_size(most)}"
                    )
                file.write(part)
        os.replace(temporary, path)
    except OSError as error:
        raise refused(error, path, needed=size) from error
    finally:
        temporary.unlink(missing_ok=True)
    request.scope[SHARE].complete = True
    return size


Reader = Callable[[Request], Any]
