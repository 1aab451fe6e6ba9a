"""The built page, as files: `page/` of this package. Nothing else is served from the disk here."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from convscope.export.web.page import FOLDER
from convscope.lang import translate
from convscope.server.answers import Refusal, refusal
from convscope.server.folder import OTHER_TYPE, TYPES, open_inside
from convscope.server.studio.access import message_page

PAGE = Path(__file__).parent / "page"
INDEX = "index.html"
ASSETS = "assets/"
PART_BYTES = 1 << 18


def file_answer(
    folder: Path, name: str, *, kept: str, tag: str = "", request: Request | None = None
) -> Response:
    """Return a file below a folder as an answer; links are not followed.

    Args:
        name: its relative path, with "/".
        kept: the Cache-Control header.
        tag: of the content of the folder; a browser that has the file gets 304.
        request: that the answer is for, to see what the browser has.

    Raises:
        Refusal: 404, there is no such file.
    """
    missing = refusal(404, "there is no such file", where=name[:200])
    try:
        root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        raise missing from None
    try:
        handle = open_inside(root, name)
    except (OSError, ValueError):
        raise missing from None
    finally:
        os.close(root)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise missing
    headers = {"cache-control": kept, "content-length": str(status.st_size)}
    if tag:
        headers["etag"] = f'"{tag}"'
        if request is not None and request.headers.get("if-none-match") == headers["etag"]:
            os.close(handle)
            return Response(status_code=304, headers={"etag": headers["etag"]})
    kind = TYPES.get(os.path.splitext(name)[1].lower(), OTHER_TYPE)
    if kind == "image/svg+xml":  # a drawing that is opened as a page may run scripts
        headers["content-security-policy"] = "default-src 'none'; sandbox"
        headers["content-disposition"] = "attachment"
    return StreamingResponse(_parts(handle, status.st_size), headers=headers, media_type=kind)


def _parts(handle: int, size: int) -> Iterator[bytes]:
    """Yield so many bytes of a file, which may grow meanwhile."""
    with os.fdopen(handle, "rb") as file:
        while size > 0 and (part := file.read(min(size, PART_BYTES))):
            size -= len(part)
            yield part


def page(name: str) -> Response:
    """Return a file of the built page, or how to build it."""
    if name == INDEX and not (PAGE / INDEX).is_file():
        text = translate(
            "This installation has no page of the studio. In a clone of the repository: "
            "`make studio`; else install the wheel again. The routes below /api work."
        )
        body = message_page(translate("The page is not built"), text)
        return Response(body, 503, media_type="text/html")
    if not name.startswith(ASSETS):
        return file_answer(PAGE, name, kept="no-cache")
    kept = "max-age=31536000, immutable"
    try:
        return file_answer(PAGE, name, kept=kept)
    except Refusal:
        # the files of ONNX Runtime are in the package once, with the page of the web export
        return file_answer(FOLDER, name, kept=kept)
