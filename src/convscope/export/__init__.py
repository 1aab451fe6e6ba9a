"""Exports: other formats of an architecture or a model. One package per format.

The registry below holds the formats that are text and need no weights. Rendering of diagrams
belongs in `render/`, the model file in `network/`.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from convscope.errors import unknown_name
from convscope.lazy import lazy

if TYPE_CHECKING:
    from convscope.arch import Architecture
    from convscope.export.pytorch.source import pytorch_source
else:
    __getattr__, __dir__ = lazy(__name__, {"convscope.export.pytorch.source": ("pytorch_source",)})

TARGETS: dict[str, str] = {
    "pytorch": "convscope.export.pytorch.source:pytorch_source",
}
"""Format -> module and function, imported when the format is used."""


def target(name: str) -> "Callable[[Architecture], str]":
    """Return the function that writes an architecture in a format, as text.

    Raises:
        InputError: no such format; the nearest ones are named.
    """
    if name not in TARGETS:
        raise unknown_name("export format", name, TARGETS)
    module, _, function = TARGETS[name].partition(":")
    return cast("Callable[[Architecture], str]", getattr(import_module(module), function))


__all__ = ["TARGETS", "pytorch_source", "target"]
