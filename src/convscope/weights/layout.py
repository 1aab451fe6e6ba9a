"""Weights from another library's layout to ours, whole or not at all, and back to torchvision's.

Tensor names end in their axes: O outputs, I inputs, H height, W width.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from convscope.arch import Architecture
from convscope.errors import FormatError, InputError, unknown_name
from convscope.network.build import Network, build, build_empty
from convscope.weights import names
from convscope.weights.keras import flattened, fold, keras_slots
from convscope.weights.slot import Slot, as_it_is

Layout = Literal["convscope", "torchvision", "timm", "keras", "efficientnet_pytorch"]

NAMES: Mapping[str, Mapping[str, names.Namer]] = {
    "torchvision": names.TORCHVISION,
    "timm": names.TIMM,
    "keras": names.KERAS,
    "efficientnet_pytorch": names.PACKAGE,
}
LAYOUTS = ("convscope", *NAMES)
WRAPPERS = ("module.", "_orig_mod.")  # DistributedDataParallel, torch.compile
MOST_NAMES = 1000  # in a message: more than any network of the zoo has
COUNTER = "num_batches_tracked"


class Fitted(NamedTuple):
    """Weights by our paths, the layout they came in, and what is worth knowing."""

    weights: dict[str, Tensor]
    layout: str
    notes: tuple[str, ...]


def layouts_of(architecture: Architecture) -> tuple[str, ...]:
    """The layouts in which other libraries have this very network; ours is always one."""
    return ("convscope", *(name for name, nets in NAMES.items() if architecture.name in nets))


def slots(architecture: Architecture, layout: str) -> dict[str, Slot]:
    """Their keys, each with the tensor of ours that it fills.

    Raises:
        InputError: no such layout, or the network is another one there.
    """
    if layout not in LAYOUTS:
        raise unknown_name("layout", layout, LAYOUTS)
    if layout not in layouts_of(architecture):
        raise InputError(
            f"{layout} has no network that computes what {architecture.name} does",
            expected=f"for {architecture.name}: {', '.join(layouts_of(architecture))}",
            fix=f"{layout} has {', '.join(NAMES[layout])}",
        )
    if layout == "keras":
        return keras_slots(architecture, names.KERAS[architecture.name], _shapes(architecture))
    rename = NAMES[layout][architecture.name](architecture) if layout in NAMES else names.identity
    axes = _convolutions_for_linear(architecture) if layout == "timm" else {}
    found = {}
    for key, shape in _shapes(architecture).items():
        path, _, leaf = key.rpartition(".")
        if key in axes:
            found[f"{rename(path)}.{leaf}"] = Slot(key, axes[key], _flat_rows)
        else:
            found[f"{rename(path)}.{leaf}"] = Slot(key, shape, as_it_is)
    return found


def _shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    state = build_empty(architecture).state_dict()
    return {key: tuple(tensor.shape) for key, tensor in state.items()}


def _flat_rows(kernels_OIHW: Tensor) -> Tensor:
    return kernels_OIHW.reshape(len(kernels_OIHW), -1)


def _convolutions_for_linear(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """VGG in timm: the first two fully connected layers are convolutions over the whole map."""
    if "fc3" not in architecture.block.blocks:
        return {}
    maps = flattened(architecture)
    inputs = (maps.channels, maps.height, maps.width)
    return {"fc1.weight": (4096, *inputs), "fc2.weight": (4096, 4096, 1, 1)}


def fit(
    architecture: Architecture,
    tensors: Mapping[str, Tensor],
    *,
    layout: str | None = None,
    where: str = "",
) -> Fitted:
    """Their tensors as ours, all of them or none.

    Args:
        layout: where it is not given, the one whose names the file has most of.
        where: the file, for messages.

    Raises:
        FormatError: names every key that is missing, unexpected or of another shape.
    """
    bare = _without_wrappers(tensors)
    wanted = slots(architecture, layout) if layout else {}
    if layout is None:
        known = {name: slots(architecture, name) for name in layouts_of(architecture)}
        layout = max(known, key=lambda name: len(known[name].keys() & bare.keys()))
        wanted = known[layout]
    absent = _may_be_absent(wanted, bare)
    wanted = {theirs: slot for theirs, slot in wanted.items() if theirs not in absent}
    _check(architecture.name, layout, wanted, bare, where)
    weights = {slot.key: slot.turn(_numbers(bare, theirs)) for theirs, slot in wanted.items()}
    if layout == "keras":
        weights = fold(weights)
    filled = _fill(architecture, weights)
    heads = any(not key.endswith(COUNTER) for key in filled)
    note = "the file has no auxiliary heads; they keep their start values"
    return Fitted(weights | filled, layout, (note,) if heads else ())


def _without_wrappers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names without what DistributedDataParallel or torch.compile put before every one."""
    bare = dict(tensors)
    while bare:
        first = next(iter(bare))
        wrapper = next((w for w in WRAPPERS if first.startswith(w)), None)
        if wrapper is None or not all(name.startswith(wrapper) for name in bare):
            break
        bare = {name.removeprefix(wrapper): tensor for name, tensor in bare.items()}
    return bare


