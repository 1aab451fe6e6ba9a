"""`convscope show`: print or draw an architecture, without torch and without weights."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.options import Force, Input, Json, Markdown
from convscope.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.arch import Architecture, LayerTable, Row
    from convscope.arch.architecture import Fact

PIPE_COLUMNS = 160  # width where the output is no terminal: long paths stay on one line
LAID_OUT_ROWS = 1000  # rich takes a millisecond for a row: longer tables are aligned plainly
FULL_COLUMNS = 100  # narrower terminals show fewer columns


def show_command(
    architecture: Annotated[
        str, typer.Argument(metavar="ARCH", help="A name or a JSON file.")
    ] = "",
    input_size: Input = None,
    classes: Annotated[int | None, typer.Option(help="Number of classes to use.", min=1)] = None,
    depth: Annotated[
        int | None, typer.Option(help="Collapse layers below this depth.", min=1)
    ] = None,
    batch: Annotated[int, typer.Option(help="Batch size for the memory estimate.", min=1)] = 1,
    as_json: Json = False,
    markdown: Markdown = False,
    spec: Annotated[
        bool, typer.Option("--spec", help="Print the architecture itself as JSON.")
    ] = False,
    paper: Annotated[
        bool, typer.Option("--paper", help="Compare with the numbers printed in the paper.")
    ] = False,
    errata: Annotated[
        bool, typer.Option("--errata", help="List errors of the lecture, papers and libraries.")
    ] = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a diagram to this SVG file.")
    ] = None,
    force: Force = False,
) -> None:
    """Show an architecture: shapes, parameters, MACs, memory, receptive fields."""
    if errata:
        _print_errata()
        return
    if not architecture:
        raise InputError(
            "no architecture named",
            expected="ARCH, as in: convscope show lenet5",
            fix="`convscope list` prints the names",
        )
    if svg is not None:
        from convscope.io.storage import check_output

        check_output(svg, endings=[".svg"], overwrite=force)
    from convscope.shapes import parse_chw
    from convscope.zoo import find

    network = find(
        architecture,
        num_classes=classes,
        input=None if input_size is None else parse_chw(input_size),
    )
    if paper:
        _print_paper(network, as_json, markdown)
        return
    if svg is not None:
        from convscope.io.storage import write_text
        from convscope.render.diagram import diagram

        receipt = write_text(svg, diagram(network))
        typer.echo(f"{svg}: diagram of {network.name}, {receipt.size_bytes:,} bytes", err=True)
        return
    if spec:
        typer.echo(network.to_json())
        return
    table = network.table(depth=depth, batch_size=batch)
    if as_json:
        typer.echo(table.to_json())
    elif markdown:
        typer.echo(table.to_markdown(), nl=False)
    else:
        _print(network, table)


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
    texts = ("path", "type", "output")
    figures = ("parameters", "MACs", "field") if narrow else tuple(FIGURES)
    rows = [
        (row.path, row.type, str(row.output_shape), *(FIGURES[f](row) for f in figures))
        for row in table.rows
    ]
    if len(rows) > LAID_OUT_ROWS:
        typer.echo(_aligned([(*texts, *figures), *rows], left=len(texts)))
    else:
        view = Table(box=None, header_style="bold", pad_edge=False, row_styles=["", "dim"])
        for name in texts:
            view.add_column(name, overflow="fold", ratio=1 if name == "path" else None)
        for name in figures:
            view.add_column(name, justify="right", no_wrap=True)
        for cells in rows:
            view.add_row(*cells)
        console.print(view)
    _print_totals(console, table)
    for fact in architecture.facts:
        console.print(_checked(fact, getattr(table.totals, fact.quantity)), highlight=False)
    console.print(f"[dim]{table.convention}[/]")


def _aligned(rows: list[tuple[str, ...]], *, left: int) -> str:
    """Rows of cells as lines of aligned columns; the first `left` of them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number < left else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        for cells in rows
    )


def _checked(fact: "Fact", total: int) -> str:
    """Compare a total with the number that a source states."""
    name = {"macs": "MACs"}.get(fact.quantity, fact.quantity.replace("_", " "))
    verdict = "as expected" if total == fact.value else f"expected {fact.value:,}"
    return f"{name}: {total:,}, {verdict} ({fact.source})"


def _stride(row: "Row") -> str:
    from convscope.arch.table import by

    rows, cols = row.field_stride
    if rows is None or cols is None:
        return "varies"
    return by((rows, cols)) if rows or cols else ""


def _field(row: "Row") -> str:
    from convscope.arch.table import by

    return by(row.field_size)


def _memory(row: "Row") -> str:
    from convscope.arch.compare import size

    return size(row.activation_bytes)


FIGURES: dict[str, Callable[["Row"], str]] = {
    "parameters": lambda row: f"{row.parameters:,}" if row.parameters else "",
    "MACs": lambda row: f"{row.macs:,}" if row.macs else "",
    "memory": _memory,
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
    from convscope.arch.compare import size

    total = table.totals
    parts = [f"{total.parameters:,} parameters", f"{total.macs:,} MACs"]
    if total.auxiliary_parameters:
        parts.append(f"auxiliary heads: {total.auxiliary_parameters:,} parameters")
    console.print("[bold]total[/]  " + ", ".join(parts))
    images = "1 image" if table.batch_size == 1 else f"{table.batch_size} images"
    console.print(
        f"memory for {images}: weights {size(total.weight_bytes)}, activations "
        f"{size(total.inference_bytes)} at the peak of inference, "
        f"{size(total.training_bytes)} kept in training"
    )
