"""`convscope data check`: what ruins a training later, found before it begins."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.options import Force

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.data import Finding, Report
    from convscope.data.checks.report import Severity

MOST_PLACES = 5  # of a finding; --json has all
MOST_CLASSES = 40  # of a table
COLOURS: "dict[Severity, str]" = {"error": "red", "warning": "yellow", "note": "cyan"}


def check_command(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A folder of images or of shards, or a name.")
    ],
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Write samples of each class.")
    ] = None,
    force: Force = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one a core.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with every place.")] = False,
) -> None:
    """Look at every image: damaged, doubled, mislabelled, misplaced, odd.

    Exit code 1 where an error was found, 0 where there are only warnings and notes.
    """
    from convscope.cli.data.sheet import check_png

    if sheet is not None:
        check_png(sheet, overwrite=force)
    report = _checked(data, workers)
    if sheet is not None:
        _write_sheet(report, data, sheet)
    if as_json:
        typer.echo(report.to_json())
    else:
        _print(report)
    raise typer.Exit(0 if report.ok else 1)


def _checked(data: str, workers: int | None) -> "Report":
    from convscope import data as room
    from convscope.cli.data.progress import counted
    from convscope.data.shards.dataset import is_shards

    path = Path(data)
    is_name = data.replace("-", "_").lower() in room.list_datasets()
    with counted("images", "checking") as progress:
        if is_name or not path.is_dir():
            dataset = room.open(data)
        elif is_shards(path):
            dataset = room.open(path)
        else:
            return room.check(path, workers=workers, progress=progress)
        return room.check_dataset(dataset, workers=workers, progress=progress)


def _write_sheet(report: "Report", data: str, sheet: Path) -> None:
    from convscope import data as room
    from convscope.cli.data.sheet import sheet_of_report, sheet_of_split
    from convscope.io import storage

    if report.samples:
        drawn = sheet_of_report(report)
    else:
        drawn = sheet_of_split(room.open(data), "train", num=8, seed=0, recipe=None)
    storage.write(sheet, [drawn])


def _print(report: "Report") -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    _print_counts(console, report)
    for finding in report.findings:
        _print_finding(console, finding)
    counts = [f"{len(report.of(s))} {s}{'s' * (len(report.of(s)) != 1)}" for s in COLOURS]
    verdict = "[green]no errors[/]" if report.ok else "[red]not fit for training yet[/]"
    console.print(f"{verdict}: {', '.join(counts)}")


def _print_counts(console: "Console", report: "Report") -> None:
    from rich.markup import escape
    from rich.table import Table

    from convscope.data.names import printable

    splits = list(report.counts)
    view = Table(box=None, header_style="bold", pad_edge=False)
    view.add_column("class")
    for split in splits:
        view.add_column("images" if split == "all" else split, justify="right")
    for label in _some(report):
        numbers = [f"{report.counts[split].get(label, 0):,}" for split in splits]
        view.add_row(escape(printable(label)), *numbers)
    left_out = len(report.classes) - MOST_CLASSES
    if left_out > 0:
        view.add_row(f"[dim]... {left_out:,} classes between; --json has all[/]")
    totals = [f"{sum(report.counts[split].values()):,}" for split in splits]
    view.add_row(*(f"[bold]{text}[/]" for text in (f"{len(report.classes):,} in all", *totals)))
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


def _some(report: "Report") -> list[str]:
    """The classes, or the largest and the smallest of many."""
    if len(report.classes) <= MOST_CLASSES:
        return list(report.classes)
    total = {
        label: sum(classes.get(label, 0) for classes in report.counts.values())
        for label in report.classes
    }
    ordered = sorted(report.classes, key=lambda label: -total[label])
    half = MOST_CLASSES // 2
    return [*ordered[:half], *ordered[-half:]]


def _print_finding(console: "Console", finding: "Finding") -> None:
    from rich.markup import escape

    colour = COLOURS[finding.severity]
    head = f"[bold {colour}]{finding.severity}[/] {finding.code}"
    console.print(f"{head}: {escape(finding.message)} ({len(finding.places):,})")
    for place in finding.places[:MOST_PLACES]:
        console.print(f"    {escape(str(place))}", soft_wrap=True)
    if len(finding.places) > MOST_PLACES:
        console.print(f"    [dim]... {len(finding.places) - MOST_PLACES:,} more; --json has all[/]")
    console.print(f"  [dim]fix: {escape(finding.fix)}[/]", soft_wrap=True)
