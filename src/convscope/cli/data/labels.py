"""`convscope data doubts` and `data correct`: find wrong labels, and write corrected data."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import (
    AnySplit,
    Background,
    BadImages,
    ClassNames,
    Data,
    Device,
    Force,
    GroupBy,
    Json,
    Layout,
    Model,
    Threads,
    data_options,
    output_option,
    say_data_notes,
    say_notes,
)
from convscope.cli.processes import resolve_device
from convscope.cli.terminal.output import console, echo, echo_json, say
from convscope.cli.terminal.tables import Column, print_table
from convscope.machine.cpus import use_threads

if TYPE_CHECKING:
    from convscope.review.labels import LabelDoubts

NUM = 1000
SHOWN = 10
SEEN = (
    "warning: the model was trained on these images, so that it doubts fewer of their labels; use "
    "a model that was trained on other images"
)


def doubts_command(
    model: Model,
    data: Data,
    output: Annotated[
        Path | None,
        output_option("List of corrections to fill in: .csv", metavar="FILE.csv"),
    ] = None,
    split: AnySplit = None,
    num: Annotated[
        int, typer.Option("--num", min=1, metavar="N", help="Number of images in the list.")
    ] = NUM,
    layout: Layout = None,
    group_by: GroupBy = None,
    bad_images: BadImages = "error",
    class_names: ClassNames = None,
    background: Background = None,
    device: Device = "auto",
    threads: Threads = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """List the images whose label a model doubts most (confident learning).

    Write relabel, remove or keep into the column action, and the right class into new_label;
    `convscope data correct DATA FILE.csv -o NEW` applies the list. Rows without an action change
    nothing.
    """
    from convscope import data as datasets
    from convscope.cli.terminal.progress import progress_bar
    from convscope.io.storage import check_output
    from convscope.opening import open as open_model
    from convscope.review.labels import label_doubts

    use_threads(threads)
    if output is not None:
        check_output(output, endings=(".csv",), overwrite=force)
    options = data_options(layout, group_by, class_names, bad_images, background=background)
    opened = open_model(model).to(resolve_device(device, None))
    dataset = opened.open_data(data, options)
    if output is not None:
        datasets.check_outside(output, dataset)
    opened = opened.named_as(dataset.classes)
    say_notes(opened)
    say_data_notes(dataset, opened)
    with progress_bar("images", "evaluating") as progress:
        result = label_doubts(opened, dataset, split=split, num=num, progress=progress)
    if result.seen == "yes":
        say(SEEN)
    if output is not None:
        result.write(output)
        say(f"list: {output}")
    if as_json:
        echo_json(json.dumps(result.to_dict(), ensure_ascii=False))
        return
    _print(result)


def _print(result: "LabelDoubts") -> None:
    echo(
        f"{result.num_images:,} images ({result.split}): {result.num_doubted:,} labels doubted, "
        f"about {result.num_wrong:,.0f} of them wrong"
    )
    rows = [
        (
            row.correction.image or f"{row.correction.split}[{row.correction.number}]",
            row.correction.label,
            row.suggested,
            f"{row.self_confidence:.4f}",
            f"{row.probability:.4f}",
        )
        for row in result.rows[:SHOWN]
    ]
    head = (
        Column("image"),
        Column("label"),
        Column("suggested"),
        Column("p(label)", "number"),
        Column("p(suggested)", "number"),
    )
    print_table(head, rows)
    out = console()
    if len(result.rows) > SHOWN:
        out.print(f"... {len(result.rows) - SHOWN:,} more rows; -o FILE.csv writes all")


def correct_command(
    data: Data,
    corrections: Annotated[
        Path,
        typer.Argument(metavar="FILE.csv", help="List of `convscope data doubts` or the studio."),
    ],
    output: Annotated[Path, output_option("New folder for the corrected data.", metavar="FOLDER")],
    link: Annotated[
        bool,
        typer.Option("--link", help="Hard links instead of copies, where the disk allows them."),
    ] = False,
    layout: Layout = None,
    group_by: GroupBy = None,
    class_names: ClassNames = None,
    as_json: Json = False,
) -> None:
    """Write DATA as a new folder with corrected labels; DATA is not changed.

    Every row is compared with its image by digest and label. The splits stay as they are.
    `convscope train ARCH FOLDER` trains on the result.
    """
    from convscope import data as datasets
    from convscope.cli.terminal.progress import progress_bar
    from convscope.data.corrections.apply import sentences, write_corrected
    from convscope.data.corrections.listing import read_corrections

    rows = read_corrections(corrections)
    dataset = datasets.open(data, options=data_options(layout, group_by, class_names))
    say_data_notes(dataset)
    with progress_bar("images", "writing") as progress:
        changes = write_corrected(dataset, rows, output, link=link, progress=progress)
    if as_json:
        echo_json(json.dumps(changes.to_dict(), ensure_ascii=False))
        return
    for sentence in sentences(changes):
        echo(sentence)
    echo(f"written to {output}")
