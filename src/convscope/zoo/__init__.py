"""The zoo: architectures by name. One paper a file; the tuple below is the whole list."""

import os
from collections.abc import Callable
from pathlib import Path

from convscope.arch import Architecture
from convscope.errors import InputError, unknown_name
from convscope.shapes import CHW
from convscope.zoo.find import read
from convscope.zoo.lenet import lenet5, lenet5_1998

ARCHITECTURES: tuple[Callable[..., Architecture], ...] = (
    lenet5,
    lenet5_1998,
)


def list_architectures() -> list[str]:
    """The names, in the order of the list."""
    return [builder.__name__ for builder in ARCHITECTURES]


def load(name: str, *, num_classes: int | None = None, input: CHW | None = None) -> Architecture:
    """The architecture of that name.

    Args:
        num_classes, input: in place of the paper's, where the network allows it.

    Raises:
        InputError: no such name (with the nearest ones), or an option the network lacks.
        ArchitectureError: the input does not fit.
    """
    builders = {builder.__name__: builder for builder in ARCHITECTURES}
    if name not in builders:
        raise unknown_name("architecture", name, builders, see="convscope list architectures")
    wanted = {"num_classes": num_classes, "input": input}
    options = {key: value for key, value in wanted.items() if value is not None}
    accepted = builders[name].__kwdefaults__ or {}
    for option in options:
        if option not in accepted:
            raise InputError(f"{name} has a fixed {option}", fix=f"leave {option} out")
    return builders[name](**options)


def find(name: str, *, num_classes: int | None = None, input: CHW | None = None) -> Architecture:
    """ARCH of the command line: a name of the list above, or the path of a JSON file.

    Raises: as `load`, and what reading a file can raise.
    """
    path = Path(name)
    if path.suffix.lower() == ".json" or os.path.isfile(path):  # false, not an error, if too long
        return read(path, num_classes=num_classes, input=input)
    return load(name, num_classes=num_classes, input=input)
