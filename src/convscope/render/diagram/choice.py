"""Diagrams as SVG, and the choice between the two kinds."""

from convscope.arch.architecture import Architecture
from convscope.errors import InputError
from convscope.render.diagram.graph_pages import graph_drawing
from convscope.render.diagram.items import HeadItem, Items, LayerItem, flattened, items
from convscope.render.diagram.timings import LayerTimes, legend, painted
from convscope.render.diagram.volumes import volumes_drawing
from convscope.render.marks import Drawing
from convscope.render.svg import svg

MOST_VOLUMES = 24


def diagram(architecture: Architecture, times: LayerTimes | None = None) -> str:
    """Return the diagram that suits the structure as an SVG file.

    Volumes for chains of 1 to 24 items, as LeNet, AlexNet and VGG are drawn; a block graph for
    branches, shortcut connections, auxiliary heads and longer chains.

    Args:
        times: milliseconds per layer, which colour the layers and are written at them.
    """
    return svg(drawing(architecture, times))


def drawing(architecture: Architecture, times: LayerTimes | None = None) -> Drawing:
    """Return the diagram that suits the structure, see `diagram`."""
    sequence = items(architecture)
    flat = flattened(sequence)
    chain = all(isinstance(item, LayerItem) for item in flat)
    if chain and 0 < len(flat) <= MOST_VOLUMES:
        return _volumes(architecture, sequence, times)
    return _graph(architecture, sequence, times)


def _volumes(architecture: Architecture, sequence: Items, times: LayerTimes | None) -> Drawing:
    if times is None:
        return volumes_drawing(architecture, sequence)
    marks = legend(sequence, times, whole_blocks=True)
    timed = painted(sequence, times, whole_blocks=True)
    return volumes_drawing(architecture, timed, legend=marks)


def _graph(architecture: Architecture, sequence: Items, times: LayerTimes | None) -> Drawing:
    if times is None:
        return graph_drawing(architecture, sequence)
    marks = legend(sequence, times, whole_blocks=False)
    timed = painted(sequence, times, whole_blocks=False)
    return graph_drawing(architecture, timed, legend=marks)


def graph(architecture: Architecture, times: LayerTimes | None = None) -> str:
    """Return the block graph of an architecture as an SVG file.

    A convolution with its normalisation and activation is one box; branches stand side by
    side; equal blocks in a row are drawn once in a frame with their number; a shape is written
    at the edge where it changes.
    """
    return svg(_graph(architecture, items(architecture), times))


def volumes(architecture: Architecture, times: LayerTimes | None = None) -> str:
    """Return the volumes of an architecture as an SVG file.

    A residual or a set of branches is one volume; auxiliary heads are left out.

    Raises:
        InputError: the architecture has no layer to draw.
    """
    sequence = items(architecture)
    if all(isinstance(item, HeadItem) for item in flattened(sequence)):
        raise InputError(f"{architecture.name} has no layer to draw")
    return svg(_volumes(architecture, sequence, times))
