"""Payloads as pictures: one branch for each kind of payload.

`convscope.payload.base` calls these functions when a payload is shown.
"""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from convscope.payload import (
    BasePayload,
    Curves,
    Heatmap,
    ImageGrid,
    Payload,
    Scatter,
    Sheet,
    Table,
)
from convscope.render import curves, heatmap, image_grid, scatter, sheet, table
from convscope.render.marks import Drawing

if TYPE_CHECKING:
    from rich.console import RenderableType


def drawing(payload: BasePayload) -> Drawing:
    """Return the drawing of a payload."""
    member = cast(Payload, payload)
    match member:
        case Heatmap():
            return heatmap.drawing(member)
        case ImageGrid():
            return image_grid.drawing(member)
        case Curves():
            return curves.drawing(member)
        case Table():
            return table.drawing(member)
        case Scatter():
            return scatter.drawing(member)
        case Sheet():
            return sheet.drawing(
                [drawing(item) for item in member.items],
                columns=member.columns,
                title=member.title,
                caption=member.caption,
            )


def png(payload: BasePayload) -> bytes:
    """Return a PNG file.

    Raises:
        InputError: it would have more than 64 million pixels.
    """
    from convscope.render.png import png

    return png(drawing(payload))


def svg(payload: BasePayload) -> str:
    """Return an SVG file."""
    from convscope.render.svg import svg

    return svg(drawing(payload))


def html(payload: BasePayload) -> str:
    """Return a piece of HTML for a notebook."""
    from convscope.render.html import notebook

    return notebook(cast(Payload, payload))


def terminal(payload: BasePayload) -> "RenderableType":
    """Return what rich prints."""
    from convscope.render.terminal import rendered

    return rendered(cast(Payload, payload))


def save(path: Path | str, payload: BasePayload, *, overwrite: bool) -> Path:
    """Write a file in the format that the ending of its name states."""
    from convscope.render.files import write_payload

    return write_payload(path, cast(Payload, payload), overwrite=overwrite)
