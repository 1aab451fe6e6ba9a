"""Architectures by what the user types: a name, a JSON file, PyTorch source, or a trained model.

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
    """Return the architecture of a zoo name, a JSON file, a model, a run or `name@weights`.

    A `.py` file is read as PyTorch source; nothing of it is executed.

    Args:
        num_classes, input: instead of its own, where the architecture allows it; `96x96` keeps
            the channels.

    Raises:
        InputError: there is no such name or file, the folder holds no model, or not a size.
        ArchitectureError: the classes or the input do not fit.
        FormatError: not an architecture and not a model.
    """
    from convscope.zoo import find

    if name.lower().endswith(".py") and os.path.exists(name):
        return _in_source(Path(name), num_classes=num_classes, input=input)
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


def _in_source(path: Path, *, num_classes: int | None, input: "InputSize | None") -> "Architecture":
    from convscope.cli.terminal.output import say
    from convscope.export.pytorch.reading import read_source
    from convscope.export.pytorch.reading.source_file import MOST_BYTES
    from convscope.io.storage import read_bytes
    from convscope.io.text_file import decode
    from convscope.shapes import input_size

    text = decode(read_bytes(path, most=MOST_BYTES), where=path.name)
    size = input_size(input, channels=3) if input is not None else None
    source = read_source(text, input=size, num_classes=num_classes, where=path.name)
    for note in source.notes:
        say(f"{path.name} {note}")
    return source.architecture


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
