"""A run that starts from a trained model: what is taken over, and what is made anew.

The run's folder keeps the weights it started from in `start.safetensors`, a model file like any
other. So the run can be resumed, and begun anew, without the model that it came from.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convscope.arch import Architecture
from convscope.arch.classifier import with_classes
from convscope.data import DataSet
from convscope.errors import FormatError, InputError
from convscope.network import Card, ModelFile, build, initialise, read_model
from convscope.network.safetensors_file import weights_sha256
from convscope.training.recipe.recipe import Recipe

START = "start.safetensors"  # in the folder of a run


@dataclass(frozen=True)
class Pretrained:
    """A trained model, and the name by which it was asked for."""

    name: str
    file: ModelFile

    def architecture_for(self, data: DataSet) -> Architecture:
        """The model's network with the classes of the data.

        Raises:
            InputError: images with other channels than the network takes.
            ArchitectureError: its last layer cannot be exchanged.
        """
        architecture = self.file.card.architecture
        if data.channels != architecture.input.channels:
            raise InputError(
                f"{data.name} has {data.channels} channels, "
                f"and {self.name} was trained on {architecture.input.channels}",
                expected=f"images of {architecture.input.channels} channels",
                fix="choose another model, or train the architecture from the start: "
                f"convscope train {architecture.name} {data.name}",
            )
        if self.same_classes(data):
            return architecture
        return with_classes(architecture, len(data.classes)).architecture

    def same_classes(self, data: DataSet) -> bool:
        """The same names in the same order: then the classifier is kept as it is."""
        return tuple(data.classes) == self.file.card.labels


def initial_model(base: Pretrained, data: DataSet, recipe: Recipe) -> ModelFile:
    """The model before its first step: the base's weights and preprocessing, the data's classes.

    A classifier for other classes begins with the start values of the recipe and its seed.
    """
    card, architecture = base.file.card, base.architecture_for(data)
    weights, anew = dict(base.file.weights), tuple[str, ...]()
    if not base.same_classes(data):
        anew = with_classes(card.architecture, len(data.classes)).new_layers
        network = build(architecture, seed=recipe.seed)
        initialise(network, recipe.init, seed=recipe.seed)
        drawn = network.state_dict()
        weights = {n: drawn[n] if _of(n, anew) else w.detach() for n, w in weights.items()}
    about = {
        "name": base.name,
        "weights_sha256": weights_sha256(base.file.weights),
        "classifier": list(anew) or "kept",
        "ancestors": _ancestors(card),
    }
    if source := card.provenance.get("source"):
        about["source"] = source
    provenance = {
        "made_by": "convscope train, before its first step",
        "base": about,
        "weights_sha256": weights_sha256(weights),
    }
    made = Card(
        architecture=architecture,
        labels=tuple(data.classes),
        preprocessing=card.preprocessing,
        provenance=provenance,
    )
    return ModelFile(made, weights, base.file.fitted)


def read_initial_model(folder: Path, recipe: Recipe) -> ModelFile | None:
    """What a run started from, where that was a model.

    Raises:
        FormatError: it is missing or damaged.
    """
    path = folder / START
    if not path.exists():
        if recipe.fine_tune is None:
            return None
        raise FormatError(
            "the weights that the run started from are missing",
            fix="put the file back, or train in a new folder",
            where=str(path),
        )
    start = read_model(path)
    expected, found = start.card.provenance.get("weights_sha256"), weights_sha256(start.weights)
    if found != expected:
        raise FormatError(
            f"the weights are damaged: SHA-256 {found[:16]}...",
            expected=f"{str(expected)[:16]}...",
            fix="train in a new folder",
            where=str(path),
        )
    return start


def _of(name: str, paths: tuple[str, ...]) -> bool:
    return any(name.startswith(f"{path}.") for path in paths)


def _ancestors(card: Card) -> list[dict[str, Any]]:
    """The models that the base itself came from, nearest first."""
    before = card.provenance.get("base")
    if not isinstance(before, dict):
        return []
    own = {key: before.get(key) for key in ("name", "weights_sha256")}
    further = before.get("ancestors")
    return [own, *(further if isinstance(further, list) else [])][:16]
