"""Figures of networks of the zoo and of their layers: {NETWORK.FIGURE}, {NETWORK.LAYER.FIGURE}.

Figures of a network: parameters, macs, connections, layers, depth, weight_bytes, training_bytes,
input, classes. Figures of a layer or of all layers below a block: parameters, macs, connections;
of a layer: output, channels, height, width, field, kernel, stride, padding, groups, inputs.
"""

from functools import cache

from convscope.errors import InputError, nearest
from convscope.lessons.quantities.formats import Value

SUMS = ("parameters", "macs", "connections")


def network_quantity(name: str) -> Value | None:
    """Return a figure of a network or a layer; None if the first part names no network."""
    from convscope.zoo import list_architectures

    network, _, rest = name.partition(".")
    if network not in list_architectures() or not rest:
        return None
    path, _, figure = rest.rpartition(".")
    figures = _layer_figures(network, path) if path else _figures(network)
    if figure not in figures:
        expected = ", ".join(nearest(figure, figures)) or ", ".join(figures)
        raise InputError(f"there is no quantity named {name}", expected=expected)
    return figures[figure]


@cache
def _figures(network: str) -> dict[str, Value]:
    from convscope.zoo import load
    from convscope.zoo.cards import card

    architecture = load(network)
    shape = architecture.input
    return {
        **vars(architecture.table().totals),
        "depth": card(network).depth,
        "input": (shape.height, shape.width, shape.channels),
        "classes": architecture.num_classes,
    }


@cache
def _layer_figures(network: str, path: str) -> dict[str, Value]:
    from convscope.zoo import load

    table = load(network).table()
    inside = [row for row in table.rows if row.path == path or row.path.startswith(f"{path}.")]
    if not inside:
        paths = [row.path for row in table.rows]
        raise InputError(
            f"the network {network} has no layer {path}",
            expected=", ".join(nearest(path, paths)) or f"convscope show {network} lists them",
        )
    figures: dict[str, Value] = {name: sum(getattr(row, name) for row in inside) for name in SUMS}
    last = inside[-1]
    channels, *sides = last.output_shape
    figures |= {
        "output": (*sides, channels),
        "channels": channels,
        "outputs": channels * (sides[0] * sides[1] if sides else 1),
        "field": last.field_size,
    }
    if sides:
        figures |= {"height": sides[0], "width": sides[1]}
    if len(inside) == 1 and last.window is not None:
        window = last.window
        figures |= {
            "kernel": window.kernel,
            "stride": window.stride[0],
            "padding": window.padding[0],
            "groups": window.groups,
        }
    return figures
