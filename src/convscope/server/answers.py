"""Errors as answers over HTTP: a status, and JSON with given, expected, fix and where."""

import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from convscope.errors import ConvscopeError, InputError
from convscope.io.image_limits import TOO_LARGE
from convscope.server.language import translator_for
from convscope.text import printable

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

CLOSE = (b"connection", b"close")
PROTECTION = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob: data:; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
]
"""Headers of every answer."""

MOST_TEXT = 500  # characters of each part of an error


class Refusal(Exception):  # noqa: N818  an answer, not a fault
    """A request that is not answered, with its status.

    Args:
        status: of HTTP.
        error: the reason.
        headers: further ones, as Retry-After.
    """

    def __init__(self, status: int, error: ConvscopeError, headers: Headers = ()) -> None:
        super().__init__(str(error))
        self.status, self.error, self.headers = status, error, headers


def refusal(
    status: int, problem: str, *, expected: str = "", fix: str = "", where: str = ""
) -> Refusal:
    """Return a refusal from the parts of its error; 429 and 503 may be tried again in a second."""
    error = InputError(problem, expected=expected, fix=fix, where=where)
    again = [(b"retry-after", b"1")] if status in (429, 503) else []
    return Refusal(status, error, again)


def status_of(error: ConvscopeError) -> int:
    """Return the status of an error in a request: 413 for what is too large, else 422."""
    return 413 if error.code == TOO_LARGE else 422


def error_json(status: int, error: ConvscopeError, languages: str = "") -> bytes:
    """Return an error as JSON; parts that are empty are left out.

    Args:
        languages: that the client prefers, as in Accept-Language; "" for English.
    """
    translate = translator_for(languages)
    parts = {
        "given": error.given,
        "expected": error.expected,
        "fix": error.fix,
        "where": error.where,
    }
    sentences = {name: translate(text) for name, text in parts.items() if name != "where"}
    texts = {
        name: printable(sentences.get(name, text), MOST_TEXT)
        for name, text in parts.items()
        if text
    }
    return json.dumps({"error": {"status": status, **texts}}).encode()


def json_headers(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers of a JSON answer."""
    length = str(len(body)).encode()
    return [(b"content-type", b"application/json"), (b"content-length", length)]
