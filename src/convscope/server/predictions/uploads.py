"""Bodies of requests to images: a file as it is, a form with several files, or JSON.

Nothing is decoded here. Names come from strangers: they are shown, never opened.

Legend: H height, W width, C channels.
"""

import base64
import binascii
import math
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import numpy as np
import pydantic
from numpy.typing import NDArray
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from convscope.errors import ConvscopeError, InputError, from_validation
from convscope.server.answers import refusal
from convscope.server.predictions.schema import JsonImage, Options, PredictRequest
from convscope.text import printable

MOST_NAME = 255
MOST_FIELD = 100  # bytes of a field that is no file
FORM, JSON = b"multipart/form-data", b"application/json"
BYTES = (b"", b"application/octet-stream", b"binary/octet-stream")
ACCEPTED = "image/*, application/octet-stream, multipart/form-data or application/json"


class Upload(NamedTuple):
    """One image of a request, encoded or as pixels, with its name.

    Attributes:
        data: bytes of an image file; None for pixels.
        pixels: nested lists, or an array (H, W) or (H, W, C).
    """

    name: str
    data: bytes | None = None
    pixels: list[Any] | NDArray[np.uint8] | None = None


class Parsed(NamedTuple):
    """The images of a request, and its options."""

    uploads: list[Upload]
    options: Options


def parse(content_type: bytes, body: bytes, options: Options, *, parts: int) -> Parsed:
    """Return the images of a body.

    Args:
        options: of the address; fields of a form and of JSON take their place.
        parts: limit of images and fields.

    Raises:
        Refusal: 413, 415 or 422.
        InputError: a field that does not fit.
    """
    kind, parameters = parse_options_header(content_type)
    if kind == FORM:
        return _form(parameters.get(b"boundary", b""), body, options, parts)
    if kind == JSON:
        return _json(body, options, parts)
    if kind.startswith(b"image/") or kind in BYTES:
        if not body:
            raise refusal(422, "the body is empty", expected="an image")
        return Parsed([Upload("body", body)], options)
    raise refusal(
        415, f"Content-Type {printable(kind.decode('latin-1'), 60)!r} is not read",
        expected=ACCEPTED,
    )  # fmt: skip


class _Part:
    """A part of a form while it is read."""

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.name, self.value = b"", b""
        self.data: list[bytes] = []

    def end_header(self) -> None:
        self.headers[self.name.lower()] = self.value
        self.name = self.value = b""


