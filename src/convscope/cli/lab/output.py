"""Output of every lab: text or JSON on standard output, and a drawing as a file."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from convscope.cli.grammar.options import output_option
from convscope.cli.terminal.output import UNLIMITED, echo_json, say, translating

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.render.marks import Drawing

Output = Annotated[Path | None, output_option("Write a picture to this .png or .svg file.")]

ENDINGS = (".png", ".svg")


def check_picture(output: Path | None, *, force: bool) -> None:
    """Refuse a picture that could not be written, before anything is trained for it.

    Raises:
        StorageError: there is a file, and `force` is not set.
        InputError: an ending that is not supported.
    """
    from convscope.io.storage import check_output

    if output:
        check_output(output, endings=ENDINGS, overwrite=force)


def show(
    *,
    data: Callable[[], dict[str, Any]],
    text: Callable[["Console"], None],
    drawing: Callable[[], "Drawing"],
    as_json: bool,
    output: Path | None,
    force: bool,
) -> None:
    """Print a lab as text or JSON, and write its drawing if a file is named."""
    from convscope.labs.numbers import finite

    check_picture(output, force=force)
    if as_json:
        echo_json(json.dumps(finite(data()), indent=1, allow_nan=False))
    else:
        from rich.console import Console

        width = None if sys.stdout.isatty() else UNLIMITED
        text(translating(Console(highlight=False, width=width)))
    if output:
        from convscope.io.storage import write
        from convscope.render.png import png
        from convscope.render.svg import svg

        picture = drawing()
        is_png = output.suffix.lower() == ".png"
        write(output, [png(picture) if is_png else svg(picture).encode()])
        say(str(output))
