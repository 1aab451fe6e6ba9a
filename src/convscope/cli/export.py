"""`convscope export`: an architecture or a model in another format."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import Force, Input, Json, Weights, output_option
from convscope.cli.terminal.output import echo_json, echo_verbatim, say
from convscope.errors import InputError
from convscope.export import TARGETS
from convscope.text import byte_size

if TYPE_CHECKING:
    from convscope.arch import Architecture


def export_command(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete.models,
            help="A zoo name, a JSON file, a model file, a run folder, or name@weights.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMAT",
            autocompletion=complete.of(TARGETS),
            help=f"Format: {', '.join(TARGETS)}.",
        ),
    ],
    output: Annotated[Path | None, output_option("Output file (default: standard output).")] = None,
    input_size: Input = None,
    weights: Weights = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Export to another format. `--to pytorch` writes one Python file that needs only torch.

    With --weights, the network has the classes and the input size of that file.
    """
    from convscope.cli.grammar.architectures import find_architecture
    from convscope.export import target
    from convscope.io.storage import check_output, write_text

    write = target(to)
    if as_json and output is None:
        raise InputError(
            "--json without --output",
            expected="--output FILE: --json prints what was written",
            fix=f"add --output, or leave out --json: {to} goes to standard output",
        )
    if output is not None:
        check_output(output, overwrite=force)
    if weights is None:
        architecture = find_architecture(model, input=input_size)
    else:
        architecture = _of_weights(model, weights, input_size)
    source = write(architecture)
    if output is None:
        echo_verbatim(source, end="")
        return
    receipt = write_text(output, source)
    if as_json:
        facts = {"architecture": architecture.name, "format": to, "file": str(output)}
        echo_json(json.dumps({**facts, "bytes": receipt.size_bytes}))
        return
    say(f"{output}: {byte_size(receipt.size_bytes)}, {architecture.name}")


def _of_weights(model: str, weights: Path, input_size: str | None) -> "Architecture":
    """Return the architecture with the classes and the input of a file of weights."""
    from convscope.opening import open as open_model
    from convscope.shapes import input_size as size_of
    from convscope.zoo.json_file import with_input_size

    architecture = open_model(model, weights=weights).architecture
    say(
        f"{architecture.name} with the {architecture.num_classes:,} classes of {weights.name}, "
        f"input {architecture.input}; the source does not contain the weights"
    )
    if input_size is None:
        return architecture
    return with_input_size(architecture, size_of(input_size, channels=architecture.input.channels))
