"""Architectures by what the user types: a name, a JSON file, or a trained model.

For a model only the header of its file is read, not its weights.
"""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convscope.arch import Architecture
    from convscope.shapes import CHW, InputSize


def find_architecture(
    name: str, *, num_classes: int | None = None, input: "InputSize | None" = None
) -> "Architecture":
    """Return the architecture of a zoo name, a JSON file, a model file, a run or `name@weights`.

    Args:
        num_classes, input: instead of its own, where the architecture allows it; `96x96` keeps
            the channels.

    Raises:
        InputError: there is no such name or file, the folder holds no model, or not a size.
        ArchitectureError: the classes or the input do not fit.
        FormatError: not an architecture and not a model.
    """
    from convscope.zoo import find

    if not os.path.isdir(name) and not name.lower().endswith(".safetensors"):
        known, at, _weights = name.partition("@")
        is_published = bool(at) and not os.path.exists(name)
        zoo_name = known if is_published else name
        size = _size(input, find(zoo_name)) if input is not None else None
        return find(zoo_name, num_classes=num_classes, input=size)
    from convscope.arch.classifier import with_classes
    from convscope.network import read_card
    from convscope.zoo.json_file import with_input_size

    architecture = read_card(_model_in(name)).architecture
    if num_classes not in (None, architecture.num_classes):
        architecture = with_classes(architecture, num_classes).architecture
    return with_input_size(architecture, _size(input, architecture) if input is not None else None)


def _size(input: "InputSize", architecture: "Architecture") -> "CHW":
    from convscope.shapes import input_size

    return input_size(input, channels=architecture.input.channels)


def _model_in(name: str) -> Path:
    from convscope.errors import InputError
    from convscope.network import model_path

    path = model_path(Path(name))
    if os.path.isfile(path):
        return path
    if os.path.isdir(name):
        raise InputError(
            f"{name} holds no {path.name}",
            expected="the folder of a finished run",
            fix=f"if it is a run, finish it: convscope train --resume {shlex.quote(name)}",
        )
    raise InputError(f"there is no file {name}", expected="a model file, or a run folder")
