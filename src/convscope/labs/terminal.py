"""How a lab speaks in the terminal: its options, its JSON, its picture file, its mistakes."""

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convscope.errors import ConvscopeError, InputError

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console

Main = Callable[[Sequence[str] | None], None]


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """The options that every lab has; each lab adds its own."""
    made = argparse.ArgumentParser(
        prog=f"convscope lab {name}",
        description=description,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("--json", action="store_true", help="everything as JSON, to stdout")
    made.add_argument("-o", "--output", type=Path, metavar="FILE", help="a picture of it, as .png")
    made.add_argument("--force", action="store_true", help="replace a picture that is there")
    return made


def show(
    options: argparse.Namespace,
    *,
    data: Callable[[], dict[str, Any]],
    text: Callable[["Console"], None],
    picture: Callable[[], "Image"],
) -> None:
    """Say what was found: as JSON or as text, and as a picture where one was asked for."""
    if options.output:
        from convscope.io.images import WRITES
        from convscope.io.storage import check_output

        check_output(options.output, endings=WRITES, overwrite=options.force)
    if options.json:
        sys.stdout.write(json.dumps(finite(data()), indent=1, allow_nan=False) + "\n")
    else:
        text(console())
    if options.output:
        import numpy as np

        from convscope.io.images import write_image

        pixels = np.asarray(picture().convert("RGB"))
        write_image(options.output, pixels, overwrite=options.force)
        sys.stderr.write(f"{options.output}\n")


def console() -> "Console":
    """The terminal; NO_COLOR is honoured."""
    from rich.console import Console

    return Console(highlight=False)


def finite(value: Any) -> Any:
    """The same data with None for what JSON cannot say: NaN and infinity."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return value


def run(main: Main) -> None:
    """Run a lab as a program: a user's mistake is a message and an exit code."""
    try:
        main(None)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except ConvscopeError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def number(value: float) -> str:
    """A number as short as it can be: 3, -0.25, 1.5e-07."""
    return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e")


def numbers(text: str, what: str, *, least: int = 1) -> tuple[int, ...]:
    """`5x5x3` -> (5, 5, 3); `3` -> (3,).

    Raises:
        InputError: not whole numbers joined by x.
    """
    parts = text.lower().replace("×", "x").split("x")
    if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts):
        raise InputError(
            f"{text!r} is no {what}", expected="whole numbers joined by x, as 5x5x3 or 3"
        )
    found = tuple(int(part) for part in parts)
    if min(found) < least:
        raise InputError(f"{text!r} is no {what}", expected=f"numbers of at least {least}")
    return found
