"""Reading an architecture's JSON as if somebody hostile had written it."""

import json
import math
import re
from collections import Counter
from typing import Any

from convscope.arch.block import COMPOSITIONS
from convscope.arch.limits import Limits
from convscope.errors import FormatError
from convscope.layers import LAYERS

JSON_DEPTH = 3 * 64  # a block inside a block costs two braces; pydantic's own parser ends at 200
# a whole string, or one bracket; possessive, so that a long string needs no memory to go back
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)


def checked_text(text: str | bytes, limits: Limits, *, where: str) -> str:
    """The text, once its size, depth, names and numbers are known to be sound.

    Raises:
        FormatError: too large, too deep, not UTF-8, not JSON, a name twice, NaN or infinity.
    """
    _check_size("json_bytes", len(text), limits, where)
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FormatError(f"not UTF-8 at byte {error.start}", where=where) from None
    # every value but the first follows a comma or opens something; a quote belongs to one of
    # at most two strings a value
    values = 1 + text.count(",") + text.count("[") + text.count("{")
    _check_size("json_values", max(values, text.count('"') // 4), limits, where)
    _check_depth(text, where)
    try:
        json.loads(
            text,
            object_pairs_hook=_no_name_twice,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise FormatError(
            f"not JSON: {error.msg}", where=f"{where} line {error.lineno}".strip()
        ) from None
    except _RefusedError as error:
        raise FormatError(str(error), expected=error.expected, where=where) from None
    except ValueError:  # Python refuses to read whole numbers of more than 4300 digits
        raise FormatError("a whole number of thousands of digits", where=where) from None
    return text


def _check_size(name: str, value: int, limits: Limits, where: str) -> None:
    limit: int = getattr(limits, name)
    if value > limit:
        raise FormatError(
            f"{name.replace('_', ' ')}: {value:,}",
            expected=f"at most {limit:,}",
            fix=f"limits=Limits({name}=...) if you mean it",
            where=where,
        )


def _check_depth(text: str, where: str) -> None:
    """Refuse depth bombs before any parser recurses."""
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        first = text[found.start()]
        depth += (first in "[{") - (first in "]}")
        if depth > JSON_DEPTH:
            raise FormatError(
                f"more than {JSON_DEPTH} brackets inside each other",
                expected=f"at most {JSON_DEPTH}",
                where=where,
            )
        if depth < 0:
            return  # more are closed than opened: the parser says where


class _RefusedError(Exception):
    def __init__(self, message: str, expected: str) -> None:
        super().__init__(message)
        self.expected = expected


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _RefusedError(
            f"the name {twice[:80]!r} stands twice in one object", "every name once"
        )
    return found


def _no_constant(constant: str) -> None:
    raise _RefusedError(f"{constant} is not a number", "finite numbers")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _RefusedError(f"{text[:80]} is larger than any number", "finite numbers")
    return number


def readable(loc: tuple[int | str, ...]) -> str:
    """A pydantic location as a path: the tags and containers of blocks are left out.

    ("block", "Chain", "blocks", "conv1", "Conv2d", "stride") -> "conv1.stride"
    """
    layers = {layer.__name__ for layer in LAYERS}
    compositions = {composition.__name__: composition for composition in COMPOSITIONS}
    parts = list(loc)
    if not parts or parts[0] != "block":
        return ".".join(str(part)[:80] for part in parts)
    path: list[str] = []
    parts = ["Chain", *parts[1:]]
    while parts and (kind := compositions.get(str(parts[0]))):
        parts = parts[1:]
        if "blocks" in kind.model_fields and parts and parts[0] == "blocks":
            parts = parts[1:]
        if parts:
            path.append(str(parts.pop(0))[:80])
    if parts and parts[0] in layers:
        parts = parts[1:]
    return ".".join(
        [*path, *(str(part)[:80] for part in parts if not str(part).startswith("function-"))]
    )
