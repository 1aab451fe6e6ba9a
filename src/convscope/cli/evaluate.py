"""`convscope evaluate`: metrics of a model on labelled data."""

import enum
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import (
    AnySplit,
    Background,
    BadImages,
    BatchSize,
    Calibration,
    ClassNames,
    Data,
    Device,
    Devices,
    Engine,
    Force,
    GroupBy,
    Json,
    Labels,
    Layout,
    MaxLoss,
    Model,
    Threads,
    Weights,
    check_level,
    data_options,
    output_option,
    say_data_notes,
    say_notes,
)
from convscope.cli.processes import launch_processes, resolve_device
from convscope.cli.terminal.output import console, echo_json, say, styled
from convscope.cli.terminal.tables import Column, print_table
from convscope.machine.cpus import use_threads
from convscope.text import printable

if TYPE_CHECKING:
    from convscope.data.dataset import DataSet, Progress
    from convscope.evaluate.crops import AnyCrops
    from convscope.evaluate.metrics import Evaluation
    from convscope.model import Model as OpenedModel
    from convscope.payload import Curves, Heatmap

NUM_MISTAKES = 5
MOST_ABSENT = 100  # classes, of which those without images are listed too


class Plot(enum.StrEnum):
    """Picture of an evaluation."""

    CONFUSION = "confusion"
    PR = "pr"
    ROC = "roc"


