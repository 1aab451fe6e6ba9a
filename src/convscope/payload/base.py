"""Base of every payload: title, caption, JSON, arrays, and display in notebooks and terminals.

The methods that show a payload call `convscope.render` when they are called: the only place
where payloads name the renderer (docs/decisions/0006-render.md).
"""

import itertools
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from numpy.typing import NDArray
from pydantic import Field

from convscope.display import Displayed, Picture
from convscope.record import Record

if TYPE_CHECKING:
    from rich.console import RenderableType

    from convscope.payload.sheet import Payload

Text = Annotated[str, Field(max_length=2000)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Arrays = dict[str, NDArray[Any]]


class BasePayload(Displayed, Record, ABC):
    """Numbers with a title and a caption; knows no network."""

    title: Text = ""
    caption: Text = ""
    """Explanation of the picture and the defaults that were chosen."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """Return the numbers by name."""

    def to_json(self) -> str:
        return self.model_dump_json()

    def png(self) -> bytes:
        """Return the picture as a PNG file.

        Raises:
            InputError: it would have more than 64 million pixels.
        """
        from convscope.render.payloads import drawing
        from convscope.render.png import png

        return png(drawing(self._member()))

    def svg(self) -> Picture:
        """Return the picture as an SVG file."""
        from convscope.render.payloads import drawing
        from convscope.render.svg import svg

        return Picture(svg(drawing(self._member())))

    def save(self, path: Path | str, *, overwrite: bool = False) -> Path:
        """Write a file; the ending of its name is the format: png, svg, html, txt, json, npz, npy.

        Raises:
            InputError: an unknown ending, or `.npy` for more than one array.
            StorageError: the file exists and `overwrite` is not set, or writing fails.
        """
        from convscope.render.files import write_payload

        return write_payload(path, self._member(), overwrite=overwrite)

    def __rich__(self) -> "RenderableType":
        from convscope.render.terminal import rendered

        return rendered(self._member())

    def _member(self) -> "Payload":
        """Return the payload as a member of the closed union."""
        return cast("Payload", self)

    @abstractmethod
    def __repr__(self) -> str:
        """Return the kind, the title and how many numbers there are."""

    def _brief(self, size: str) -> str:
        named = f"{self.title!r}: " if self.title else ""
        return f"{type(self).__name__}({named}{size})"

    def __str__(self) -> str:
        """Return the payload as a terminal without colours shows it."""
        from convscope.render.files import text

        return text(self._member()).rstrip("\n")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]


def unused(name: str, taken: Arrays) -> str:
    """Return the name, with a number behind it where it is taken."""
    names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
    return next(free for free in names if free not in taken)
