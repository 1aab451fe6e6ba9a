"""Open models: model files, run folders, published weights, and architectures with weights.

What a model does once it is open belongs to `convscope.model`.
"""

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from convscope.arch import Architecture
from convscope.errors import ConvscopeError, FormatError, InputError, unknown_name
from convscope.machine.devices import CPU
from convscope.model import Model
from convscope.network import Card, ModelFile, model_path, read_model
from convscope.network.model_file import MODEL_NAME

if TYPE_CHECKING:
    from convscope.arch import Chain
    from convscope.shapes import InputSize
    from convscope.weights.external import Labels


def open(
    path: str | Path,
    *,
    weights: str | Path | None = None,
    labels: "Labels | None" = None,
    preprocessing: "Chain | None" = None,
    device: str = CPU,
) -> Model:
    """Open a model file, the model of a run folder, or published weights. Runs no code of a file.

        open("runs/mine")
        open("resnet50@torchvision")
        open("resnet18", weights="resnet18.pth", labels="names.txt")
        open("runs/mine", device="auto")

    Args:
        path: a file, a folder, or `name@weights`, as `efficientnet_lite0@imagenet`; published
            weights that are not in the cache are downloaded, and their hash is checked. With
            `weights` also an architecture: a name of the zoo, or a JSON file.
        weights: a file of PyTorch, timm, Keras or convscope; `notes` of the model tell the
            decisions that it leaves open.
        labels: a file (text, JSON or CSV), or names, of the classes.
        preprocessing: with `weights`, the layers from pixels (0 to 255) to the network's input.
        device: "cpu", "cuda", "cuda:1" ..., or "auto": a GPU if there is one.

    Raises:
        InputError: there is no such file, no such name, or no such device.
        DataError: published weights could not be downloaded.
        FormatError: it is not a model, or it is damaged; says what it is.
    """
    if weights is not None:
        model = with_weights(path, weights, labels=labels, preprocessing=preprocessing)
        return model.to(device)
    if preprocessing is not None:
        raise InputError("preprocessing without weights", expected="weights=FILE beside it")
    file = _read(path)
    if labels is not None:
        from convscope.weights.external import with_labels

        file = replace(file, card=with_labels(file.card, labels))
    return Model(file, run=Path(path) if os.path.isdir(path) else None).to(device)


def with_weights(
    path: str | Path | Architecture,
    weights: str | Path,
    *,
    labels: "Labels | None" = None,
    preprocessing: "Chain | None" = None,
    any_head: bool = False,
) -> Model:
    """Open an architecture, or a model, with the weights of a file; see `open`.

    Args:
        any_head: the file may lack the last layer, which is then newly initialised.
    """
    from convscope import zoo
    from convscope.weights.external import Options, model_from

    base: Architecture | Card
    if isinstance(path, Architecture):
        base = path
    elif str(path) in zoo.list_architectures() or str(path).lower().endswith(".json"):
        base = zoo.find(str(path))
    elif os.path.exists(path) or "@" in str(path):
        base = _read(path).card
    else:
        raise unknown_name("architecture", str(path), zoo.list_architectures())
    options = Options(labels=labels, preprocessing=preprocessing, any_head=any_head)
    return Model(model_from(base, Path(weights), options))


def _read(path: str | Path) -> ModelFile:
    """Return the model of a file, a run folder or a published name."""
    if "@" in str(path) and not os.path.exists(path):
        from convscope.data.formats.cache import cache_folder
        from convscope.weights.load import model_file

        return model_file(str(path), cache=cache_folder())
    place = Path(path)
    if str(path) != "" and os.path.isdir(path):  # Path("") is the current folder
        place = model_path(place)
        if not os.path.isfile(place):
            raise _no_model_in(Path(path))
    try:
        if os.path.isfile(place):  # false, not an error, for an impossible name
            return read_model(place)
    except FormatError as error:
        from convscope.weights.external import not_a_model

        raise not_a_model(place, error) from None
    from convscope.weights.external import not_a_model

    raise not_a_model(place)


def _no_model_in(folder: Path) -> ConvscopeError:
    from convscope.weights.external import not_a_model

    if not os.path.isfile(folder / "recipe.json"):
        error = not_a_model(folder)
        return InputError(
            f"{folder} holds no {MODEL_NAME}: {error.given}",
            expected=error.expected,
            fix=error.fix,
        )
    return InputError(
        f"{folder} holds no {MODEL_NAME}",
        expected="the folder of a finished run",
        fix=f"finish it: convscope train --resume {shlex.quote(str(folder))}",
    )


def open_or_untrained(
    name: str,
    *,
    weights: str | Path | None = None,
    labels: "Labels | None" = None,
    input: "InputSize | None" = None,
) -> tuple[Model, bool]:
    """Open a model, or build an architecture (zoo name or JSON file) with initial weights.

    Args:
        input: the input size of an architecture, instead of its own.

    Returns:
        The model, and whether it is trained.

    Raises:
        InputError: there is no such file and no such name.
        ArchitectureError: the architecture does not fit the input.
    """
    from convscope import zoo
    from convscope.shapes import input_size

    is_json = name.lower().endswith(".json") and os.path.isfile(name)
    is_zoo = name in zoo.list_architectures() and not os.path.exists(name)
    if weights is None and labels is None and (is_json or is_zoo):
        architecture = zoo.find(name)
        if input is not None:
            size = input_size(input, channels=architecture.input.channels)
            architecture = zoo.find(name, input=size)
        return untrained(architecture), False
    return open(name, weights=weights, labels=labels), True


def untrained(architecture: Architecture, *, seed: int = 0) -> Model:
    """Build a model with initial weights.

    Images are resized to the input; pixels from 0 to 255 become -2 to 2.
    """
    from convscope.arch import Chain
    from convscope.layers import Normalize, Resize
    from convscope.network import build

    channels, height, width = architecture.input
    card = Card(
        architecture=architecture,
        labels=tuple(f"class {k}" for k in range(architecture.num_classes)),
        preprocessing=Chain(
            resize=Resize((height, width)),
            normalise=Normalize((0.5,) * channels, (0.25,) * channels),
        ),
        provenance={"trained": False, "seed": seed},
    )
    weights = dict(build(architecture, seed=seed).state_dict())
    return Model(ModelFile(card, weights))
