"""`convscope lab pooling`: what a shift of 1 pixel changes before and after pooling."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import Force, Json, Seed, Threads
from convscope.cli.lab.output import Output, check_picture, show
from convscope.cli.terminal.tables import Column, print_table
from convscope.lang import label
from convscope.machine.cpus import use_threads

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.pooling import Example, Measured, Pooling


def pooling_command(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete.models,
            help="A model file, a run folder, or name@weights; without it, 3 small networks are "
            "trained.",
        ),
    ] = None,
    images: Annotated[int, typer.Option(help="Number of digits to shift.")] = 2000,
    train_images: Annotated[
        int, typer.Option(help="Number of training images of the small networks.")
    ] = 12_000,
    example_only: Annotated[
        bool, typer.Option("--example-only", help="Show the example only; train nothing.")
    ] = False,
    shift: Annotated[
        int, typer.Option(help="Shift of the example to the right, from -3 to 3.")
    ] = 1,
    size: Annotated[int, typer.Option(help="Window of the example: 1, 3, 5 or 7.")] = 3,
    seed: Seed = None,
    threads: Threads = None,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Shift MNIST digits by 1 pixel and measure what changes before and after pooling."""
    use_threads(threads)
    from convscope.errors import InputError
    from convscope.labs.pictures.pooling import drawing
    from convscope.labs.pooling import KINDS, VARIANTS, Pooling, example, to_dict

    if model is not None and example_only:
        raise InputError("--example-only with a model", fix="leave out one of them")
    check_picture(output, force=force)
    examples = [example(kind, shift=shift, size=size) for kind in KINDS]
    lab = Pooling(images, train_images, seed or 0)
    networks: tuple[Measured, ...] = ()
    if model is not None:
        networks = (_measured(lab, model),)
    elif not example_only:
        networks = tuple(lab.small(variant) for variant in VARIANTS)
    show(
        data=lambda: to_dict(lab, networks, shift=shift, size=size),
        text=lambda console: _print(examples, networks, (shift, size), console),
        drawing=lambda: drawing(networks, shift=shift, size=size),
        as_json=as_json,
        output=output,
        force=force,
    )


def _measured(lab: "Pooling", name: str) -> "Measured":
    """Measure a trained model: a file, a run, or published weights."""
    from convscope.opening import open as open_model

    model = open_model(name)
    return lab.measure(Path(name).name or name, model.network, model.preprocessing)


def _print(
    examples: "Sequence[Example]",
    networks: "Sequence[Measured]",
    setting: tuple[int, int],
    console: "Console",
) -> None:
    from convscope.labs.numbers import number
    from convscope.labs.pooling import shrinking

    shift, size = setting
    for values in examples:
        console.print(
            f"[bold]{values.kind} pooling[/], window {size}, stride 1, input shifted by {shift}"
        )
        for name, below, above in (
            ("before", values.detectors, values.pooled),
            ("after", values.shifted, values.pooled_shifted),
        ):
            row = " ".join(f"{number(round(v, 3)):>6}" for v in below)
            pooled = " ".join(f"{number(round(v, 3)):>6}" for v in above)
            console.print(f"  {label(name):<7}{row}   {label('pooled')} {pooled}", soft_wrap=True)
        console.print(
            f"  changed: {100 * values.changed:.0f} % of inputs, "
            f"{100 * values.pooled_changed:.0f} % of outputs\n"
        )
    sizes = " -> ".join(map(str, shrinking(28, 5)))
    console.print("repeated 5 x 5 convolutions of 28 pixels")
    console.print(f"  without padding: {sizes}")
    console.print("  with padding 2:  28 -> 28\n")
    if networks:
        _print_measured(networks, console)


def _print_measured(networks: "Sequence[Measured]", console: "Console") -> None:
    console.print("MNIST digits shifted by 1 pixel, mean of 4 directions")
    columns = (
        Column("network"),
        Column("layer"),
        Column("values changed", "number"),
        Column("by", "number"),
        Column("predictions changed", "number"),
        Column("accuracy", "number"),
    )
    rows = []
    for network in networks:
        for order, change in enumerate(network.changes):
            last = (f"{network.predictions_changed:.2%}", f"{network.accuracy:.2%}")
            rows.append(
                (
                    network.name if not order else "",
                    change.path,
                    f"{change.share:.1%}",
                    f"{change.amount:.1%}",
                    *(last if not order else ("", "")),
                )
            )
    print_table(columns, rows)
