"""`convscope verify`: whether an ONNX file computes what the model does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import AnySplit, Json
from convscope.cli.terminal.output import console, echo, echo_json, say
from convscope.cli.terminal.tables import Column, print_table
from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.export.verify import Verification

NUM_IMAGES = 100


def verify_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An ONNX file, of convscope or of others.")
    ],
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="MODEL",
            autocompletion=complete.models,
            help="Also compare with this model on images: a model file, a run folder, a zoo "
            "name, or name@weights.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="DATA",
            autocompletion=complete.datasets,
            help="Images for --against: a data set or a folder (default: sample photos, or digits "
            "of MNIST).",
        ),
    ] = None,
    split: AnySplit = None,
    images: Annotated[
        int | None,
        typer.Option(
            "--images",
            min=1,
            metavar="N",
            help=f"Largest number of images, spread over the split (default: {NUM_IMAGES}).",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check an ONNX file by its golden pair, and against a model.

    The golden pair is one input of the network and its output in PyTorch, which `convscope export
    --to onnx` writes into the file. Exit code 0: the outputs agree; 1: they differ, or the file
    is damaged; 2: nothing to compare with, a model that does not fit the file, or a wrong option.
    The file may come from others: it is read and run in a process with limits, and no other file
    is opened.

    convscope verify model.onnx
    convscope verify model.onnx --against runs/mine --data photos --split test --images 500
    """
    options = {"--data": data, "--split": split, "--images": images}
    if against is None and (without := [name for name, value in options.items() if value]):
        raise InputError(f"{without[0]} without --against", expected="--against MODEL beside it")
    if against is None:
        from convscope.export.verify import verify_file

        verification = verify_file(file)
    else:
        from convscope.verifying import verify

        verification = verify(
            file, against=against, data=data, split=split, images=images or NUM_IMAGES
        )
    if as_json:
        echo_json(verification.to_json())
    else:
        _print(verification)
    if verification.verdict == "not compared":
        raise InputError(
            "not compared with anything: the file has no golden pair",
            expected="a file of `convscope export --to onnx`, or a model to compare with",
            fix=f"convscope verify {file} --against MODEL --data FOLDER",
        )
    if not verification.agrees:
        raise typer.Exit(1)


def _print(verification: "Verification") -> None:
    print_table([Column("quantity"), Column("value", "prose")], verification.rows(), header=False)
    for note in verification.notes:
        say(f"note: {note}")
    if verification.verdict == "agrees":
        console().print()
        echo("the outputs agree")
    for problem in verification.problems:
        say(f"error: {problem}")
