"""One HTML file: the page with its files inside, as base64 in an element that is no script."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path

from convscope.errors import FormatError

ELEMENT = '<script type="application/json" id="files">'
END = "</body>"
CHUNK_BYTES = 3 << 20  # a multiple of 3, so that base64 can be joined


def html_parts(page: str, files: Mapping[str, Path]) -> Iterator[bytes]:
    """Yield a page that holds the files of `model/` by their names.

    Names and base64 consist of letters, digits and -_./+=, which end no script.

    Raises:
        FormatError: the page is not that of a single file.
    """
    before, end, after = page.rpartition(END)
    if not end:
        raise FormatError("the built page has no body", fix="make web")
    yield f"{before}{ELEMENT}{{".encode()
    for number, (name, path) in enumerate(files.items()):
        yield f'{"," if number else ""}"{name}":"'.encode()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield base64.b64encode(chunk)
        yield b'"'
    yield f"}}</script>{end}{after}".encode()
