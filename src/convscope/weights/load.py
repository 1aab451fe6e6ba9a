"""Weights made elsewhere, loaded into our networks: from a file, or by a published name."""

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from torch import Tensor

from convscope.arch import Architecture
from convscope.errors import DataError, InputError
from convscope.io.download import Progress, silent
from convscope.network.build import Network, build_empty
from convscope.network.model_file import Card, ModelFile, check_finite
from convscope.weights.fetch import check_hash, fetch
from convscope.weights.labels import imagenet_labels
from convscope.weights.layout import Layout, fit
from convscope.weights.pickled import read_file
from convscope.weights.published import TORCHVISION, Published, published
from convscope.zoo import load


@dataclass(frozen=True)
class LoadedWeights:
    """Weights by the architecture's paths.

    Attributes:
        layout: whose names the file had; found by them where it was not given.
        notes: what is worth knowing: where the weights stood, what the file lacked.
    """

    architecture: Architecture
    weights: dict[str, Tensor] = field(repr=False)
    layout: str
    notes: tuple[str, ...] = ()

    def network(self) -> Network:
        """The network with these weights, in evaluation mode; they are its own, not copies."""
        network = build_empty(self.architecture)
        network.load_state_dict(self.weights, assign=True)
        return network.eval()


def load_weights(
    architecture: Architecture, path: str | Path, *, layout: Layout | None = None
) -> LoadedWeights:
    """Weights out of a file of PyTorch, timm, Keras or convscope, all of them or none.

    A `.pth` or `.h5` is read in a limited process of its own and runs no code.

    Args:
        path: a .pth, .safetensors or Keras .h5 file, told apart by what is in it.
        layout: whose names it has; found by the names where it is not given.

    Raises:
        InputError: there is no such file, or that layout has no such network.
        FormatError: not a file of weights, damaged, hostile, or the weights of another network:
            every key that is missing, unexpected or of another shape is named.
    """
    place = Path(path)
    found = read_file(place)
    fitted = fit(architecture, found.by_name, layout=layout, where=place.name)
    check_finite(fitted.weights, where=place.name)
    return LoadedWeights(architecture, fitted.weights, fitted.layout, (*found.notes, *fitted.notes))


def model_file(
    name: str,
    *,
    cache: Path,
    root: str = TORCHVISION,
    progress: Progress = silent,
    language: Literal["en", "zh"] = "en",
) -> ModelFile:
    """A published model, as `resnet50@torchvision`: card and weights.

    What is not in the cache is fetched, and its hash is checked each time.

    Args:
        cache: convscope's folder for what is fetched.
        root: where torchvision's files are fetched from.
        language: of the labels.

    Raises:
        InputError: no such name, or its package is not installed.
        DataError: it could not be fetched.
        FormatError: another file than was published.
    """
    chosen = published(name)
    if chosen.package:
        path = _in_package(name, chosen)
    else:
        path = fetch(chosen, cache=cache, root=root, progress=progress)
    loaded = load_weights(load(chosen.architecture), path)
    return ModelFile(_card(name, chosen, loaded, imagenet_labels(language)), loaded.weights)


def _in_package(name: str, chosen: Published) -> Path:
    """The file of weights inside an installed package, which is not imported."""
    spec = importlib.util.find_spec(chosen.package)
    if spec is None or spec.origin is None:
        raise InputError(
            f"{name} is in the package {chosen.package.replace('_', '-')}, which is not installed",
            fix="pip install 'convscope[pretrained]'",
        )
    path = Path(spec.origin).parent / "models" / chosen.file
    if not path.is_file():
        raise DataError(f"the installed package lacks {chosen.file}", fix="install it again")
    check_hash(path, chosen.sha256)
    return path


def _card(name: str, chosen: Published, loaded: LoadedWeights, labels: tuple[str, ...]) -> Card:
    measured = {"top1": chosen.top1, "top5": chosen.top5}
    source = chosen.package.replace("_", "-") or "torchvision"
    return Card(
        architecture=loaded.architecture,
        labels=labels,
        preprocessing=chosen.preprocessing,
        provenance={
            "name": name,
            "source": source,
            "file": chosen.file,
            "layout": loaded.layout,
            "notes": list(loaded.notes),
            "published_accuracy": {key: value for key, value in measured.items() if value},
        },
    )
