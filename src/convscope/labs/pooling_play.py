"""`convscope lab pooling` in the terminal, and its pictures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convscope.labs import drawing, terminal
from convscope.labs.drawing import Canvas
from convscope.labs.pooling import (
    KINDS,
    SAME,
    VARIANTS,
    Measured,
    Pooling,
    example,
    shrinking,
)
from convscope.labs.terminal import number

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console


def example_picture() -> "Image":
    """The lecture's picture, with the numbers that changed in colour."""
    canvas = Canvas(860, 430)
    for order, kind in enumerate(KINDS):
        found = example(kind)
        top = 20 + order * 205
        words = f"{kind} pooling, window 3, stride 1"
        canvas.text(30, top, words, size=17)
        sides = (
            (30, "before", found.pooled, found.detectors, None),
            (400, "the input moved by one", found.pooled_shifted, found.shifted, found),
        )
        for left, name, upper, lower, against in sides:
            canvas.text(left, top + 30, name, colour=drawing.QUIET, size=14)
            for row, values in ((0, upper), (1, lower)):
                old = found.detectors if row else found.pooled
                for place, value in enumerate(values):
                    x, y = left + 34 + place * 82, top + 76 + row * 74
                    if not row:
                        for below in range(max(0, place - 1), min(4, place + 2)):
                            canvas.line(
                                [(x, y), (left + 34 + below * 82, y + 74)],
                                colour=drawing.LINE,
                                width=1,
                            )
                    changed = against is not None and abs(value - old[place]) > SAME
                    fill = drawing.mix(drawing.AMBER, 0.45) if changed else drawing.SHADE
                    canvas.dot(x, y, 26, fill=fill)
                    canvas.text(x, y, number(round(value, 3)), size=14, anchor="mm")
        share = f"changed: {found.changed:.0%} below, {found.pooled_changed:.0%} above"
        canvas.text(
            400 + drawing.text_width("the input moved by one", 14) + 14,
            top + 30,
            share,
            size=14,
            colour=drawing.AMBER,
        )
    return canvas.image


def measured_picture(found: Sequence[Measured]) -> "Image":
    """Bars: how much one pixel changes before and after each pooling, and the answers."""
    rows = sum(len(one.changes) + 2 for one in found)
    canvas = Canvas(860, 60 + rows * 30)
    canvas.text(30, 14, "MNIST moved by one pixel: relative change (blue: after pooling)", size=18)
    y = 58
    for one in found:
        canvas.text(
            30,
            y,
            f"{one.name}: accuracy {one.accuracy:.2%}, "
            f"answers changed {one.predictions_changed:.2%}",
        )
        y += 28
        for change in one.changes:
            canvas.text(50, y, change.path, size=14, colour=drawing.QUIET)
            width = 480 * min(1.5, change.amount) / 1.5
            colour = drawing.BLUE if change.pooled else drawing.AMBER
            canvas.pen.rectangle((210, y + 3, 210 + width, y + 19), fill=colour)
            words = f"{change.amount:.0%} ({change.share:.0%} of the numbers)"
            canvas.text(218 + width, y + 1, words, size=14)
            y += 30
        y += 20
    return canvas.image


def picture(found: Sequence[Measured]) -> "Image":
    """The example, and what was measured."""
    parts = [example_picture()]
    return drawing.stack([*parts, measured_picture(found)] if found else parts)


def to_dict(lab: Pooling, found: Sequence[Measured]) -> dict[str, Any]:
    """Ready for JSON."""
    return {
        "lab": "pooling",
        "example": {kind: example(kind)._asdict() for kind in KINDS},
        "shrinking": {
            "without padding": shrinking(28, 5),
            "with padding 2": shrinking(28, 5, padding=2),
        },
        "images": lab.images,
        "measured": [one.to_dict() for one in found],
    }


def _print(found: Sequence[Measured], console: "Console") -> None:
    from rich.table import Table

    for kind in KINDS:
        shown = example(kind)
        console.print(f"[bold]{kind} pooling[/], window 3, stride 1, the input moved by one")
        for name, below, above in (
            ("before", shown.detectors, shown.pooled),
            ("after", shown.shifted, shown.pooled_shifted),
        ):
            row = " ".join(f"{number(round(v, 3)):>6}" for v in below)
            pooled = " ".join(f"{number(round(v, 3)):>6}" for v in above)
            console.print(f"  {name:<7}{row}   pooled {pooled}", soft_wrap=True)
        console.print(
            f"  changed: {shown.changed:.0%} of them, {shown.pooled_changed:.0%} pooled\n"
        )
    without = " -> ".join(map(str, shrinking(28, 5)))
    console.print(f"28 pixels under 5 x 5 again and again: {without} without padding")
    console.print("                                       28 -> 28 with padding 2\n")
    if not found:
        return
    view = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("network", "layer", "numbers changed", "by", "answers changed", "accuracy"):
        view.add_column(name, justify="left" if name in ("network", "layer") else "right")
    for one in found:
        for order, change in enumerate(one.changes):
            last = (f"{one.predictions_changed:.2%}", f"{one.accuracy:.2%}")
            view.add_row(
                one.name if not order else "",
                change.path,
                f"{change.share:.1%}",
                f"{change.amount:.1%}",
                *(last if not order else ("", "")),
            )
    console.print("MNIST digits moved by one pixel, the mean of four directions")
    console.print(view)


def main(arguments: Sequence[str] | None = None) -> None:
    """The example, and the measurement on digits."""
    from pathlib import Path

    parser = terminal.parser(
        "pooling", "What one pixel of shift changes, before and after pooling."
    )
    parser.add_argument("model", nargs="?", type=Path, help="a model file; else three are trained")
    parser.add_argument("--images", default=2000, type=int, help="digits to shift")
    parser.add_argument("--train-images", default=12_000, type=int, help="for the small networks")
    parser.add_argument("--example-only", action="store_true", help="no networks, no digits")
    parser.add_argument("--seed", default=0, type=int)
    options = parser.parse_args(arguments)
    lab = Pooling(options.images, options.train_images, options.seed)
    if options.example_only:
        found: tuple[Measured, ...] = ()
    elif options.model is not None:
        found = (lab.model(options.model),)
    else:
        found = tuple(lab.small(variant) for variant in VARIANTS)
    terminal.show(
        options,
        data=lambda: to_dict(lab, found),
        text=lambda console: _print(found, console),
        picture=lambda: picture(found),
    )
