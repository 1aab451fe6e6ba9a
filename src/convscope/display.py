"""Objects that notebooks show as HTML, runs that they show live, and SVG text as a picture.

The classes are in packages below the renderer. What they look like is in `convscope.notebook`,
which is imported when a notebook shows one of them (docs/decisions/0012-notebooks.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final


class Displayed:
    """Base of what notebooks show as HTML."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from convscope.notebook import html

        return html(self)


class Watched:
    """Base of generators that a notebook runs to the end, and shows meanwhile, at a cell's end."""

    __slots__ = ()

    def _ipython_display_(self) -> None:
        from convscope.notebook.live import consume

        consume(self)


@contextmanager
def watched_visual() -> Iterator[None]:
    """Show the progress of a visual in a notebook or on a terminal."""
    from convscope.notebook.looking import watched_visual as watched

    with watched():
        yield


@final
class Picture(str):
    """Text of an SVG file, which notebooks show as the picture; a str in every other way."""

    __slots__ = ()

    def save(self, path: Path | str, *, overwrite: bool = False) -> Path:
        """Write the file; its name ends in .svg.

        Raises:
            InputError: another ending.
            StorageError: the file exists and `overwrite` is not set, or writing fails.
        """
        from convscope.io.storage import check_output, write_text

        path = Path(path)
        check_output(path, endings=[".svg"], overwrite=overwrite)
        write_text(path, str(self))
        return path

    def _repr_html_(self) -> str:
        from convscope.notebook import picture

        return picture(self)

    def __repr__(self) -> str:
        return f"<SVG picture of {len(self):,} characters; .save('picture.svg') writes it>"
