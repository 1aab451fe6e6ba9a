"""`convscope compare`: compare architectures, or print a predefined comparison."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import Explain, Input, Json, Markdown
from convscope.cli.terminal.output import check_one_format, console, echo, echo_json, styled
from convscope.cli.terminal.tables import Column, print_table, tell_convention
from convscope.lang import label

if TYPE_CHECKING:
    from convscope.arch.compare import Comparison


def _case_names(incomplete: str) -> list[tuple[str, str]]:
    from convscope.arch.compare_cases import CASES

    return [(case.name, case.title) for case in CASES if case.name.startswith(incomplete)]


def compare_command(
    architectures: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARCH", autocompletion=complete.architectures, help="Names or JSON files."
        ),
    ] = None,
    case: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", autocompletion=_case_names, help="Predefined comparison to print."
        ),
    ] = None,
    cases: Annotated[
        bool, typer.Option("--cases", help="List the predefined comparisons.")
    ] = False,
    layers: Annotated[
        bool, typer.Option("--layers", help="Print the layers side by side, what differs marked.")
    ] = False,
    input_size: Input = None,
    explain: Explain = False,
    as_json: Json = False,
    markdown: Markdown = False,
) -> None:
    """Compare architectures: parameters, MACs, memory, depth, receptive field."""
    check_one_format(json=as_json, markdown=markdown)
    if cases:
        _list_cases(as_json)
        return
    if layers:
        _compare_layers(architectures or [], case, input_size, as_json, markdown)
        return
    comparison = _comparison(architectures or [], case, input_size)
    if as_json:
        echo_json(comparison.to_json())
    elif markdown:
        echo(comparison.to_markdown(), end="")
    else:
        _print(comparison)
        tell_convention(comparison.convention, explain)


def _comparison(names: list[str], case: str | None, input_size: str | None) -> "Comparison":
    from convscope.arch.compare import compare_architectures
    from convscope.arch.compare_cases import compare_case
    from convscope.cli.grammar.architectures import find_architecture
    from convscope.errors import InputError
    from convscope.zoo import find

    if case is None:
        return compare_architectures(*(find_architecture(name, input=input_size) for name in names))
    if names or input_size is not None:
        raise InputError(
            "--case cannot be combined with architectures or --input",
            expected="either --case NAME or architectures",
            fix=f"convscope compare --case {case}",
        )
    return compare_case(case, load=find)


def _compare_layers(
    names: list[str], case: str | None, input_size: str | None, as_json: bool, markdown: bool
) -> None:
    """Print layer tables side by side: "=" equal, "/" differs, "+" missing in one network."""
    import json

    from convscope.arch.compare_layers import align_layers, row_text
    from convscope.cli.grammar.architectures import find_architecture
    from convscope.errors import InputError

    if case is not None or markdown:
        option = "--markdown" if case is None else "--case"
        raise InputError(f"{option} has no effect with --layers", fix=f"leave out {option}")
    aligned = align_layers(*(find_architecture(name, input=input_size) for name in names))
    if as_json:
        echo_json(json.dumps(aligned.to_dict(), indent=2))
        return
    columns = [Column(""), *(Column(name, "value") for name in aligned.names)]
    rows = [
        (
            "+" if None in row.rows else "/" if row.differs else "=",
            *("" if cell is None else row_text(cell) for cell in row.rows),
        )
        for row in aligned.rows
    ]
    print_table(columns, rows)


def _list_cases(as_json: bool) -> None:
    import json

    from convscope.arch.compare_cases import CASES

    if as_json:
        cases = [{"name": case.name, "title": case.title} for case in CASES]
        echo_json(json.dumps(cases, indent=2))
        return
    columns = [Column("name"), Column("title", "prose")]
    print_table(columns, [(case.name, case.title) for case in CASES], header=False)


def _print(comparison: "Comparison") -> None:
    out = console()
    if comparison.title:
        out.print(styled((comparison.title, "bold")))
    head, *rows = comparison.rows()
    columns = [Column(head[0]), *(Column(name, "value") for name in head[1:])]
    named = [(label(name), *values) for name, *values in rows]
    print_table(columns, named, blocks=True)
    for note in comparison.notes:
        out.print(styled(f"- {note}"))
