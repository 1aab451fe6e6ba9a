"""Drawings of an architecture, from its data alone: SVG files that stand on their own."""

from convscope.arch.architecture import Architecture
from convscope.arch.block import Concat, Residual
from convscope.render.diagram.items import Aside, flattened, items
from convscope.render.diagram.poster import graph
from convscope.render.diagram.volumes import volumes

__all__ = ["diagram", "graph", "volumes"]

MOST_VOLUMES = 24


def diagram(architecture: Architecture) -> str:
    """The drawing that suits the structure.

    Volumes for chains of at most 24 of them, as LeNet, AlexNet and VGG are drawn; a block
    graph where ways part: branches, residuals, auxiliary heads, and for longer chains.
    """
    parts = any(isinstance(step.operation, Concat | Residual) for step in architecture.trace.steps)
    found = flattened(items(architecture))
    heads = any(isinstance(item, Aside) for item in found)
    if parts or heads or not 0 < len(found) <= MOST_VOLUMES:
        return graph(architecture)
    return volumes(architecture)
