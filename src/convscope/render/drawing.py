"""Payloads as PNG files, with Pillow. One kind a file: maps, curves, tables, points, sheets.

Text in PNG files is set in Pillow's own font, and where a text has Chinese letters in a font
of the system, if it has one; pages and notebooks set text as text.
"""

from typing import TYPE_CHECKING

from convscope.payload import Curves, Heatmap, ImageGrid, Scatter, Sheet, Table
from convscope.render.drawing_curves import curves_picture
from convscope.render.drawing_maps import bare_sheet, grid_picture, heatmap_picture, overlaid
from convscope.render.drawing_page import encoded, scale_strip
from convscope.render.drawing_scatter import scatter_picture
from convscope.render.drawing_sheet import sheet_picture
from convscope.render.drawing_table import table_picture

if TYPE_CHECKING:
    from PIL import Image

    from convscope.payload import Payload

__all__ = ["bare_sheet", "encoded", "overlaid", "picture", "png", "scale_strip"]


def png(payload: "Payload") -> bytes:
    """The picture of a payload as a PNG file.

    Raises:
        InputError: it would have more than 64 million pixels.
    """
    return encoded(picture(payload))


def picture(payload: "Payload") -> "Image.Image":
    """The picture of a payload."""
    match payload:
        case Heatmap():
            return heatmap_picture(payload)
        case ImageGrid():
            return grid_picture(payload)
        case Curves():
            return curves_picture(payload)
        case Table():
            return table_picture(payload)
        case Scatter():
            return scatter_picture(payload)
        case Sheet():
            return sheet_picture(
                [picture(item) for item in payload.items],
                columns=payload.columns,
                title=payload.title,
                caption=payload.caption,
            )
