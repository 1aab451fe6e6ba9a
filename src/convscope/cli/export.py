"""`convscope export`: an architecture or a model in another form."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.options import Force

if TYPE_CHECKING:
    from convscope.arch import Architecture

FORMATS = ("pytorch",)


def export_command(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A name of the zoo, a JSON file, a model file or a run folder."
        ),
    ],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="pytorch.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Output file (default: standard output)."
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Export: --to pytorch writes one Python file that needs torch and nothing else."""
    from convscope.errors import unknown_name
    from convscope.io.storage import check_output, write_text

    if to not in FORMATS:
        raise unknown_name("export format", to, FORMATS)
    if output is not None:
        check_output(output, overwrite=force)
    architecture = _architecture(model)
    from convscope.export import pytorch_source

    source = pytorch_source(architecture)
    if output is None:
        typer.echo(source, nl=False)
        return
    receipt = write_text(output, source)
    typer.echo(f"{output}: {receipt.size_bytes:,} bytes, {architecture.name}", err=True)


def _architecture(model: str) -> "Architecture":
    """Of a model file or a run folder without reading its weights; else of the zoo."""
    from convscope.zoo import find

    path = Path(model)
    if path.is_dir() or path.suffix == ".safetensors":
        from convscope.network import read_card
        from convscope.network.model_file import MODEL_NAME

        return read_card(path / MODEL_NAME if path.is_dir() else path).architecture
    return find(model)