def _may_be_absent(wanted: Mapping[str, Slot], given: Mapping[str, Tensor]) -> set[str]:
    """Counters, which old files lack; the heads, where none of them is there."""
    absent = {theirs for theirs, slot in wanted.items() if slot.key.endswith(COUNTER)}
    heads = {theirs for theirs, slot in wanted.items() if ".head." in slot.key}
    if not heads & given.keys():
        absent |= heads
    return {theirs for theirs in absent if theirs not in given}


def _check(
    name: str,
    layout: str,
    wanted: Mapping[str, Slot],
    given: Mapping[str, Tensor],
    where: str,
) -> None:
    missing = [theirs for theirs in wanted if theirs not in given]
    unexpected = [theirs[:80] for theirs in given if theirs not in wanted]
    misshapen = [
        f"{theirs} is {tuple(given[theirs].shape)}, not {slot.shape}"
        for theirs, slot in wanted.items()
        if theirs in given and tuple(given[theirs].shape) != slot.shape
    ]
    lists = {"missing": missing, "unexpected": unexpected, "of another shape": misshapen}
    problems = [
        f"{len(found)} {what}: {', '.join(found[:MOST_NAMES])}"
        for what, found in lists.items()
        if found
    ]
    if problems:
        raise FormatError(
            f"the weights are not those of {name}; " + "; ".join(problems),
            expected=f"{len(wanted)} tensors by the names of {layout}",
            fix="an architecture with the classes and the input that these weights were made for",
            where=where,
        )


def _numbers(given: Mapping[str, Tensor], name: str) -> Tensor:
    """A tensor in the type that ours has."""
    tensor = given[name]
    if name.endswith(COUNTER):
        return tensor.to(torch.int64)
    if not tensor.is_floating_point():
        raise FormatError(f"holds {tensor.dtype}", expected="real numbers", where=name[:80])
    return tensor.to(torch.float32)


def _fill(architecture: Architecture, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What the file may lack: counters at 0, heads at their start values."""
    absent = [key for key in _shapes(architecture) if key not in weights]
    if all(key.endswith(COUNTER) for key in absent):
        return {key: torch.tensor(0) for key in absent}
    start = build(architecture).state_dict()
    return {key: start[key] for key in absent}


def to_torchvision(network: Network) -> dict[str, Tensor]:
    """The network's weights as torchvision's network of that name takes them.

    The tensors are the network's own, not copies.

    Raises:
        InputError: torchvision has no such network.
    """
    state = network.state_dict()
    return {
        theirs: state[slot.key]
        for theirs, slot in slots(network.architecture, "torchvision").items()
    }
