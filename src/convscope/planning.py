"""Plans of runs: architecture, data and recipe by name, and the decisions that were automatic."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convscope import data as datasets
from convscope import recipes, zoo
from convscope.arch import Architecture
from convscope.arch.limits import LIMITS
from convscope.data import DataSet
from convscope.data.converted import blank_notes, decoding_notes
from convscope.errors import InputError, shortened
from convscope.io.storage import read_bytes
from convscope.model import Model, notes_of
from convscope.network import ModelFile
from convscope.opening import open as open_model
from convscope.opening import with_weights
from convscope.shapes import CHW, InputSize, input_size
from convscope.training.prepare import resizing_note
from convscope.training.pretrained import Pretrained, as_read
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.settings import Settings, merged
from convscope.zoo.json_file import with_input_size

if TYPE_CHECKING:
    from convscope.weights.external import Labels

FEWEST_STEPS = 4  # per epoch, where a recipe is chosen automatically


class Weights(NamedTuple):
    """Weights of others to start from, and the names of their classes."""

    path: Path | str
    labels: "Labels | None" = None


@dataclass(frozen=True)
class Plan:
    """Plan of a run: architecture, data and recipe.

    Attributes:
        out: the run folder; None for a new one under runs/.
        pretrained: the trained model to start from.
        notes: automatic decisions that the user should know.
    """

    architecture: Architecture
    data: DataSet
    recipe: Recipe
    recipe_name: str
    out: Path | None = None
    pretrained: Pretrained | None = None
    notes: tuple[str, ...] = ()


def plan(
    architecture: str | Architecture,
    data: str | Path | DataSet,
    *,
    recipe: str | Recipe | None = None,
    lr: float | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    input: InputSize | None = None,
    settings: Settings | None = None,
    varied: Collection[str] = (),
    out: Path | str | None = None,
    weights: Weights | None = None,
) -> Plan:
    """Find architecture, data and recipe by name.

    Args:
        architecture: a zoo name, a JSON file, or an `Architecture`. By name it is loaded with the
            classes and channels of the data, where it allows that. Or a trained model to start
            from: a model file, a run folder, `name@weights`.
        recipe: a name, a JSON file, a `Recipe`, or None for the one that fits best.
        lr, epochs, batch_size, seed: instead of the recipe's.
        input: size of the network's input, where the architecture allows another: "3x96x96",
            "96x96" (with the channels of the data), (3, 96, 96) or CHW.
        settings: further overrides of the recipe, as {"optimiser.momentum": 0.95}; or texts, as
            on the command line.
        varied: settings that a sweep decides.
        out: the run folder; by default a new one, runs/<architecture>-<data>-<number>.
        weights: a file of weights for the architecture, to start from.

    Raises:
        InputError: no such name (with the nearest ones), or a setting that does not fit.
    """
    named = {"lr": lr, "epochs": epochs, "batch_size": batch_size, "seed": seed}
    overrides = merged(settings or {}, named)
    if twice := sorted(set(varied) & set(overrides)):
        raise InputError(
            f"{twice[0]} is varied, and set to {shortened(overrides[twice[0]])}",
            fix="leave out one of them",
        )
    _check_types(architecture, data)
    dataset = datasets.open(data) if isinstance(data, str | Path) else data
    pretrained = _pretrained(architecture, weights)
    changed: list[str] = []
    if pretrained is not None:
        network = pretrained.architecture_for(dataset)
        _check_own_size(network, input)
    else:
        network, changed = _architecture(architecture, dataset, input)
    dataset, changes = as_read(dataset, network, pretrained.file.card if pretrained else None)
    default = recipes.FINE_TUNE if pretrained and recipe is None else recipe
    name, chosen = _recipe(default, network.name, dataset)
    notes = [
        *datasets.opening_notes(dataset),
        *datasets.leakage_notes(dataset),
        *decoding_notes(dataset),
        *(() if pretrained else blank_notes(dataset)),
        *changed,
        *changes,
        *filter(None, [resizing_note(network, dataset)]),
        *(_note(pretrained, dataset) if pretrained else []),
    ]
    if recipe is None and "batch_size" not in {*varied, *overrides}:
        chosen, more = _for_few_images(chosen, len(dataset.split("train")))
        notes += more
    chosen = chosen.override(overrides)
    folder = None if out is None else Path(out)
    return Plan(network, dataset, chosen, name, folder, pretrained, tuple(notes))


def _pretrained(name: str | Architecture, weights: Weights | None) -> Pretrained | None:
    """Return the trained model to start from; None for an architecture without weights."""
    if weights is not None:
        model = with_weights(name, weights.path, labels=weights.labels, any_head=True)
        return _started_from(Path(weights.path).name, model)
    if isinstance(name, Architecture) or name in zoo.list_architectures():
        return None
    is_file = os.path.isfile(name) and not name.lower().endswith(".json")
    if (
        "@" not in name
        and not name.endswith(".safetensors")
        and not (is_file or os.path.isdir(name))
    ):
        return None
    shown = Path(name).resolve().name if os.path.exists(name) else name
    return _started_from(shown, open_model(name))


def _started_from(name: str, model: Model) -> Pretrained:
    weights, fitted = model.network.state_dict(), model.preprocessing.state_dict()
    return Pretrained(name, ModelFile(model.card, dict(weights), dict(fitted)))


def _note(pretrained: Pretrained, data: DataSet) -> list[str]:
    notes = list(notes_of(pretrained.file.card))
    if pretrained.same_classes(data):
        return [*notes, f"starting from {pretrained.name}: same classes, so the last layer is kept"]
    return [
        *notes,
        f"starting from {pretrained.name}: the last layer is replaced by one with "
        f"{len(data.classes)} classes",
    ]


def _for_few_images(recipe: Recipe, num_images: int) -> tuple[Recipe, list[str]]:
    """Reduce the batch size of an automatic recipe so that an epoch has some steps."""
    most = 1 << max(1, (num_images // FEWEST_STEPS).bit_length() - 1)
    if recipe.batch_size <= most or num_images < 2:
        return recipe, []
    size = recipe.batch_size
    note = f"only {num_images} training images: using batch_size {most} instead of {size}"
    return recipe.override([f"batch_size={most}"]), [note]


def _check_types(architecture: object, data: object) -> None:
    """Check what a Python program may give in place of names."""
    if not isinstance(architecture, str | Architecture):
        raise InputError(
            f"an architecture given as {type(architecture).__name__}",
            expected="a name as text, or an Architecture",
        )
    if not isinstance(data, str | Path) and not hasattr(data, "classes"):  # DataSet is a protocol
        raise InputError(
            f"data given as {type(data).__name__}", expected="a name, a path, or a data set"
        )


def _check_own_size(architecture: Architecture, new_size: InputSize | None) -> None:
    """Check that a trained model keeps its input size, for which its preprocessing is made."""
    size = _size(new_size, architecture.input.channels)
    if size not in (None, architecture.input):
        raise InputError(
            f"an input of {size} for a trained model",
            expected=f"{architecture.input}, the input that it was trained with",
            fix="leave out the input size, or train an architecture from the beginning",
        )


def _architecture(
    name: str | Architecture, data: DataSet, new_size: InputSize | None
) -> tuple[Architecture, list[str]]:
    """Return the architecture with the classes and channels of the data, and notes on changes.

    Args:
        new_size: input size that the user asks for; without channels those of the data.
    """
    if isinstance(name, Architecture):
        return with_input_size(name, _size(new_size, name.input.channels)), []
    own = zoo.find(name)
    classes, channels = len(data.classes), data.channels
    size = _size(new_size, channels)
    input = own.input._replace(channels=channels) if channels != own.input.channels else None
    input = input if size is None else size
    if classes == own.num_classes and input is None:
        return own, []
    num_classes = classes if classes != own.num_classes else None
    network = zoo.find(name, num_classes=num_classes, input=input)
    if name in zoo.list_architectures():
        return network, []
    notes = [f"{name}: {classes} classes in place of {own.num_classes}"] if num_classes else []
    notes += [f"{name}: input {input} in place of {own.input}"] if input and not size else []
    return network, [f"{note}, as the data have them" for note in notes]


def _size(new_size: InputSize | None, channels: int) -> CHW | None:
    return None if new_size is None else input_size(new_size, channels=channels)


def _recipe(recipe: str | Recipe | None, architecture: str, data: DataSet) -> tuple[str, Recipe]:
    if isinstance(recipe, Recipe):
        return "given", recipe
    if recipe is None:
        num_images = len(data.split("train"))
        recipe = recipes.choose(architecture, data.name, shape=data.shape, num_images=num_images)
    if not recipe.lower().endswith(".json") and not os.path.isfile(recipe):
        return recipe, recipes.load_recipe(recipe)
    text = read_bytes(Path(recipe), most=LIMITS.json_bytes)
    return recipe, Recipe.from_json(text, where=recipe)
