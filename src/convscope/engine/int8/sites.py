"""The tensors of a graph that are rounded to 8 bits, and those that share a scale."""

from dataclasses import dataclass
from typing import Any, final

from convscope.engine.int8.simplified import Simplified, attribute

WEIGHTED = ("Conv", "Gemm")
"""Operators with weights of 8 bits."""
JOINING = ("Add", "Mul")
POOLING = ("AveragePool", "GlobalAveragePool")
SAME = ("MaxPool", "Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze")
"""Operators whose output has only values of their input."""
FUSED = ("Relu", "Clip")
"""Operators that engines compute together with the one before them."""


@final
@dataclass(frozen=True)
class Sites:
    """Tensors that are rounded.

    Attributes:
        groups: for each of these tensors the name of its group: one range for all of a group.
    """

    groups: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.groups


def is_weighted(graph: Simplified, node: Any) -> bool:
    """Return whether a node is a convolution or a product with stored weights."""
    return node.op_type in WEIGHTED and all(name in graph.stored for name in node.input[1:])


def find_sites(graph: Simplified, skipped: frozenset[str] = frozenset()) -> Sites:
    """Return the tensors to round: inputs of operators that compute with integers.

    Args:
        skipped: names of nodes that stay in float32.
    """
    readers = graph.readers()
    sites: set[str] = set()
    for node in reversed(graph.nodes):  # readers first: an operator of `SAME` depends on its own
        if node.name in skipped:
            continue
        if is_weighted(graph, node):
            sites.add(node.input[0])
        elif node.op_type in (*JOINING, "Concat", *POOLING):
            sites.update(name for name in node.input if name not in graph.stored)
        elif node.op_type in SAME and node.output[0] in sites:
            sites.add(node.input[0])
    for node in graph.nodes:  # an engine computes these in one step: nothing is stored between
        if node.op_type in FUSED and len(readers[node.input[0]]) == 1:
            sites.discard(node.input[0])
    return Sites(_without_sensitive(graph, _groups(graph, sites), readers))


def _without_sensitive(
    graph: Simplified, groups: dict[str, str], readers: dict[str, list[Any]]
) -> dict[str, str]:
    """Return the groups but those whose rounding changes the outputs of depthwise networks most.

    Measured on EfficientNet-Lite0, one tensor at a time: the input of the first depthwise
    convolution alone causes 28 % of the squared error. See docs/reference/engines.md.
    """
    depthwise = [node for node in graph.nodes if is_depthwise(graph, node)]
    if not depthwise:
        return groups
    weighted = [node for node in graph.nodes if is_weighted(graph, node)]
    place = weighted.index(depthwise[-1])
    around = [weighted[k] for k in (place - 1, place + 1) if 0 <= k < len(weighted)]
    products = [node for node in weighted if node.op_type == "Gemm"]
    sensitive = {groups.get(node.input[0]) for node in (depthwise[0], *around, *products)}
    kept = {
        groups[name]
        for name in groups
        for node in readers.get(name, [])
        if node.op_type not in (*WEIGHTED, *SAME)  # as Add: all of its inputs are integers
    }
    return {name: group for name, group in groups.items() if group not in sensitive - kept}


def is_depthwise(graph: Simplified, node: Any) -> bool:
    """Return whether a node is a convolution of each channel alone, with stored weights."""
    if node.op_type != "Conv" or not is_weighted(graph, node):
        return False
    return int(attribute(node, "group", 1)) > 1 and graph.stored[node.input[1]].shape[1] == 1


def _groups(graph: Simplified, sites: set[str]) -> dict[str, str]:
    """Return the group of each tensor: inputs and output of `SAME` and Concat have one range."""
    parent = {name: name for name in sites}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for node in graph.nodes:
        if node.op_type in (*SAME, "Concat") and node.output[0] in sites:
            sources = node.input if node.op_type == "Concat" else node.input[:1]
            for name in sources:
                if name in sites:
                    parent[root(name)] = root(node.output[0])
    return {name: root(name) for name in sites}