def evaluate_command(
    model: Model,
    data: Data,
    output: Annotated[
        Path | None,
        output_option("HTML report; with --plot the picture: .svg, .png, .html, .json, .npz ..."),
    ] = None,
    plot: Annotated[
        Plot | None,
        typer.Option(
            "--plot",
            help="A picture in place of the report: confusion matrix, precision-recall or ROC "
            "curves. Without -o it is printed.",
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="CSV file with a row for each image: path, true and predicted class, "
            "probabilities, loss.",
        ),
    ] = None,
    details: Annotated[
        Path | None,
        typer.Option(
            "--details",
            metavar="FOLDER",
            help="Folder for the results of every image, as the studio shows them: probabilities, "
            "loss, position in the plane, doubt about the label.",
        ),
    ] = None,
    split: AnySplit = None,
    crops: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Crops per image: single, ten (AlexNet), multi_scale (VGG, ResNet) "
            "or googlenet144.",
        ),
    ] = "single",
    scales: Annotated[
        str | None,
        typer.Option(
            metavar="PIXELS", help="Shorter sides for multi_scale, for example 256,384,512."
        ),
    ] = None,
    batch_size: BatchSize = None,
    engine: Engine = "exact",
    calibration: Calibration = None,
    max_loss: MaxLoss = 0.5,
    layout: Layout = None,
    group_by: GroupBy = None,
    bad_images: BadImages = "error",
    class_names: ClassNames = None,
    background: Background = None,
    weights: Weights = None,
    labels: Labels = None,
    device: Device = "auto",
    devices: Devices = None,
    threads: Threads = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Measure a model on labelled data: accuracy, metrics per class, calibration, confusions.

    Classes are matched by name; the data may have some of the model's classes only.

    --csv lists every image; -o page.html is a report with the wrong images; --plot draws one
    picture.

    convscope evaluate runs/mine mnist --csv predictions.csv --plot confusion -o confusion.svg

    With several processes (--devices, or torchrun) each process evaluates a part; rank 0 prints.
    """
    use_threads(threads)
    level = check_level(engine, calibration)
    _check_files(output, csv, plot, force)
    if details is not None:
        _check_details(
            details, is_alone=(level, crops, devices, csv) == ("exact", "single", None, None)
        )
    options = data_options(layout, group_by, class_names, bad_images, background=background)
    ranks = launch_processes(devices, device)
    chosen = _crops(crops, scales)
    from convscope import data as datasets
    from convscope.cli.terminal.progress import progress_bar
    from convscope.data.dataset import silent
    from convscope.distributed import process_group
    from convscope.engine.passes import EngineOptions
    from convscope.opening import open as open_model

    own_device = resolve_device(device, ranks)
    with process_group(ranks, device=own_device, say=say) as group:
        opened = open_model(model, weights=weights, labels=labels).to(own_device)
        dataset = opened.open_data(data, options)
        for path, option in ((output, "--output"), (csv, "--csv"), (details, "--details")):
            if path is not None:
                datasets.check_outside(path, dataset, option=option)
        opened = opened.named_as(dataset.classes)
        notes = say if group.rank == 0 else _ignore
        if group.rank == 0:
            say_notes(opened)
            say_data_notes(dataset, opened)
        bar = progress_bar("images", "evaluating") if group.rank == 0 else nullcontext(silent)
        with bar as progress:
            if details is not None:
                evaluation = _write_details(opened, dataset, details, split, progress)
            else:
                evaluation = opened.evaluate(
                    dataset,
                    split=split,
                    batch_size=batch_size,
                    crops=chosen,
                    csv=csv,
                    engine=EngineOptions(level, calibration, max_loss, notes),
                    group=group,
                    progress=progress,
                )
    if ranks.rank != 0:
        return
    if csv is not None:
        say(f"predictions: {csv}")
    if details is not None:
        say(f"details: {details}")
    if output is not None and plot is not None:
        _picture(evaluation, plot).save(output, overwrite=force)
        say(f"picture: {output}")
    elif output is not None:
        from convscope.report import write_report

        folder = Path(model) if Path(model).is_dir() else None
        write_report(output, opened, dataset, split=split, evaluation=evaluation, run=folder)
        say(f"report: {output}")
    if as_json:
        echo_json(evaluation.to_json())
        return
    _print(opened.architecture.name, data, evaluation)
    if plot is not None and output is None:
        console().print()
        console().print(_picture(evaluation, plot))


def _check_details(folder: Path, *, is_alone: bool) -> None:
    """Check the folder of --details, and that no option is there that it does not follow."""
    from convscope.errors import InputError, unusable_output
    from convscope.review.details import FACTS

    if not is_alone:
        raise InputError(
            "--details with --engine, --crops, --devices or --csv",
            expected="PyTorch in float32, one crop, one process; the details hold every image",
        )
    if folder.is_dir() and any(folder.iterdir()) and not (folder / FACTS).is_file():
        raise unusable_output("the folder is not empty", folder, expected="a new or empty folder")
    if folder.exists() and not folder.is_dir():
        raise unusable_output("not a folder", folder, expected="a folder to write")


def _write_details(
    model: "OpenedModel", dataset: "DataSet", folder: Path, split: str | None, progress: "Progress"
) -> "Evaluation":
    from convscope.review.details import write_details

    return write_details(model, dataset, folder, split=split, progress=progress)


def _ignore(_note: str) -> None:
    """Say nothing."""


def _check_files(output: Path | None, csv: Path | None, plot: Plot | None, force: bool) -> None:
    """Check the names of the files that will be written, before the work."""
    if output is None and csv is None:
        return
    from convscope.errors import InputError
    from convscope.io.storage import check_output
    from convscope.render.files import ENDINGS

    report = (".html", ".htm")
    if output is not None and plot is None and output.suffix.lower() in {*ENDINGS} - {*report}:
        raise InputError(
            f"-o {output} without --plot",
            expected="a name that ends in .html: without --plot a report is written",
            fix=f"--plot confusion -o {output}",
        )
    if output is not None:
        check_output(output, overwrite=force, endings=ENDINGS if plot else report)
    if csv is not None:
        check_output(csv, overwrite=force, endings=[".csv"])


def _picture(evaluation: "Evaluation", plot: Plot) -> "Heatmap | Curves":
    match plot:
        case Plot.CONFUSION:
            return evaluation.confusion_matrix()
        case Plot.PR:
            return evaluation.pr_curves()
        case Plot.ROC:
            return evaluation.roc_curves()


def _crops(name: str, scales: str | None) -> "AnyCrops":
    from convscope.errors import InputError
    from convscope.evaluate.crops import MultiScale, find_crops

    chosen = find_crops(name)
    if scales is None:
        return chosen
    if not isinstance(chosen, MultiScale):
        raise InputError(f"--scales with --crops {name}", expected="--crops multi_scale")
    sides = [side.strip() for side in scales.split(",")]
    if not all(side.isdecimal() and 0 < int(side[:9]) <= 4096 for side in sides):
        raise InputError(
            f"--scales {scales}", expected="pixels from 1 to 4096, for example 256,384,512"
        )
    if len(sides) > 64:
        raise InputError(f"{len(sides)} scales", expected="at most 64")
    return MultiScale(scales=tuple(int(side) for side in sides))


def _print(name: str, data: str, evaluation: "Evaluation") -> None:
    out = console()
    out.print(styled((name, "bold"), f" on {data}"), soft_wrap=True)
    figures = [(f"  {name}", value) for name, value in evaluation.rows()]
    print_table([Column("quantity"), Column("value", "prose")], figures, header=False)
    out.print()
    head, *rows = evaluation.class_rows()
    shown = [row for row in rows if row[-1] != "0"] if len(rows) > MOST_ABSENT else rows
    named = [(printable(name), *figures) for name, *figures in shown]
    print_table([Column(head[0]), *(Column(name, "number") for name in head[1:])], named)
    if len(shown) < len(rows):
        say(f"{len(rows) - len(shown):,} classes without images are not listed; --json has them")
    _print_mistakes(evaluation)


def _print_mistakes(evaluation: "Evaluation") -> None:
    """Print the most confident errors."""
    from convscope.evaluate.metrics import percent

    wrong = evaluation.num_samples - evaluation.correct
    shown = evaluation.mistakes[:NUM_MISTAKES]
    if not shown:
        return
    names, out = [printable(name) for name in evaluation.class_names], console()
    rows = [
        (
            printable(mistake.path or mistake.image or f"{mistake.index:,}"),
            names[mistake.true],
            names[mistake.predicted],
            percent(mistake.probability),
        )
        for mistake in shown
    ]
    out.print()
    if wrong > len(rows):
        out.print(styled(f"The {len(rows)} most confident of {wrong:,} errors:"))
    else:
        out.print(styled("All errors, most confident first:"))
    head = (Column("image"), Column("true"), Column("predicted"), Column("probability", "number"))
    print_table(head, rows)
    if wrong > len(rows):
        say("--csv FILE lists every image; -o page.html shows the wrong ones")
