"""The export target `pytorch`: one Python file that needs only torch, and its weights beside it."""

from pathlib import Path
from typing import TYPE_CHECKING

from convscope.errors import InputError
from convscope.export.pytorch.library_names import THEIRS
from convscope.export.pytorch.source import pytorch_source
from convscope.export.target import Exported, Options, Written
from convscope.io.storage import write_text

if TYPE_CHECKING:
    from torch import Tensor


def text(exported: Exported, options: Options) -> str:
    """Return the Python file, without preprocessing and labels.

    Raises:
        InputError: a layout without weights.
    """
    _check_layout(options)
    return pytorch_source(exported.architecture)


def write(exported: Exported, path: Path, options: Options) -> Written:
    """Write the Python file, and with `weights_to` a safetensors file that it loads.

    Raises:
        InputError: a layout without weights, or one that the network does not have.
        StorageError: a file cannot be written.
    """
    _check_layout(options)
    if options.weights_to is None:
        receipt = write_text(path, pytorch_source(exported.architecture))
        return Written((path,), receipt.size_bytes, receipt.sha256)
    return _with_weights(exported, path, options.weights_to, options.layout or "convscope")


def _with_weights(exported: Exported, path: Path, weights_to: Path, layout: str) -> Written:
    from convscope.export.pytorch.use import Model
    from convscope.network.safetensors_file import write_tensors

    file = exported.model
    if file is None:
        raise InputError(
            f"{exported.architecture.name} is an architecture: it has no weights to write",
            expected="a model: convscope.open(...), or its export method",
        )
    model = Model(file.card, weights_to.name, layout, fitted=bool(file.fitted))
    source = pytorch_source(exported.architecture, model)
    receipt = write_tensors(weights_to, _tensors(exported, layout), {"format": "pt"})
    size = receipt.size_bytes
    receipt = write_text(path, source)
    note = f"{weights_to}: the weights, by the names of {_library(exported, layout)}"
    return Written((path, weights_to), size + receipt.size_bytes, receipt.sha256, (note,))


def _library(exported: Exported, layout: str) -> str:
    theirs = THEIRS.get(layout, {}).get(exported.architecture.name, exported.architecture.name)
    return layout if layout == "convscope" or not theirs else f"{layout}'s {theirs}"


def _tensors(exported: Exported, layout: str) -> "dict[str, Tensor]":
    from convscope.network.model_file import FITTED
    from convscope.weights.layout import to_layout

    file = exported.model
    assert file is not None
    weights = to_layout(exported.architecture, file.weights, layout)
    if layout != "convscope" and file.fitted:
        raise InputError(
            f"the preprocessing has tensors, and {layout} has no names for them",
            expected="--layout convscope",
            fix="leave out --layout",
        )
    return weights | {FITTED + name: tensor for name, tensor in file.fitted.items()}


def _check_layout(options: Options) -> None:
    if options.layout and options.weights_to is None:
        raise InputError(
            "--layout without --weights-to",
            expected="a file for the weights, whose names it decides",
            fix="--weights-to FILE.safetensors",
        )
