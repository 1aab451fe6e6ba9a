"""ARCH on the command line: a name of the zoo, or a JSON file."""

from pathlib import Path

from convscope.arch import Architecture, Limits
from convscope.errors import ArchitectureError, FormatError, InputError
from convscope.io.storage import open_file
from convscope.shapes import CHW
from convscope.zoo.fitting import with_fitting_size


def read(
    path: Path,
    *,
    num_classes: int | None = None,
    input: CHW | None = None,
    limits: Limits = Limits(),
) -> Architecture:
    """The architecture in a JSON file, with another input size if asked for.

    Raises:
        FormatError: the file cannot be read, or is not sound JSON.
        ArchitectureError: a network that cannot be.
        InputError: another number of classes: a file's last layer is as it stands.
    """
    try:
        with open_file(path) as file:
            text = file.read(limits.json_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or str(error)
        raise FormatError(f"cannot be read: {why}", where=str(path)) from None
    found = Architecture.from_json(text, limits=limits, where=path.name)
    if num_classes not in (None, found.num_classes):
        raise InputError(
            f"{path.name} has {found.num_classes} classes by its last layer",
            expected=f"--classes {found.num_classes}, or none",
            fix="change the last layer and num_classes in the file",
        )
    if input is None or input == found.input:
        return found
    fields = {name: getattr(found, name) for name in Architecture.model_fields}

    def with_input(other: CHW) -> Architecture:
        changed = {"input": other, "facts": (), "results": ()}
        return Architecture(limits=limits, **(fields | changed))

    try:
        return with_input(input)
    except ArchitectureError as error:
        raise with_fitting_size(error, with_input, input, found.input) from None
