"""Read an architecture from a JSON file."""

from pathlib import Path

from convscope.arch import Architecture, Limits
from convscope.errors import ArchitectureError, FormatError, InputError
from convscope.io.storage import open_file
from convscope.shapes import CHW
from convscope.zoo.input_size import with_fitting_size


def read(
    path: Path,
    *,
    num_classes: int | None = None,
    input: CHW | None = None,
    limits: Limits = Limits(),
) -> Architecture:
    """Return the architecture in a JSON file, optionally for another input size.

    Raises:
        FormatError: the file cannot be read, or is not valid JSON.
        ArchitectureError: the network is invalid.
        InputError: another number of classes than that of the file.
    """
    try:
        with open_file(path) as file:
            text = file.read(limits.json_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or str(error)
        raise FormatError(f"cannot be read: {why}", where=str(path)) from None
    architecture = Architecture.from_json(text, limits=limits, where=path.name)
    if num_classes not in (None, architecture.num_classes):
        raise InputError(
            f"{path.name} has {architecture.num_classes} classes by its last layer",
            expected=f"--classes {architecture.num_classes}, or none",
            fix="change the last layer and num_classes in the file",
        )
    if input is None or input == architecture.input:
        return architecture
    fields = {name: getattr(architecture, name) for name in Architecture.model_fields}

    def with_input(other: CHW) -> Architecture:
        changed = {"input": other, "facts": (), "results": ()}
        return Architecture(limits=limits, **(fields | changed))

    try:
        return with_input(input)
    except ArchitectureError as error:
        raise with_fitting_size(error, with_input, input, architecture.input) from None
