"""`convscope show`: an architecture as a table, without torch and without weights."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.arch import Architecture, LayerTable, Row

PIPE_COLUMNS = 160  # nothing is folded where no terminal sets a width
FULL_COLUMNS = 100  # narrower terminals get the figures that matter most


def show_command(
    architecture: Annotated[
        str, typer.Argument(metavar="ARCH", help="A name or a JSON file.")
    ] = "",
    input_size: Annotated[
        str | None, typer.Option("--input", metavar="CxHxW", help="Another input size.")
    ] = None,
    classes: Annotated[int | None, typer.Option(help="Another number of classes.", min=1)] = None,
    depth: Annotated[
        int | None, typer.Option(help="Group what lies deeper than this.", min=1)
    ] = None,
    batch: Annotated[int, typer.Option(help="Images in a batch, for the memory.", min=1)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="The table as JSON.")] = False,
    markdown: Annotated[bool, typer.Option(help="The table as Markdown.")] = False,
    spec: Annotated[bool, typer.Option(help="The architecture itself, as JSON.")] = False,
    paper: Annotated[
        bool, typer.Option("--paper", help="What the paper prints, beside ours.")
    ] = False,
    errata: Annotated[
        bool, typer.Option("--errata", help="Where lecture, papers and libraries disagree.")
    ] = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it into an SVG file instead.")
    ] = None,
) -> None:
    """Show an architecture: shapes, parameters, MACs, memory, receptive fields."""
    if errata:
        _print_errata()
        return
    if not architecture:
        raise InputError(
            "which architecture?",
            expected="ARCH, as in: convscope show lenet5",
            fix="`convscope list` shows the names",
        )
    from convscope.shapes import parse_chw
    from convscope.zoo import find

    found = find(
        architecture,
        num_classes=classes,
        input=parse_chw(input_size) if input_size else None,
    )
    if paper:
        _print_paper(found, as_json, markdown)
        return
    if svg is not None:
        from convscope.io.storage import write_text
        from convscope.render.diagram import diagram

        receipt = write_text(svg, diagram(found))
        typer.echo(f"{svg}: {receipt.size_bytes:,} bytes, {found.name}", err=True)
        return
    if spec:
        typer.echo(found.to_json())
        return
    table = found.table(depth=depth, batch_size=batch)
    if as_json:
        typer.echo(table.to_json())
    elif markdown:
        typer.echo(table.to_markdown(), nl=False)
    else:
        _print(found, table)


def _print(architecture: "Architecture", table: "LayerTable") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS)
    narrow = console.width < FULL_COLUMNS
    paper = architecture.paper
    head = f"[bold]{architecture.name}[/]  input {architecture.input}, "
    head += f"{architecture.num_classes} classes"
    if paper:
        head += f"  [dim]{paper.authors} {paper.year}[/]"
    console.print(head)
    view = Table(box=None, header_style="bold", pad_edge=False, row_styles=["", "dim"])
    for name in ("path", "type", "output"):
        view.add_column(name, overflow="fold", ratio=1 if name == "path" else None)
    figures = ("parameters", "MACs", "field") if narrow else tuple(FIGURES)
    for name in figures:
        view.add_column(name, justify="right", no_wrap=True)
    for row in table.rows:
        view.add_row(row.path, row.type, str(row.output_shape), *(FIGURES[f](row) for f in figures))
    console.print(view)
    _print_totals(console, table)
    for fact in architecture.facts:
        ours = getattr(table.totals, fact.quantity)
        verdict = "agrees with" if ours == fact.value else "differs from"
        console.print(f"{fact.quantity} {ours:,} {verdict} {fact.value:,}: {fact.source}")
    console.print(f"[dim]{table.convention}[/]")


def _stride(row: "Row") -> str:
    from convscope.arch.table import by

    rows, cols = row.field_stride
    if rows is None or cols is None:
        return "uneven"
    return by((rows, cols)) if rows or cols else ""


def _field(row: "Row") -> str:
    from convscope.arch.table import by

    return by(row.field_size)


FIGURES: dict[str, Callable[["Row"], str]] = {
    "parameters": lambda row: f"{row.parameters:,}" if row.parameters else "",
    "MACs": lambda row: f"{row.macs:,}" if row.macs else "",
    "memory": lambda row: size(row.activation_bytes),
    "field": _field,
    "stride": _stride,
}


def _print_paper(architecture: "Architecture", as_json: bool, markdown: bool) -> None:
    import json

    from convscope.zoo.printed import paper_table

    table = paper_table(architecture)
    if as_json:
        typer.echo(json.dumps(table.to_dict(), indent=2))
        return
    if markdown:
        typer.echo(table.to_markdown(), nl=False)
        return
    from rich.console import Console
    from rich.table import Table

    view = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("table", "row", "quantity", "printed", "ours", "", "why"):
        figure = name in ("printed", "ours")
        view.add_column(name, justify="right" if figure else "left", no_wrap=figure)
    for row in table.rows:
        colour = "green" if row.verdict == "agrees" else "red"
        verdict = f"[{colour}]{row.verdict}[/]"
        view.add_row(row.table, row.row, row.quantity, row.printed, row.shown, verdict, row.why)
    Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS).print(view)


def _print_errata() -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    from convscope.zoo.errata import errata_markdown

    if sys.stdout.isatty():
        Console().print(Markdown(errata_markdown()))
    else:
        typer.echo(errata_markdown(), nl=False)


def _print_totals(console: "Console", table: "LayerTable") -> None:
    total = table.totals
    parts = [f"{total.parameters:,} parameters", f"{total.macs:,} MACs"]
    if total.auxiliary_parameters:
        parts.append(f"auxiliary heads: {total.auxiliary_parameters:,} parameters more")
    console.print("[bold]total[/]  " + ", ".join(parts))
    images = "1 image" if table.batch_size == 1 else f"{table.batch_size} images"
    console.print(
        f"memory for {images}: weights {size(total.weight_bytes)}, activations "
        f"{size(total.inference_bytes)} at the peak of inference, "
        f"{size(total.training_bytes)} kept in training"
    )


def size(bytes: int) -> str:
    """1536 -> "1.5 kB", in powers of 1024."""
    value = float(bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError
