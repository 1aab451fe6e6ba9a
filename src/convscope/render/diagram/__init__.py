"""Diagrams of an architecture, computed from its data alone.

`items` is the data of a diagram: frozen records without coordinates, as JSON on request.
`graph` and `volumes` lay the items out as marks of the SVG core. No colours, fonts or SVG
syntax here: they belong to `convscope.render`.
"""

from convscope.render.diagram.choice import diagram, drawing, graph, volumes
from convscope.render.diagram.items import diagram_data

__all__ = ["diagram", "diagram_data", "drawing", "graph", "volumes"]
