"""`convscope show`: print or draw an architecture, without torch and without weights."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import (
    BatchSize,
    Explain,
    Force,
    Input,
    Json,
    Markdown,
    output_option,
)
from convscope.cli.terminal.output import check_one_format, console, echo, echo_json, say, styled
from convscope.cli.terminal.tables import Column, print_table, tell_convention
from convscope.errors import InputError
from convscope.text import byte_size, counted

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.arch import Architecture, LayerTable, Row
    from convscope.arch.architecture import Fact
    from convscope.arch.table import Sliding
    from convscope.render.diagram.timings import LayerTimes
    from convscope.shapes import Pair


def show_command(
    architecture: Annotated[
        str,
        typer.Argument(
            metavar="ARCH",
            autocompletion=complete.architectures,
            help="A name, a JSON file, or PyTorch source (read, not executed).",
        ),
    ] = "",
    input_size: Input = None,
    classes: Annotated[int | None, typer.Option(help="Number of classes to use.", min=1)] = None,
    depth: Annotated[
        int | None, typer.Option(help="Collapse layers below this depth.", min=1)
    ] = None,
    batch_size: BatchSize = None,
    explain: Explain = False,
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
        Path | None,
        output_option("Write a diagram to this file: .svg, .png or .html.", metavar="FILE"),
    ] = None,
    timings: Annotated[
        Path | None,
        typer.Option(
            "--timings",
            metavar="FILE",
            help="Draw milliseconds per layer, from `bench MODEL --layers --json`.",
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Show an architecture: shapes, parameters, MACs, memory, receptive fields."""
    check_one_format(json=as_json, markdown=markdown)
    _check_together(
        {
            "--errata": errata,
            "--paper": paper,
            "--output": output is not None,
            "--spec": spec,
            "--depth": depth is not None,
            "--batch-size": batch_size is not None,
            "--explain": explain,
            "--json": as_json,
            "--markdown": markdown,
            "--force": force,
            "--timings": timings is not None,
        }
    )
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

        check_output(output, endings=DIAGRAMS, overwrite=force)
    elif timings is not None:
        raise InputError(
            "--timings without --output",
            expected="-o FILE: the times are drawn on the diagram",
            fix=f"convscope show {architecture} -o times.svg --timings {timings}",
        )
    from convscope.cli.grammar.architectures import find_architecture

    network = find_architecture(
        architecture,
        num_classes=classes,
        input=input_size,
    )
    if paper:
        _print_paper(network, as_json, markdown)
        return
    if output is not None:
        write_diagram(network, output, _times(network, timings))
        return
    if spec:
        echo_json(network.to_json())
        return
    layers = network.table(depth=depth, batch_size=batch_size or 1)
    if as_json:
        echo_json(_json(network, layers))
    elif markdown:
        echo(layers.to_markdown(), end="")
    else:
        _print(network, layers)
        tell_convention(layers.convention, explain)


def write_diagram(
    architecture: "Architecture", output: Path, times: "LayerTimes | None" = None
) -> None:
    """Write the diagram in the format that the ending of the file names."""
    from convscope.io.storage import write, write_text
    from convscope.render.diagram import diagram, drawing

    match output.suffix.lower():
        case ".png":
            from convscope.render.png import png

            receipt = write(output, [png(drawing(architecture, times))])
        case ".html":
            from convscope.render.pages.html import drawn_page

            receipt = write_text(output, drawn_page(drawing(architecture, times)))
        case _:
            receipt = write_text(output, diagram(architecture, times))
    say(f"{output}: diagram of {architecture.name}, {byte_size(receipt.size_bytes)}")


def _times(architecture: "Architecture", file: Path | None) -> "LayerTimes | None":
    """Return the times in a file of `bench --layers --json`; None without one."""
    if file is None:
        return None
    from convscope.bench.records import read_bench

    return read_bench(file).timings_of(architecture, where=str(file))


DIAGRAMS = (".svg", ".png", ".html")
CONTENTS = {
    "--errata": (),
    "--paper": ("--json", "--markdown"),
    "--output": ("--force", "--timings"),
    "--spec": ("--json",),
}
"""Options that show something else than the table, and the other options that each uses."""


def _check_together(options: dict[str, bool]) -> None:
    """Check that no option is given that another one would leave without effect.

    Raises:
        InputError: there is one.
    """
    chosen = next((name for name in CONTENTS if options[name]), None)
    if chosen is None:
        return
    for name, is_given in options.items():
        if is_given and name != chosen and name not in CONTENTS[chosen]:
            raise InputError(f"{name} has no effect with {chosen}", fix=f"leave out {name}")


