"""Texts of payloads in the language in use, as drawings translate them."""

from typing import Any

from convscope.lang import label, translate
from convscope.payload.scale import PIXEL

NOT_TEXT = frozenset(
    {"kind", "colours", "x_scale", "y_scale", "y_format", "dtype", "base64", "colour"}
)
"""Keys whose values are codes."""

LABELS = frozenset({"columns", "label", "name", "title", "x_label", "y_label"})
"""Keys whose values are heads, titles, and names of axes and lines, as `render` treats them."""


def translated(value: Any, key: str = "") -> Any:
    """Return JSON with its texts translated."""
    if isinstance(value, str):
        is_code = key in NOT_TEXT or value == PIXEL
        if is_code:
            return value
        return label(value) if key in LABELS else translate(value)
    if isinstance(value, list):
        return [translated(one, key) for one in value]
    if isinstance(value, dict):
        return {name: translated(one, name) for name, one in value.items()}
    return value
