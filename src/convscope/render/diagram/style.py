"""Colours, text sizes and signs of the diagrams, in names of the palette."""

from collections.abc import Callable

from convscope.layers.base import Role
from convscope.render.marks import Box, Point, Text

TEXT, SMALL, TITLE = 13.0, 11.0, 16.0
WIDEST = 1000.0
"""Width beyond which a diagram is broken: in a README, 830 wide, its small text is 9 high."""

COLOURS: dict[Role, str] = {
    "convolution": "conv",
    "pooling": "pool",
    "normalisation": "norm",
    "linear": "linear",
}
Lines = tuple[tuple[Point, Point], ...]


def _plus(y: float) -> Lines:
    return ((-4, y), (4, y)), ((0, y - 4), (0, y + 4))


def _times(y: float) -> Lines:
    return ((-3, y - 3), (3, y + 3)), ((-3, y + 3), (3, y - 3))


MERGE_SIGN: dict[str, Callable[[float], Lines]] = {"add": _plus, "multiply": _times}


def colour_of(role: Role) -> str:
    """Return the palette name of a layer's fill; its outline is that name with `-line`."""
    return COLOURS.get(role, "other")


def filled_box(x: float, y: float, width: float, height: float, colour: str) -> Box:
    """Return a box with rounded corners in a colour of the palette."""
    return Box(x, y, width, height, colour, f"{colour}-line", radius=4)


def label(
    x: float,
    y: float,
    text: str,
    size: float = TEXT,
    anchor: str = "middle",
    *,
    bold: bool = False,
    muted: bool = False,
) -> Text:
    """Return one line of text."""
    return Text(x, y, text, size, anchor, bold=bold, colour="muted" if muted else "ink")
