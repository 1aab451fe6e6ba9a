"""Checks of JSON text before it is parsed: the text may be malicious."""

import dataclasses
import json
import math
import re
from collections import Counter
from typing import Any, cast

from convscope.arch.block import COMPOSITIONS
from convscope.arch.limits import Limits
from convscope.errors import FormatError
from convscope.io.text_file import decode
from convscope.layers import LAYERS

JSON_DEPTH = 3 * 64  # a nested block needs two braces; pydantic's parser stops at 200
# a string or a bracket; possessive, so that a long string needs no memory for backtracking
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)


def checked_text(text: str | bytes, limits: Limits, *, where: str) -> str:
    """Return the text after checking its size, depth, names and numbers.

    Raises:
        FormatError: too large, too deep, not UTF-8, not JSON, a duplicate name, NaN or infinity.
    """
    _check_size("json_bytes", len(text), limits, where)
    text = decode(text, where=where) if isinstance(text, bytes) else text.removeprefix("\ufeff")
    # every value but the first follows a comma or a bracket; each has at most two strings
    values = 1 + text.count(",") + text.count("[") + text.count("{")
    _check_size("json_values", max(values, text.count('"') // 4), limits, where)
    _check_depth(text, where)
    try:
        json.loads(
            text,
            object_pairs_hook=_unique_names,
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
        raise FormatError("a whole number of more than 4,300 digits", where=where) from None
    return text


def _check_size(name: str, value: int, limits: Limits, where: str) -> None:
    limit: int = getattr(limits, name)
    if value > limit:
        raise FormatError(
            f"{name.replace('_', ' ')}: {value:,}",
            expected=f"at most {limit:,}",
            fix=f"pass limits=Limits({name}=...) to allow it",
            where=where,
        )


def _check_depth(text: str, where: str) -> None:
    """Reject deep nesting before a parser recurses into it."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = text[match.start()]
        depth += (first in "[{") - (first in "]}")
        if depth > JSON_DEPTH:
            raise FormatError(
                f"more than {JSON_DEPTH} nested brackets",
                expected=f"at most {JSON_DEPTH}",
                where=where,
            )
        if depth < 0:
            return  # unbalanced brackets: the parser reports them


class _RefusedError(Exception):
    def __init__(self, message: str, expected: str) -> None:
        super().__init__(message)
        self.expected = expected


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _RefusedError(
            f"the name {twice[:80]!r} is used twice in one object", "every name once"
        )
    return values


def _no_constant(constant: str) -> None:
    raise _RefusedError(f"{constant} is not a number", "finite numbers")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _RefusedError(f"{text[:80]} is too large for a number", "finite numbers")
    return number


def layer_fields(loc: tuple[int | str, ...]) -> list[str]:
    """Return the fields of the layer or block at a pydantic location; none if it is neither."""
    blocks = {block.__name__: block for block in COMPOSITIONS}
    if len(loc) > 1 and (block := blocks.get(str(loc[-2]))):
        return [name for name in block.model_fields if name != "type"]
    layers = {layer.__name__: layer for layer in LAYERS}
    kind = layers.get(str(loc[-2])) if len(loc) > 1 else None
    return [field.name for field in dataclasses.fields(cast(Any, kind))] if kind else []


def readable(loc: tuple[int | str, ...]) -> str:
    """Return a pydantic location as a path, without the tags and containers of blocks.

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
