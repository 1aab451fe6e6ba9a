"""`convscope evaluate`: a model on labelled data."""

from pathlib import Path
from typing import Annotated

import typer


def evaluate_command(
    model: Annotated[str, typer.Argument(help="A model file or a run folder.")],
    data: Annotated[str, typer.Argument(help="A data set.")],
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    batch: Annotated[int, typer.Option(help="Images at a time.", min=1)] = 500,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with pictures too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Measure a model on a split of a data set: accuracy, per class, calibration, confusions."""
    from convscope.model import open as open_model

    found = open_model(model)
    evaluation = found.evaluate(data, split=split, batch_size=batch)
    if report is not None:
        from convscope.begin import write_page

        folder = Path(model) if Path(model).is_dir() else None
        write_page(report, found, data, split=split, evaluation=evaluation, run=folder)
        typer.echo(f"report in {report}", err=True)
    if as_json:
        typer.echo(evaluation.to_json())
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"[bold]{found.architecture.name}[/] on {data}, {split} split")
    for name, value in evaluation.rows():
        console.print(f"  {name:<20} {value}", highlight=False)
    head, *rows = evaluation.class_rows()
    view = Table(box=None, header_style="bold", pad_edge=False)
    for number, name in enumerate(head):
        view.add_column(name, justify="left" if number == 0 else "right")
    for row in rows:
        view.add_row(*row)
    console.print(view)
