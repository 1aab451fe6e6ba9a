"""Convert weights from another library's layout, all or none, and back to torchvision's.

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
from convscope.weights.keras import flattened, fold_biases, keras_tensors
from convscope.weights.source_tensor import SourceTensor, unchanged

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


class Converted(NamedTuple):
    """Weights by our paths, the layout of the file, and notes for the user."""

    weights: dict[str, Tensor]
    layout: str
    notes: tuple[str, ...]


def layouts_of(architecture: Architecture) -> tuple[str, ...]:
    """Return the layouts in which libraries have this network; `convscope` is always one."""
    return ("convscope", *(name for name, nets in NAMES.items() if architecture.name in nets))


def source_tensors(architecture: Architecture, layout: str) -> dict[str, SourceTensor]:
    """Return the tensors of a layout by their keys there.

    Raises:
        InputError: no such layout, or its library has no such network.
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
        return keras_tensors(architecture, names.KERAS[architecture.name], _shapes(architecture))
    rename = NAMES[layout][architecture.name](architecture) if layout in NAMES else str
    axes = _convolutions_for_linear(architecture) if layout == "timm" else {}
    tensors = {}
    for key, shape in _shapes(architecture).items():
        path, _, leaf = key.rpartition(".")
        if key in axes:
            tensors[f"{rename(path)}.{leaf}"] = SourceTensor(key, axes[key], _flat_rows)
        else:
            tensors[f"{rename(path)}.{leaf}"] = SourceTensor(key, shape, unchanged)
    return tensors


def _shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    state = build_empty(architecture).state_dict()
    return {key: tuple(tensor.shape) for key, tensor in state.items()}


def _flat_rows(kernels_OIHW: Tensor) -> Tensor:
    return kernels_OIHW.reshape(len(kernels_OIHW), -1)


def _convolutions_for_linear(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Return the kernels of VGG in timm, whose first fully connected layers are convolutions."""
    if "fc3" not in architecture.block.blocks:
        return {}
    maps = flattened(architecture)
    inputs = (maps.channels, maps.height, maps.width)
    return {"fc1.weight": (4096, *inputs), "fc2.weight": (4096, 4096, 1, 1)}


def convert(
    architecture: Architecture,
    tensors: Mapping[str, Tensor],
    *,
    layout: str | None = None,
    where: str = "",
) -> Converted:
    """Convert the tensors of a file to those of an architecture, all of them or none.

    Args:
        layout: None for the one whose names the file has most of.
        where: the file, for messages.

    Raises:
        FormatError: names every key that is missing, unexpected or of another shape.
    """
    bare = _without_wrappers(tensors)
    expected = source_tensors(architecture, layout) if layout else {}
    if layout is None:
        known = {name: source_tensors(architecture, name) for name in layouts_of(architecture)}
        layout = max(known, key=lambda name: len(known[name].keys() & bare.keys()))
        expected = known[layout]
    absent = _optional(expected, bare)
    expected = {theirs: source for theirs, source in expected.items() if theirs not in absent}
    _check(architecture.name, layout, expected, bare, where)
    weights = {
        source.key: source.convert(_as_number_type(bare, theirs))
        for theirs, source in expected.items()
    }
    if layout == "keras":
        weights = fold_biases(weights)
    filled = _fill(architecture, weights)
    heads = any(not key.endswith(COUNTER) for key in filled)
    note = "the file has no auxiliary heads; theirs are newly initialised"
    return Converted(weights | filled, layout, (note,) if heads else ())


def _without_wrappers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Remove the prefixes that DistributedDataParallel and torch.compile add to every name."""
    bare = dict(tensors)
    while bare:
        first = next(iter(bare))
        wrapper = next((w for w in WRAPPERS if first.startswith(w)), None)
        if wrapper is None or not all(name.startswith(wrapper) for name in bare):
            break
        bare = {name.removeprefix(wrapper): tensor for name, tensor in bare.items()}
    return bare


def _optional(expected: Mapping[str, SourceTensor], tensors: Mapping[str, Tensor]) -> set[str]:
    """Return the missing keys that a file may lack: counters, and the heads all together."""
    absent = {theirs for theirs, source in expected.items() if source.key.endswith(COUNTER)}
    heads = {theirs for theirs, source in expected.items() if ".head." in source.key}
    if not heads & tensors.keys():
        absent |= heads
    return absent - tensors.keys()


def _check(
    name: str,
    layout: str,
    expected: Mapping[str, SourceTensor],
    tensors: Mapping[str, Tensor],
    where: str,
) -> None:
    missing = [theirs for theirs in expected if theirs not in tensors]
    unexpected = [theirs[:80] for theirs in tensors if theirs not in expected]
    misshapen = [
        f"{theirs} is {tuple(tensors[theirs].shape)}, not {source.shape}"
        for theirs, source in expected.items()
        if theirs in tensors and tuple(tensors[theirs].shape) != source.shape
    ]
    lists = {"missing": missing, "unexpected": unexpected, "of another shape": misshapen}
    problems = [
        f"{len(keys)} {problem}: {', '.join(keys[:MOST_NAMES])}"
        for problem, keys in lists.items()
        if keys
    ]
    if problems:
        raise FormatError(
            f"the weights are not those of {name}; " + "; ".join(problems),
            expected=f"{len(expected)} tensors by the names of {layout}",
            fix="use the number of classes and the input of these weights",
            where=where,
        )


def _as_number_type(tensors: Mapping[str, Tensor], name: str) -> Tensor:
    """Return a tensor as float32, a counter as int64."""
    tensor = tensors[name]
    if name.endswith(COUNTER):
        return tensor.to(torch.int64)
    if not tensor.is_floating_point():
        raise FormatError(f"holds {tensor.dtype}", expected="real numbers", where=name[:80])
    return tensor.to(torch.float32)


def _fill(architecture: Architecture, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors that the file lacks: counters at 0, heads newly initialised."""
    absent = [key for key in _shapes(architecture) if key not in weights]
    if all(key.endswith(COUNTER) for key in absent):
        return {key: torch.tensor(0) for key in absent}
    initial = build(architecture).state_dict()
    return {key: initial[key] for key in absent}


def to_torchvision(network: Network) -> dict[str, Tensor]:
    """Return the weights of a network by the names of torchvision's network.

    The tensors are the network's own, not copies.

    Raises:
        InputError: torchvision has no such network.
    """
    state = network.state_dict()
    return {
        theirs: state[source.key]
        for theirs, source in source_tensors(network.architecture, "torchvision").items()
    }
