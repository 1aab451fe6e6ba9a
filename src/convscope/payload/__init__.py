"""Payloads: numbers with a scale and a caption, which every visual returns.

A payload knows no network and imports no renderer; `convscope.render` draws it. The kinds are a
small closed union, `Payload`.
"""

from convscope.payload.arrays import Array
from convscope.payload.base import Arrays, BasePayload, Text
from convscope.payload.curves import Curves, Marker, Series
from convscope.payload.heatmap import Box, Heatmap
from convscope.payload.image_grid import ImageGrid, LegendEntry
from convscope.payload.scale import Scale
from convscope.payload.scatter import Scatter
from convscope.payload.sheet import Item, Payload, Sheet, from_json
from convscope.payload.table import Cell, Table, cell_text

__all__ = [
    "Array",
    "Arrays",
    "BasePayload",
    "Box",
    "Cell",
    "Curves",
    "Heatmap",
    "ImageGrid",
    "Item",
    "LegendEntry",
    "Marker",
    "Payload",
    "Scale",
    "Scatter",
    "Series",
    "Sheet",
    "Table",
    "Text",
    "cell_text",
    "from_json",
]