class _Form:
    """Collects the parts that the parser finds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.parts: list[_Part] = []
        self.ended = False

    def begin(self) -> None:
        if len(self.parts) == self._most:
            raise refusal(
                413, f"more than {self._most} parts", expected=f"at most {self._most} images",
                fix="send them in several requests",
            )  # fmt: skip
        self.parts.append(_Part())

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].value += data[start:end]

    def header_end(self) -> None:
        self.parts[-1].end_header()

    def content(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].data.append(data[start:end])

    def end(self) -> None:
        self.ended = True


def _form(boundary: bytes, body: bytes, options: Options, most: int) -> Parsed:
    form = _Form(most)
    callbacks: Any = {
        "on_part_begin": form.begin,
        "on_header_field": form.header_name,
        "on_header_value": form.header_value,
        "on_header_end": form.header_end,
        "on_part_data": form.content,
        "on_end": form.end,
    }
    try:
        if not boundary or len(boundary) > 200:
            raise FormParserError("the boundary is missing or too long")
        parser = MultipartParser(boundary, callbacks)
        parser.write(body)
        parser.finalize()
        if not form.ended:
            raise FormParserError("it ends early")
    except FormParserError as error:
        raise refusal(
            422,
            f"the form is damaged: {printable(str(error), 100)}",
            expected="multipart/form-data, as curl -F image=@photo.jpg sends it",
        ) from None
    uploads: list[Upload] = []
    fields: dict[str, str] = {}
    for part in form.parts:
        _, names = parse_options_header(part.headers.get(b"content-disposition", b""))
        data = part.data[0] if len(part.data) == 1 else b"".join(part.data)
        name = _file_name(names)
        if name is not None:
            uploads.append(Upload(_shown(name) or f"file {len(uploads) + 1}", data))
        else:
            fields[_shown(names.get(b"name", b""))] = _shown(data[: MOST_FIELD + 1])
    if not uploads:
        raise refusal(
            422, "no file in the form", expected="one or more files",
            fix="curl -F image=@photo.jpg sends a file",
        )  # fmt: skip
    return Parsed(uploads, with_texts(options, fields))


def _file_name(names: dict[bytes, bytes]) -> bytes | None:
    """Return the name of a file, also in the form filename*=utf-8''a%20b; None for a field."""
    if b"filename*" in names:
        return unquote_to_bytes(names[b"filename*"].rpartition(b"'")[2])
    return names.get(b"filename")


def _shown(name: bytes) -> str:
    """Return a name or a value as text; invalid UTF-8 and control characters are escaped."""
    return printable(name.decode("utf-8", "surrogateescape"), MOST_NAME)


def with_texts(options: Options, texts: dict[str, str]) -> Options:
    """Return options with others from text, as in an address or a form.

    Raises:
        InputError: an unknown one, or a value that does not fit.
    """
    if not texts:
        return options
    values: dict[str, Any] = {}
    for name, text in texts.items():
        lower = text.strip().lower()
        is_number = lower.isascii() and lower.isdigit() and len(lower) < 10
        values[name] = {"true": True, "false": False}.get(lower, int(lower) if is_number else text)
        if name in ("invert", "digit", "keep_going") and lower in ("0", "1"):
            values[name] = lower == "1"
    try:
        return Options.model_validate({**options.model_dump(), **values})
    except pydantic.ValidationError as error:
        raise _invalid(error, list(Options.model_fields)) from None


def _invalid(error: pydantic.ValidationError, names: list[str]) -> ConvscopeError:
    return from_validation(error, kind=InputError, fields=lambda _loc: names)


def _json(body: bytes, options: Options, most: int) -> Parsed:
    try:
        request = PredictRequest.model_validate_json(body)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0] if error.error_count() < most else None
        if first is not None and first["type"] == "json_invalid":
            problem = str(first["msg"]).removeprefix("Invalid JSON: ")
            text = f"the body is no JSON: {printable(problem, 100)}"
            raise refusal(422, text, expected='{"images": [...]}') from None
        raise _invalid(error, list(PredictRequest.model_fields)) from None
    if len(request.images) > most:
        raise refusal(413, f"{len(request.images)} images", expected=f"at most {most} images")
    set_here = request.model_fields_set & set(Options.model_fields)
    changed = {name: getattr(request, name) for name in set_here}
    uploads = [_json_image(image, number) for number, image in enumerate(request.images)]
    return Parsed(uploads, options.model_copy(update=changed))


def _json_image(image: JsonImage, number: int) -> Upload:
    where = f"images.{number}"
    name = printable(image.name, MOST_NAME) if image.name else where
    if (image.base64 is None) == (image.pixels is None):
        raise InputError("one image", expected='either "base64" or "pixels"', where=where)
    if image.pixels is not None:
        return Upload(name, pixels=image.pixels)
    assert image.base64 is not None
    try:
        data = base64.b64decode(image.base64, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("base64 does not decode", expected="base64", where=where) from None
    if image.shape is None:
        return Upload(name, data)
    is_shape = len(image.shape) in (2, 3) and all(0 < side < 1 << 16 for side in image.shape)
    if not is_shape or math.prod(image.shape) != len(data):
        shape = image.shape[:4]
        raise InputError(
            f"{len(data):,} bytes for the shape {shape}",
            expected="[H, W] or [H, W, C], one byte for each value",
            where=where,
        )
    return Upload(name, pixels=np.frombuffer(data, np.uint8).reshape(image.shape))
