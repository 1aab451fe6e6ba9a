"""Comparison of architectures that are given as objects, names or JSON files."""

from pathlib import Path

from convscope import zoo
from convscope.arch import Architecture
from convscope.arch.compare import Comparison, compare_architectures
from convscope.errors import InputError


def compare(*architectures: Architecture | str | Path) -> Comparison:
    """Return a comparison of architectures: parameters, MACs, memory, depth, receptive field.

        compare("lenet5", "lenet5_1998")

    Args:
        architectures: objects, names of the zoo, or JSON files.

    Raises:
        InputError: fewer than two; an unknown name (the message suggests the nearest).
        FormatError, ArchitectureError: a JSON file that holds no architecture.
    """
    return compare_architectures(*map(_architecture, architectures))


def _architecture(value: Architecture | str | Path) -> Architecture:
    if isinstance(value, Architecture):
        return value
    if isinstance(value, str | Path):
        return zoo.find(str(value))
    raise InputError(
        f"an architecture given as {type(value).__name__}",
        expected="an Architecture, a name or a JSON file",
    )
