"""Times of what an engine runs, brought back to the paths of an architecture."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from convscope.arch import Architecture
from convscope.arch.trace import Step

OTHER = "other"
AFTER_PATH = "/_ :"
"""Characters that engines put between the path of a layer and a suffix of their own."""


class Node(NamedTuple):
    """One operation that an engine ran: the names of what it fuses, and milliseconds."""

    names: tuple[str, ...]
    ms: float


class Pass(NamedTuple):
    """One profiled pass: its operations, and milliseconds from its start to its end."""

    nodes: tuple[Node, ...]
    total_ms: float


class Attributed(NamedTuple):
    """Milliseconds of one layer.

    Attributes:
        inside: the path with whose time this layer is counted, where the engine fuses the two;
            `other` for a layer that the engine ran under a name of its own.
    """

    path: str
    ms: float
    inside: str


class Attribution(NamedTuple):
    """The layers in order, and milliseconds in no layer: reordering, conversion, the engine."""

    layers: tuple[Attributed, ...]
    other_ms: float
    total_ms: float


def attributed(architecture: Architecture, passes: Sequence[Pass]) -> Attribution:
    """Return the median time of each layer of several passes.

    The time of an operation that fuses layers is that of the layer with the most MACs among them.
    Layers that no operation names are counted with the one that they are fused with: a layer with
    MACs and padding with the one after it, another with the one before it.
    """
    steps = [step for step in architecture.trace.steps if not step.auxiliary]
    paths = {step.path: number for number, step in enumerate(steps)}
    times = [_by_group(one, paths) for one in passes]
    groups = sorted({group for one in times for group in one})
    owners = _owners(steps, groups)
    macs = {step.path: step.macs for step in steps}
    ms = dict.fromkeys(paths, 0.0)
    for group in groups:
        members = [path for path in paths if owners.get(path) == owners[group[0]]]
        owner = max(members, key=lambda path: macs[path])
        ms[owner] += statistics.median(one.get(group, 0.0) for one in times)
        for path in members:
            owners[path] = owner
    layers = tuple(
        Attributed(
            path, ms[path], "" if owners.get(path, OTHER) == path else owners.get(path, OTHER)
        )
        for path in paths
    )
    total_ms = statistics.median(one.total_ms for one in passes)
    in_layers = sum(layer.ms for layer in layers)
    # medians of parts may add up to a little more than the median of the whole
    return Attribution(layers, max(0.0, total_ms - in_layers), max(total_ms, in_layers))


Group = tuple[str, ...]


def _by_group(one: Pass, paths: Mapping[str, int]) -> dict[Group, float]:
    """Return milliseconds by the paths that an operation names; unnamed operations left out."""
    times: dict[Group, float] = {}
    for node in one.nodes:
        group = tuple(sorted({path for name in node.names if (path := path_of(name, paths))}))
        if group:
            times[group] = times.get(group, 0.0) + node.ms
    return times


def path_of(name: str, paths: Mapping[str, int] | Iterable[str]) -> str:
    """Return the longest path with which the name of an operation begins; empty if none."""
    name = name.removeprefix("fused ").strip()
    known = paths if isinstance(paths, Mapping) else set(paths)
    for end in range(len(name), 0, -1):
        if (end == len(name) or name[end] in AFTER_PATH) and name[:end] in known:
            return name[:end]
    return ""


def _owners(steps: Sequence[Step], groups: Sequence[Group]) -> dict[str, str]:
    """Return for each path a path that stands for its group."""
    owners: dict[str, str] = {}
    for group in groups:
        # an operation may share layers with another one, as the two halves of a split layer
        first = next((owners[path] for path in group if path in owners), group[0])
        owners.update(dict.fromkeys(group, first))
    after = {tensor: step for step in reversed(steps) for tensor in step.inputs}
    before = {step.output: step for step in steps}
    order = {step.path: number for number, step in enumerate(steps)}
    for step in steps:
        if step.macs and step.path not in owners:
            follower = after.get(step.output)
            while follower is not None and not follower.macs and follower.path not in owners:
                follower = after.get(follower.output)
            if follower is not None and not follower.macs:
                owners[step.path] = owners[follower.path]
    for step in steps:  # padding is fused into the layer that it pads
        padded = after.get(step.output)
        is_padding = step.layer is not None and step.layer.role == "padding"
        if is_padding and padded is not None and padded.path in owners:
            owners.setdefault(step.path, owners[padded.path])
    for step in steps:
        if step.path not in owners and not step.macs:
            sources = [before[tensor].path for tensor in step.inputs if tensor in before]
            known = [owners[path] for path in sources if path in owners]
            if known:  # of joined branches the one that runs last
                owners[step.path] = max(known, key=lambda path: order[path])
    for step in reversed(steps):  # the first layers, as padding of the image
        following = after.get(step.output)
        is_known = following is not None and following.path in owners
        if step.path not in owners and not step.macs and following is not None and is_known:
            owners[step.path] = owners[following.path]
    return owners
