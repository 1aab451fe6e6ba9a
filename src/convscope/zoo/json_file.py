"""Read an architecture from a JSON file."""

from pathlib import Path

from convscope.arch import Architecture, Limits
from convscope.arch.classifier import with_classes
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
    """Return the architecture in a JSON file, optionally for other classes or another input.

    Raises:
        FormatError: the file cannot be read, or is not valid JSON.
        ArchitectureError: the network is invalid.
        InputError: another number of classes, and the last layer cannot be changed.
    """
    try:
        with open_file(path) as file:
            text = file.read(limits.json_bytes + 1)
    except FileNotFoundError:
        from convscope.io.nearby import did_you_mean

        raise InputError(
            f"there is no file {path}",
            expected="an architecture: a name of the zoo, or a JSON file",
            fix=did_you_mean(path) or "`convscope list architectures` lists the names",
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or str(error)
        raise FormatError(f"cannot be read: {why}", where=str(path)) from None
    if text[:200].lstrip()[:1] not in (b"{", b"[", b"\xef", b"\xff", b"\xfe", b"\0"):
        from convscope.io.file_kind import identify

        kind = identify(path)
        fix = (
            "name the architecture of these weights, as resnet18; predict, look, evaluate and "
            f"train take --weights {path.name}"
        ) * (kind.kind == "weights")
        raise FormatError(
            f"this is {kind.name}",
            expected="an architecture: a name of the zoo, or JSON",
            fix=fix or kind.fix,
            where=str(path),
        )
    try:
        architecture = Architecture.from_json(text, limits=limits, where=path.name)
    except ArchitectureError as error:
        place = ": ".join(part for part in (path.name, error.where) if part)
        raise ArchitectureError(
            error.given, expected=error.expected, fix=error.fix, where=place
        ) from None
    if num_classes not in (None, architecture.num_classes):
        architecture = _with_classes(architecture, num_classes, path.name)
    return with_input_size(architecture, input, limits=limits)


def with_input_size(
    architecture: Architecture, input: CHW | None, *, limits: Limits = Limits()
) -> Architecture:
    """Return an architecture for another input; None, or its own, changes nothing.

    Raises:
        ArchitectureError: the input does not fit; the message suggests one that does.
    """
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


def _with_classes(architecture: Architecture, num_classes: int, where: str) -> Architecture:
    try:
        return with_classes(architecture, num_classes).architecture
    except ArchitectureError as error:
        raise InputError(
            f"{num_classes} classes in place of {architecture.num_classes}: {error.given}",
            expected=error.expected,
            fix="change the last layer and num_classes in the file",
            where=where,
        ) from None
