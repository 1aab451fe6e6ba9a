"""`convscope show`: an architecture as a table, without torch and without weights."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.arch import Architecture, LayerTable, Row


def show_command(
    architecture: Annotated[str, typer.Argument(metavar="ARCH", help="A name or a JSON file.")],
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
) -> None:
    """Show an architecture: shapes, parameters, MACs, memory, receptive fields."""
    from convscope.shapes import parse_chw
    from convscope.zoo import find

    found = find(
        architecture,
        num_classes=classes,
        input=parse_chw(input_size) if input_size else None,
    )
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

    console = Console()
    paper = architecture.paper
    head = f"[bold]{architecture.name}[/]  input {architecture.input}, "
    head += f"{architecture.num_classes} classes"
    if paper:
        head += f"  [dim]{paper.authors} {paper.year}[/]"
    console.print(head)
    view = Table(box=None, header_style="bold", pad_edge=False, row_styles=["", "dim"])
    view.add_column("path", overflow="fold")
    for name in ("type", "output"):
        view.add_column(name, overflow="fold")
    for name in ("parameters", "MACs", "memory", "field", "stride"):
        view.add_column(name, justify="right")
    for row in table.rows:
        view.add_row(*_cells(row))
    console.print(view)
    _print_totals(console, table)
    for fact in architecture.facts:
        ours = getattr(table.totals, fact.quantity)
        verdict = "agrees with" if ours == fact.value else "differs from"
        console.print(f"{fact.quantity} {ours:,} {verdict} {fact.value:,}: {fact.source}")
    console.print(f"[dim]{table.convention}[/]")


def _cells(row: "Row") -> tuple[str, ...]:
    from convscope.arch.table import by

    stride = "uneven" if None in row.field_stride else by(row.field_stride)  # type: ignore[arg-type]
    return (
        row.path,
        row.type,
        str(row.output_shape),
        f"{row.parameters:,}" if row.parameters else "",
        f"{row.macs:,}" if row.macs else "",
        size(row.activation_bytes),
        by(row.field_size),
        "" if stride == "0" else stride,
    )


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
