"""`convscope show`: print or draw an architecture, without torch and without weights."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.options import BatchSize, Force, Input, Json, Markdown, output_option
from convscope.cli.output import console, echo, echo_json, say, styled, table
from convscope.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.arch import Architecture, LayerTable, Row
    from convscope.arch.architecture import Fact

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
    batch_size: BatchSize = None,
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
    output: Annotated[
        Path | None, output_option("Write a diagram to this SVG file.", metavar="FILE.svg")
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
    if output is not None:
        from convscope.io.storage import check_output

        check_output(output, endings=[".svg"], overwrite=force)
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
    if output is not None:
        from convscope.io.storage import write_text
        from convscope.render.diagram import diagram

        receipt = write_text(output, diagram(network))
        say(f"{output}: diagram of {network.name}, {receipt.size_bytes:,} bytes")
        return
    if spec:
        echo_json(network.to_json())
        return
    layers = network.table(depth=depth, batch_size=batch_size or 1)
    if as_json:
        echo_json(layers.to_json())
    elif markdown:
        echo(layers.to_markdown(), end="")
    else:
        _print(network, layers)


def _print(architecture: "Architecture", layers: "LayerTable") -> None:
    out = console()
    narrow = out.width < FULL_COLUMNS
    paper = architecture.paper
    source = f"  {paper.authors} {paper.year}" if paper else ""
    shape = f"  input {architecture.input}, {architecture.num_classes} classes"
    out.print(styled((architecture.name, "bold"), shape, (source, "dim")))
    texts = ("path", "type", "output")
    figures = ("parameters", "MACs", "field") if narrow else tuple(FIGURES)
    rows = [
        (row.path, row.type, str(row.output_shape), *(FIGURES[f](row) for f in figures))
        for row in layers.rows
    ]
    if len(rows) > LAID_OUT_ROWS:
        echo(_aligned([(*texts, *figures), *rows], left=len(texts)))
    else:
        head = (*texts, *figures)
        numeric = range(len(texts), len(head))
        out.print(table(head, rows, numeric=numeric, row_styles=["", "dim"]))
    _print_totals(out, layers)
    for fact in architecture.facts:
        out.print(styled(_checked(fact, getattr(layers.totals, fact.quantity))))
    out.print(styled((layers.convention, "dim")))


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

    printed = paper_table(architecture)
    if as_json:
        echo_json(json.dumps(printed.to_dict(), indent=2))
        return
    if markdown:
        echo(printed.to_markdown(), end="")
        return
    head = ("table", "row", "quantity", "printed", "ours", "", "why")
    rows = []
    for row in printed.rows:
        verdict = styled((row.verdict, "green" if row.verdict == "agrees" else "red"))
        cells = (row.table, row.row, row.quantity, row.printed, row.shown, verdict, row.why)
        rows.append(cells)
    console().print(table(head, rows, numeric=(3, 4)))


def _print_errata() -> None:
    from rich.markdown import Markdown

    from convscope.zoo.errata import errata_markdown

    if sys.stdout.isatty():
        console().print(Markdown(errata_markdown()))
    else:
        echo(errata_markdown(), end="")


def _print_totals(out: "Console", layers: "LayerTable") -> None:
    from convscope.arch.compare import size

    total = layers.totals
    parts = [f"{total.parameters:,} parameters", f"{total.macs:,} MACs"]
    if total.auxiliary_parameters:
        parts.append(f"auxiliary heads: {total.auxiliary_parameters:,} parameters")
    out.print(styled(("total", "bold"), "  " + ", ".join(parts)))
    images = "1 image" if layers.batch_size == 1 else f"{layers.batch_size} images"
    out.print(
        f"memory for {images}: weights {size(total.weight_bytes)}, activations "
        f"{size(total.inference_bytes)} at the peak of inference, "
        f"{size(total.training_bytes)} kept in training"
    )
