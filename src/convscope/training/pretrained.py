"""Start a run from a trained model: weights that are kept, and layers that are replaced.

The run folder keeps the weights that the run started from in `start.safetensors`, a model file
like any other. So the run can be resumed, or started over, without the original model.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convscope.arch import Architecture
from convscope.arch.classifier import with_classes
from convscope.data import DataSet
from convscope.data.converted import converted
from convscope.errors import FormatError
from convscope.io import storage
from convscope.network import Card, ModelFile, build, initialise, read_model
from convscope.network.safetensors_file import weights_sha256
from convscope.training.recipe.recipe import Recipe

START = "start.safetensors"  # in the folder of a run


@dataclass(frozen=True)
class Pretrained:
    """A trained model to start from, and its name as the user gave it."""

    name: str
    file: ModelFile

    def architecture_for(self, data: DataSet) -> Architecture:
        """Return the model's architecture with the classes of the data.

        Raises:
            ArchitectureError: its last layer cannot be replaced.
        """
        architecture = self.file.card.architecture
        if self.same_classes(data):
            return architecture
        return with_classes(architecture, len(data.classes)).architecture

    def same_classes(self, data: DataSet) -> bool:
        """Return whether names and order of the classes are equal: the classifier is then kept."""
        return tuple(data.classes) == self.file.card.labels


def as_read(
    data: DataSet, architecture: Architecture, base: Card | None
) -> tuple[DataSet, tuple[str, ...]]:
    """Return a data set as training reads it, and sentences about what that changes.

    Its images get the network's channels, and the background of the model to start from.
    """
    conversion = None
    if base is not None:
        conversion = base.conversion.model_copy(update={"white_level": None})
    return converted(data, channels=architecture.input.channels, conversion=conversion)


def initial_model(pretrained: Pretrained, data: DataSet, recipe: Recipe) -> ModelFile:
    """Return the model before its first step: pretrained weights and preprocessing, new classes.

    A classifier for other classes starts from the recipe's initial values and its seed.
    """
    card, architecture = pretrained.file.card, pretrained.architecture_for(data)
    weights, replaced = dict(pretrained.file.weights), tuple[str, ...]()
    if not pretrained.same_classes(data):
        replaced = with_classes(card.architecture, len(data.classes)).new_layers
        network = build(architecture, seed=recipe.seed)
        initialise(network, recipe.init, seed=recipe.seed)
        new = network.state_dict()
        weights = {n: new[n] if _inside(n, replaced) else w.detach() for n, w in weights.items()}
    about = {
        "name": pretrained.name,
        "weights_sha256": weights_sha256(pretrained.file.weights),
        "classifier": list(replaced) or "kept",
        "ancestors": _ancestors(card),
    }
    if source := card.provenance.get("source"):
        about["source"] = source
    provenance = {
        "made_by": "convscope train, before its first step",
        "base": about,
        "weights_sha256": weights_sha256(weights),
    }
    new_card = Card(
        architecture=architecture,
        labels=tuple(data.classes),
        preprocessing=card.preprocessing,
        conversion=card.conversion,
        provenance=provenance,
    )
    return ModelFile(new_card, weights, pretrained.file.fitted)


def read_initial_model(folder: Path, recipe: Recipe) -> ModelFile | None:
    """Return the model that a run started from; None where it started from random weights.

    Raises:
        FormatError: its file is missing or damaged.
    """
    path = folder / START
    if not storage.exists(path):
        if recipe.fine_tune is None:
            return None
        raise FormatError(
            "the weights that the run started from are missing",
            fix="put the file back, or train in a new folder",
            where=str(path),
        )
    if path.is_symlink():
        raise FormatError("a link, which is not followed here", where=str(path))
    start = read_model(path)
    expected, actual = start.card.provenance.get("weights_sha256"), weights_sha256(start.weights)
    if actual != expected:
        raise FormatError(
            f"the weights are damaged: SHA-256 {actual[:16]}...",
            expected=f"{str(expected)[:16]}...",
            fix="train in a new folder",
            where=str(path),
        )
    return start


def _inside(name: str, paths: tuple[str, ...]) -> bool:
    return any(name.startswith(f"{path}.") for path in paths)


def _ancestors(card: Card) -> list[dict[str, Any]]:
    """Return the models that this one was fine-tuned from, nearest first."""
    before = card.provenance.get("base")
    if not isinstance(before, dict):
        return []
    own = {key: before.get(key) for key in ("name", "weights_sha256")}
    further = before.get("ancestors")
    return [own, *(further if isinstance(further, list) else [])][:16]
