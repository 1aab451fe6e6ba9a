"""`convscope data check`: find damaged, duplicate, mislabelled or unusual images."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.options import Data, Force, GroupBy, Json, Layout, data_options

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.data import DataOptions
    from convscope.data.checks.report import Finding, Report, Severity

MAX_PLACES = 5  # printed per finding; --json has all
MAX_CLASSES = 40  # rows of the table
COLOURS: "dict[Severity, str]" = {"error": "red", "warning": "yellow", "note": "cyan"}


def check_command(
    data: Data,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Write a contact sheet with samples of each class."),
    ] = None,
    force: Force = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Number of processes (default: one per core).")
    ] = None,
    layout: Layout = None,
    group_by: GroupBy = None,
    side: Annotated[
        int, typer.Option("--input", min=1, help="Side of the network's input in pixels.")
    ] = 224,
    as_json: Json = False,
) -> None:
    """Find damaged, duplicate, mislabelled or unusual images.

    Exit code 1 if there are errors, 0 if there are only warnings and notes.
    """
    from convscope.io.storage import check_output

    if sheet is not None:
        check_output(sheet, endings=(".png",), overwrite=force)
    options = data_options(layout, group_by)
    report = _check(data, workers, side, options)
    if sheet is not None:
        _write_sheet(report, data, sheet, options)
    if as_json:
        typer.echo(report.to_json())
    else:
        _print(report)
    raise typer.Exit(0 if report.ok else 1)


def _check(data: str, workers: int | None, side: int, options: "DataOptions") -> "Report":
    from convscope import data as datasets
    from convscope.cli.live import say
    from convscope.cli.progress import progress_bar
    from convscope.data.kinds import kind_of

    path = Path(data)
    is_name = data.replace("-", "_").lower() in datasets.list_datasets()
    with progress_bar("images", "checking") as progress:
        if not is_name and path.is_dir() and kind_of(path) == "folder":
            return datasets.check(
                path, options=options, side=side, workers=workers, progress=progress
            )
        dataset = datasets.open(data, options=options)
        for note in datasets.opening_notes(dataset):
            say(f"note: {note}")
        return datasets.check_dataset(dataset, side=side, workers=workers, progress=progress)


def _write_sheet(report: "Report", data: str, sheet: Path, options: "DataOptions") -> None:
    from convscope import data as datasets
    from convscope.cli.data.sheet import sheet_of_report, sheet_of_split
    from convscope.io import storage

    if report.samples:
        png = sheet_of_report(report)
    else:
        dataset = datasets.open(data, options=options)
        png = sheet_of_split(dataset, "train", num=8, seed=0, recipe=None)
    storage.write(sheet, [png])


def _print(report: "Report") -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    _print_counts(console, report)
    for finding in report.findings:
        _print_finding(console, finding)
    console.print(_summary(report))


def _summary(report: "Report") -> str:
    """Return the last line: "no problems found", or the number of findings by severity."""
    if not report.findings:
        return "[green]no problems found[/]"
    numbers = {severity: len(report.of(severity)) for severity in COLOURS}
    counts = ", ".join(f"{num} {name}{'s' * (num != 1)}" for name, num in numbers.items() if num)
    return (
        f"[green]no errors[/]: {counts}"
        if report.ok
        else f"[red]not ready for training[/]: {counts}"
    )


def _print_counts(console: "Console", report: "Report") -> None:
    from rich.markup import escape
    from rich.table import Table

    from convscope.text import printable

    splits = list(report.counts)
    view = Table(box=None, header_style="bold", pad_edge=False)
    view.add_column("class")
    for split in splits:
        view.add_column("images" if split == "all" else split, justify="right")
    for label in _listed_classes(report):
        numbers = [f"{report.counts[split].get(label, 0):,}" for split in splits]
        view.add_row(escape(printable(label)), *numbers)
    omitted = len(report.classes) - MAX_CLASSES
    if omitted > 0:
        view.add_row(f"[dim]... {omitted:,} more classes; --json has all[/]")
    totals = [f"{sum(report.counts[split].values()):,}" for split in splits]
    view.add_row(
        *(f"[bold]{text}[/]" for text in (f"total: {len(report.classes):,} classes", *totals))
    )
    console.print(f"[bold]{escape(printable(report.name))}[/]")
    console.print(view)
    if report.sizes:
        sizes = report.sizes
        sides = [f"{w} x {h}" for h, w in (sizes.smallest, sizes.median, sizes.largest)]
        same = len(set(sides)) == 1
        text = sides[0] if same else f"{sides[0]} to {sides[2]}, median {sides[1]}"
        formats = ", ".join(f"{name} {num:,}" for name, num in report.formats.items())
        console.print(f"[dim]width x height: {text}; {formats}[/]")
    console.print()


def _listed_classes(report: "Report") -> list[str]:
    """Return all classes, or the largest and the smallest of many."""
    if len(report.classes) <= MAX_CLASSES:
        return list(report.classes)
    total = {
        label: sum(classes.get(label, 0) for classes in report.counts.values())
        for label in report.classes
    }
    ordered = sorted(report.classes, key=lambda label: -total[label])
    half = MAX_CLASSES // 2
    return [*ordered[:half], *ordered[-half:]]


def _print_finding(console: "Console", finding: "Finding") -> None:
    from rich.markup import escape

    colour = COLOURS[finding.severity]
    head = f"[bold {colour}]{finding.severity}[/] {finding.code}"
    console.print(f"{head}: {escape(finding.message)} ({len(finding.places):,})")
    for place in finding.places[:MAX_PLACES]:
        console.print(f"    {escape(str(place))}", soft_wrap=True)
    if len(finding.places) > MAX_PLACES:
        console.print(f"    [dim]... {len(finding.places) - MAX_PLACES:,} more; --json has all[/]")
    console.print(f"  [dim]fix: {escape(finding.fix)}[/]", soft_wrap=True)