def _print(architecture: "Architecture", layers: "LayerTable") -> None:
    out = console()
    paper = architecture.paper
    source = f"  {paper.authors} {paper.year}" if paper else ""
    shape = f"  input {architecture.input}, {architecture.num_classes} classes"
    out.print(styled((architecture.name, "bold"), shape, (source, "dim")))
    rows = [
        (row.path, row.type, str(row.output_shape), *(figure(row) for figure in FIGURES.values()))
        for row in layers.rows
    ]
    print_table(COLUMNS, rows, striped=True)
    _print_totals(out, layers)
    for head in architecture.trace.heads:
        out.print(f"auxiliary head {head.path}: weight {head.weight:g} of its loss")
    for fact in architecture.facts:
        out.print(styled(_checked(fact, getattr(layers.totals, fact.quantity))))
    for difference in architecture.differs_from_paper:
        out.print(styled(f"differs from the paper: {difference}"))
    _print_results(architecture)


def _print_results(architecture: "Architecture") -> None:
    """Print the most comparable published result, and where the others are listed."""
    result = architecture.plainest_result
    if result is None:
        return
    errors = {"top-1": result.top1, "top-5": result.top5}
    error = ", ".join(f"{kind} {value:g} %" for kind, value in errors.items() if value is not None)
    console().print(
        styled(f"published error: {error} ({result.data}, {result.protocol}; {result.source})")
    )
    if more := len(architecture.results) - 1:
        console().print(
            styled(f"{counted(more, 'other result')}: convscope list results {architecture.name}")
        )


def _json(architecture: "Architecture", layers: "LayerTable") -> str:
    """Return the table, the totals that outside sources state, and the published results."""
    import json

    more: dict[str, object] = {
        "facts": [fact.model_dump(mode="json") for fact in architecture.facts],
        "differs_from_paper": list(architecture.differs_from_paper),
        "results": [result.model_dump(mode="json") for result in architecture.results],
    }
    return json.dumps(layers.to_dict() | more, indent=2)


def _checked(fact: "Fact", total: int) -> str:
    """Compare a total with the number that a source states."""
    name = {"macs": "MACs"}.get(fact.quantity, fact.quantity.replace("_", " "))
    if fact.differs:
        return f"also published: {fact.value:,} {name} ({fact.source}: {fact.differs})"
    if total == fact.value:
        return f"{name}: {total:,}, as expected ({fact.source})"
    return f"{name}: {total:,}, expected {fact.value:,} ({fact.source})"


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
    return byte_size(row.activation_bytes)


def _of_window(size: Callable[["Sliding"], "Pair"], usual: int) -> Callable[["Row"], str]:
    """Return a function for the sizes of a row's window; the usual one is left out."""

    def text(row: "Row") -> str:
        from convscope.arch.table import by

        if row.window is None or size(row.window) == (usual, usual):
            return ""
        return by(size(row.window))

    return text


def _groups(row: "Row") -> str:
    return f"{row.window.groups:,}" if row.window is not None and row.window.groups > 1 else ""


FIGURES: dict[str, Callable[["Row"], str]] = {
    "kernel": _of_window(lambda window: window.kernel, 0),
    "stride": _of_window(lambda window: window.stride, 1),
    "padding": _of_window(lambda window: window.padding, 0),
    "groups": _groups,
    "parameters": lambda row: f"{row.parameters:,}" if row.parameters else "",
    "MACs": lambda row: f"{row.macs:,}" if row.macs else "",
    "memory": _memory,
    "field": _field,
    "field stride": _stride,
}
COLUMNS = (
    Column("path"),
    Column("type", rank=1),
    Column("output"),
    Column("kernel", "number", rank=4),
    Column("stride", "number", rank=4),
    Column("padding", "number", rank=5),
    Column("groups", "number", rank=5),
    Column("parameters", "number"),
    Column("MACs", "number"),
    Column("memory", "number", rank=3),
    Column("field", "number", rank=2),
    Column("field stride", "number", rank=3),
)


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
    columns = [
        *(Column(head) for head in ("table", "row", "quantity")),
        *(Column(head, "number") for head in ("printed", "ours")),
        Column("", "name"),
        Column("why", "prose"),
    ]
    rows = []
    for row in printed.rows:
        verdict = styled((row.verdict, "green" if row.verdict == "agrees" else "red"))
        cells = (row.table, row.row, row.quantity, row.printed, row.shown, verdict, row.why)
        rows.append(cells)
    print_table(columns, rows)


def _print_errata() -> None:
    from rich.markdown import Markdown

    from convscope.zoo.errata import errata_markdown

    if sys.stdout.isatty():
        console().print(Markdown(errata_markdown()))
    else:
        echo(errata_markdown(), end="")


def _print_totals(out: "Console", layers: "LayerTable") -> None:
    total = layers.totals
    parts = [f"{total.parameters:,} parameters", f"{total.macs:,} MACs"]
    if total.auxiliary_parameters:
        parts.append(f"auxiliary heads: {total.auxiliary_parameters:,} parameters")
    out.print(styled(("total", "bold"), "  " + ", ".join(parts)))
    images = counted(layers.batch_size, "image")
    out.print(
        f"memory for {images}: weights {byte_size(total.weight_bytes)}, activations "
        f"{byte_size(total.inference_bytes)} at the peak of inference, "
        f"{byte_size(total.training_bytes)} kept in training"
    )
