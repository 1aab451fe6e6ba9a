"""`convscope export`: an architecture or a model in another format."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli import complete
from convscope.cli.options import Force, output_option
from convscope.cli.output import echo_verbatim, say
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
            help="A zoo name, a JSON file, a model file or a run folder.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMAT",
            autocompletion=complete.of(TARGETS),
            help=f"{', '.join(TARGETS)}.",
        ),
    ],
    output: Annotated[Path | None, output_option("Output file (default: standard output).")] = None,
    force: Force = False,
) -> None:
    """Export to another format. `--to pytorch` writes one Python file that needs only torch."""
    from convscope.export import target
    from convscope.io.storage import check_output, write_text

    write = target(to)
    if output is not None:
        check_output(output, overwrite=force)
    architecture = _architecture(model)
    source = write(architecture)
    if output is None:
        echo_verbatim(source, end="")
        return
    receipt = write_text(output, source)
    say(f"{output}: {byte_size(receipt.size_bytes)}, {architecture.name}")


def _architecture(model: str) -> "Architecture":
    """Return the architecture of a model, a run folder, the zoo or a JSON file; no weights."""
    from convscope.zoo import find

    path = Path(model)
    if path.is_dir() or path.suffix == ".safetensors":
        from convscope.network import model_path, read_card

        return read_card(model_path(path)).architecture
    return find(model)
