"""`convscope export`: an architecture or a model in another form."""

from typing import TYPE_CHECKING, Annotated

import typer

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
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Not to the screen.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
) -> None:
    """Export: --to pytorch writes one Python file that needs torch and nothing else."""
    from pathlib import Path

    from convscope.errors import InputError, unknown_name
    from convscope.io.storage import write_text

    if to not in FORMATS:
        raise unknown_name("export format", to, FORMATS)
    if output is not None and Path(output).exists() and not force:
        raise InputError(f"{output} is there already", fix="another name, or --force")
    architecture = _architecture(model)
    from convscope.export import pytorch_source

    source = pytorch_source(architecture)
    if output is None:
        typer.echo(source, nl=False)
        return
    receipt = write_text(Path(output), source)
    typer.echo(f"{output}: {receipt.size_bytes:,} bytes, {architecture.name}", err=True)


def _architecture(model: str) -> "Architecture":
    """Of a model file or a run folder without reading its weights; else of the zoo."""
    from pathlib import Path

    from convscope.zoo import find

    path = Path(model)
    if path.is_dir() or path.suffix == ".safetensors":
        from convscope.network import read_card
        from convscope.network.model_file import MODEL_NAME

        return read_card(path / MODEL_NAME if path.is_dir() else path).architecture
    return find(model)
