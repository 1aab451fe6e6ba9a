"""Load weights that were trained elsewhere: from a file, or by a published name."""

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from torch import Tensor

from convscope.arch import Architecture
from convscope.errors import DataError, InputError
from convscope.extras import install_command
from convscope.io.download import Progress, silent
from convscope.network.build import Network, build_empty, put_weights
from convscope.network.model_file import Card, ModelFile, check_finite
from convscope.shapes import CHW
from convscope.weights.fetch import check_hash, fetch
from convscope.weights.labels import imagenet_labels
from convscope.weights.layout import Layout, convert
from convscope.weights.published import TORCHVISION, Published, published
from convscope.weights.untrusted import read_file
from convscope.zoo import find, load


@dataclass(frozen=True)
class LoadedWeights:
    """Weights by the architecture's paths.

    Attributes:
        layout: the library whose names the file had.
        notes: for the user: where in the file the weights were, and what it lacked.
    """

    architecture: Architecture
    weights: dict[str, Tensor] = field(repr=False)
    layout: str
    notes: tuple[str, ...] = ()

    def network(self) -> Network:
        """Return the network in evaluation mode. It shares these weights, without copies."""
        network = build_empty(self.architecture)
        put_weights(network, self.weights)
        return network.eval()


def load_weights(
    architecture: Architecture | str,
    path: str | Path,
    *,
    layout: Layout | None = None,
    any_classes: bool = False,
    any_head: bool = False,
) -> LoadedWeights:
    """Load a weights file of PyTorch, timm, Keras or convscope, all of it or nothing.

    A `.pth` or `.h5` is read in a restricted child process and runs no code.

    Args:
        architecture: an architecture; or the name of one, as `resnet18`, or its JSON file.
        path: a .pth, .safetensors or Keras .h5 file; its content decides which.
        layout: the library whose names it has; None to detect it by the names.
        any_classes: take the number of classes from the file.
        any_head: the file may lack the last layer, which is then newly initialised.

    Raises:
        InputError: there is no such file, or that layout has no such network.
        FormatError: not a file of weights, damaged, hostile, or the weights of another network:
            every key that is missing, unexpected or of another shape is named.
    """
    file = Path(path)
    chosen = find(architecture) if isinstance(architecture, str) else architecture
    tensors = read_file(file)
    converted = convert(
        chosen,
        tensors.by_name,
        layout=layout,
        where=file.name,
        any_classes=any_classes,
        any_head=any_head,
    )
    check_finite(converted.weights, where=file.name)
    notes = (*tensors.notes, *converted.notes)
    return LoadedWeights(converted.architecture, converted.weights, converted.layout, notes)


def model_file(
    name: str,
    *,
    cache: Path,
    root: str = TORCHVISION,
    progress: Progress = silent,
    language: Literal["en", "zh"] = "en",
) -> ModelFile:
    """Return a published model, as `resnet50@torchvision`: card and weights.

    Its file is downloaded if the cache lacks it, and its hash is checked each time.

    Args:
        cache: convscope's folder for downloads.
        root: address of torchvision's files.
        language: of the labels.

    Raises:
        InputError: no such name, or its package is not installed.
        DataError: it could not be downloaded.
        FormatError: the file differs from the published one.
    """
    chosen = published(name)
    if chosen.package:
        path = _in_package(name, chosen)
    else:
        path = fetch(chosen, cache=cache, root=root, progress=progress)
    loaded = load_weights(sized_architecture(chosen), path)
    return ModelFile(_card(name, chosen, loaded, imagenet_labels(language)), loaded.weights)


def sized_architecture(chosen: Published) -> Architecture:
    """Return the network at the size of the crop, which may not be the paper's."""
    architecture = load(chosen.architecture)
    crop = CHW(architecture.input.channels, chosen.crop, chosen.crop)
    return architecture if architecture.input == crop else load(chosen.architecture, input=crop)


def _in_package(name: str, chosen: Published) -> Path:
    """Return the weights file inside an installed package, which is not imported."""
    spec = importlib.util.find_spec(chosen.package)
    if spec is None or spec.origin is None:
        raise InputError(
            f"{name} is in the package {chosen.package.replace('_', '-')}, which is not installed",
            fix=install_command("pretrained"),
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
            "published_by": chosen.publisher,
        },
    )
