"""Reading an architecture's JSON as if somebody hostile had written it."""

import json
from typing import Any

from convscope.arch.block import COMPOSITIONS
from convscope.arch.limits import Limits
from convscope.errors import FormatError
from convscope.layers import LAYERS

JSON_DEPTH = 3 * 64  # a block inside a block costs two braces; pydantic's own parser ends at 200


def checked_text(text: str | bytes, limits: Limits, *, where: str) -> str:
    """The text, once its size, depth, names and numbers are known to be sound.

    Raises:
        FormatError: too large, too deep, not UTF-8, not JSON, a name twice, NaN or infinity.
    """
    if len(text) > limits.json_bytes:
        raise FormatError(
            f"json bytes: {len(text):,}",
            expected=f"at most {limits.json_bytes:,}",
            fix="limits=Limits(json_bytes=...) if you mean it",
            where=where,
        )
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FormatError(f"not UTF-8 at byte {error.start}", where=where) from None
    _check_depth(text, where)
    try:
        json.loads(text, object_pairs_hook=_no_name_twice, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"not JSON: {error.msg}", where=f"{where} line {error.lineno}".strip()
        ) from None
    except _RefusedError as error:
        raise FormatError(str(error), expected=error.expected, where=where) from None
    except ValueError:  # Python refuses to read whole numbers of more than 4300 digits
        raise FormatError("a whole number of thousands of digits", where=where) from None
    return text


def _check_depth(text: str, where: str) -> None:
    """Refuse depth bombs before any parser recurses."""
    depth, inside, escaped = 0, False, False
    for char in text:
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "{[":
            depth += 1
            if depth > JSON_DEPTH:
                raise FormatError(
                    f"more than {JSON_DEPTH} brackets inside each other",
                    expected=f"at most {JSON_DEPTH}",
                    where=where,
                )
        elif char in "}]":
            depth -= 1


class _RefusedError(Exception):
    def __init__(self, message: str, expected: str) -> None:
        super().__init__(message)
        self.expected = expected


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RefusedError(
            f"the name {twice[:80]!r} stands twice in one object", "every name once"
        )
    return found


def _no_constant(constant: str) -> None:
    raise _RefusedError(f"{constant} is not a number", "finite numbers")


def readable(loc: tuple[int | str, ...]) -> str:
    """A pydantic location as a path: the tags and containers of blocks are left out.

    ("block", "Chain", "blocks", "conv1", "Conv2d", "stride") -> "conv1.stride"
    """
    layers = {layer.__name__ for layer in LAYERS}
    compositions = {composition.__name__ for composition in COMPOSITIONS}
    parts = list(loc)
    if not parts or parts[0] != "block":
        return ".".join(str(part) for part in parts)
    path: list[str] = []
    parts = ["Chain", *parts[1:]]
    while parts and parts[0] in compositions:
        kind, *parts = parts
        if kind in ("Chain", "Concat") and parts and parts[0] == "blocks":
            parts = parts[1:]
        if parts:
            path.append(str(parts.pop(0)))
    if parts and parts[0] in layers:
        parts = parts[1:]
    return ".".join(
        [*path, *(str(part) for part in parts if not str(part).startswith("function-"))]
    )
