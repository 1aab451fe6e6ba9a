"""Texts of payloads in the language in use, as drawings translate them."""

from typing import Any

from convscope.lang import translate
from convscope.payload.scale import PIXEL

NOT_TEXT = frozenset(
    {"kind", "colours", "x_scale", "y_scale", "y_format", "dtype", "base64", "colour"}
)
"""Keys whose values are codes."""


def translated(value: Any, key: str = "") -> Any:
    """Return JSON with its texts translated."""
    if isinstance(value, str):
        is_code = key in NOT_TEXT or value == PIXEL
        return value if is_code else translate(value)
    if isinstance(value, list):
        return [translated(one, key) for one in value]
    if isinstance(value, dict):
        return {name: translated(one, name) for name, one in value.items()}
    return value
