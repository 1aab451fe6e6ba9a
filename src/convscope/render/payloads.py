"""Payloads as drawings: one branch for each kind of payload."""

from convscope.payload import Curves, Heatmap, ImageGrid, Payload, Scatter, Sheet, Table
from convscope.render.kinds import (
    curves,
    heatmap,
    image_grid,
    matrix,
    multiples,
    scatter,
    sheet,
    table,
)
from convscope.render.marks import Drawing


def drawing(payload: Payload) -> Drawing:
    """Return the drawing of a payload."""
    match payload:
        case Heatmap():
            is_matrix = matrix.is_matrix(payload)
            return matrix.drawing(payload) if is_matrix else heatmap.drawing(payload)
        case ImageGrid():
            return image_grid.drawing(payload)
        case Curves():
            together = not multiples.needed(payload)
            return curves.drawing(payload) if together else multiples.drawing(payload)
        case Table():
            return table.drawing(payload)
        case Scatter():
            return scatter.drawing(payload)
        case Sheet():
            return sheet.drawing(
                [drawing(item) for item in payload.items],
                columns=payload.columns,
                title=payload.title,
                caption=payload.caption,
            )
