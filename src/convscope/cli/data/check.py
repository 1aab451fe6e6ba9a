"""`convscope data check`: find damaged, duplicate, mislabelled or unusual images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import (
    Background,
    ClassNames,
    Data,
    Force,
    GroupBy,
    Input,
    Json,
    Layout,
    Workers,
    data_options,
    output_option,
    say_data_notes,
)
from convscope.cli.terminal.output import console, echo_json, styled
from convscope.cli.terminal.tables import Column, print_table
from convscope.errors import InputError
from convscope.text import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from convscope.data import DataOptions
    from convscope.data.checks.report import Finding, Report, Severity

SIDE = 224  # pixels, the input of most networks for photos
MAX_PLACES = 5  # printed per finding; --json has all
MAX_CLASSES = 40  # rows of the table
COLOURS: "dict[Severity, str]" = {"error": "red", "warning": "yellow", "note": "cyan"}


def check_command(
    data: Data,
    output: Annotated[
        Path | None,
        output_option("Write a contact sheet with samples of each class.", metavar="FILE.png"),
    ] = None,
    force: Force = False,
    workers: Workers = None,
    layout: Layout = None,
    group_by: GroupBy = None,
    class_names: ClassNames = None,
    background: Background = None,
    input_size: Input = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit code 0 also if there are errors.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Find damaged, duplicate, mislabelled or unusual images.

    Exit code 1 if there are errors, 0 if there are only warnings and notes.
    """
    from convscope.data.folder.outputs import check_outside_data
    from convscope.io.storage import check_output

    if output is not None:
        check_output(output, endings=(".png",), overwrite=force)
    options = data_options(layout, group_by, class_names, background=background)
    if output is not None and Path(data).is_dir():
        check_outside_data(output, Path(data))
    report = _check(data, _processes(workers), _side(input_size), options)
    if output is not None:
        _write_sheet(report, data, output, options)
    if as_json:
        echo_json(report.to_json())
    else:
        _print(report)
    raise typer.Exit(0 if report.ok or exit_zero else 1)


def _processes(workers: int | None) -> int | None:
    """Return the number of processes: files are never decoded in the one that reports on them."""
    if workers == 0:
        raise InputError(
            "--workers 0: a file that crashes the decoder would end the check",
            expected="at least 1 process besides this one",
            fix="--workers 1",
        )
    return workers


def _side(input_size: str | None) -> int:
    """Return the longer side of the network's input in pixels."""
    from convscope.shapes import parse_chw

    return SIDE if input_size is None else max(parse_chw(input_size)[1:])


def _check(data: str, workers: int | None, side: int, options: "DataOptions") -> "Report":
    from convscope import data as datasets
    from convscope.cli.terminal.progress import progress_bar
    from convscope.data.kinds import kind_of

    path = Path(data)
    with progress_bar("images", "checking") as progress:
        if not datasets.is_known(data) and path.is_dir() and kind_of(path) == "folder":
            return datasets.check(
                path, options=options, side=side, workers=workers, progress=progress
            )
        dataset = datasets.open(data, options=options)
        say_data_notes(dataset)
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
    out = console()
    _print_counts(out, report)
    for finding in report.findings:
        _print_finding(out, finding)
    out.print(_summary(report))


def _summary(report: "Report") -> "Text":
    """Return the last line: "no problems found", or the number of findings by severity."""
    if not report.findings:
        return styled(("no problems found", "green"))
    numbers = {severity: len(report.of(severity)) for severity in COLOURS}
    counts = ", ".join(counted(num, name) for name, num in numbers.items() if num)
    verdict = ("no errors", "green") if report.ok else ("not ready for training", "red")
    return styled(verdict, f": {counts}")


def _print_counts(out: "Console", report: "Report") -> None:
    splits = list(report.counts)
    head = ["class", *("images" if split == "all" else split for split in splits)]
    rows: list[list[str | Text]] = []
    for label in _listed_classes(report):
        numbers = [f"{report.counts[split].get(label, 0):,}" for split in splits]
        rows.append([label, *numbers])
    omitted = len(report.classes) - MAX_CLASSES
    if omitted > 0:
        rows.append([styled((f"... {omitted:,} more classes; --json has all", "dim"))])
    totals = [f"{sum(report.counts[split].values()):,}" for split in splits]
    total = [f"total: {len(report.classes):,} classes", *totals]
    rows.append([styled((text, "bold")) for text in total])
    out.print(styled((report.name, "bold")))
    print_table([Column(head[0]), *(Column(name, "number") for name in head[1:])], rows)
    if report.sizes:
        sizes = report.sizes
        sides = [f"{w} x {h}" for h, w in (sizes.smallest, sizes.median, sizes.largest)]
        same = len(set(sides)) == 1
        text = sides[0] if same else f"{sides[0]} to {sides[2]}, median {sides[1]}"
        formats = ", ".join(f"{name} {num:,}" for name, num in report.formats.items())
        out.print(styled((f"width x height: {text}; {formats}", "dim")))
    out.print()


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


def _print_finding(out: "Console", finding: "Finding") -> None:
    head = ((finding.severity, f"bold {COLOURS[finding.severity]}"), f" {finding.code}")
    out.print(styled(*head, f": {finding.message} ({len(finding.places):,})"))
    for place in finding.places[:MAX_PLACES]:
        out.print(styled(f"    {place}"), soft_wrap=True)
    if len(finding.places) > MAX_PLACES:
        more = len(finding.places) - MAX_PLACES
        out.print(styled((f"    ... {more:,} more; --json has all", "dim")))
    out.print(styled((f"  fix: {finding.fix}", "dim")), soft_wrap=True)
