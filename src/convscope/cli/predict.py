"""`convscope predict`: classify images, as many as there are."""

import enum
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convscope.cli.grammar.options import (
    AnySplit,
    Background,
    BatchSize,
    Calibration,
    Device,
    Devices,
    Digit,
    Engine,
    Force,
    Invert,
    Json,
    Labels,
    MaxLoss,
    Model,
    SaveDigit,
    Threads,
    Weights,
    check_level,
    say_notes,
)
from convscope.cli.processes import launch_processes, resolve_device
from convscope.cli.terminal.output import echo, echo_json, echo_verbatim, say
from convscope.errors import ConvscopeError, InputError
from convscope.machine.cpus import use_threads
from convscope.text import printable

if TYPE_CHECKING:
    from convscope.cli.sorted_copies import SortedCopies
    from convscope.distributed import Group
    from convscope.model import Model as OpenedModel
    from convscope.predict import Prediction

BATCH = 16  # images, by default
BLOCK = 256  # predictions of each process between two exchanges


class Format(enum.StrEnum):
    """Output format of predictions."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def predict_command(
    model: Model,
    images: Annotated[
        list[str],
        typer.Argument(metavar="IMAGE", help="Image files, folders of them, or of shards."),
    ],
    topk: Annotated[int, typer.Option(help="Number of classes to print per image.", min=1)] = 5,
    invert: Invert = False,
    digit: Digit = None,
    save_digit: SaveDigit = None,
    format: Annotated[
        Format, typer.Option(help="jsonl: one image per line; csv: one class per line.")
    ] = Format.TEXT,
    as_json: Json = False,
    split: AnySplit = None,
    background: Background = None,
    batch_size: BatchSize = None,
    engine: Engine = "exact",
    calibration: Calibration = None,
    max_loss: MaxLoss = 0.5,
    keep_going: Annotated[
        bool,
        typer.Option("--keep-going", help="Print a row for unreadable images; exit with 1."),
    ] = False,
    save_dir: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also copy images into a folder for each class."),
    ] = None,
    force: Force = False,
    weights: Weights = None,
    labels: Labels = None,
    device: Device = "auto",
    devices: Devices = None,
    threads: Threads = None,
) -> None:
    """Classify images and print probabilities.

    Predictions are in the order of the images, and are printed as they come. A folder stands for
    all images below it, sorted by name. With several processes (--devices, or torchrun) each
    classifies a part; rank 0 prints.

    convscope predict runs/mine inbox --keep-going --format csv --save-dir sorted
    convscope predict resnet18 cat.jpg --weights resnet18.pth --labels names.txt
    convscope predict runs/mnist photo.jpg --save-digit digit.png
    convscope predict resnet50@imagenet inbox --engine fast
    """
    use_threads(threads)
    level = check_level(engine, calibration)
    ranks = launch_processes(devices, device)
    from convscope.distributed import process_group
    from convscope.engine.passes import EngineOptions
    from convscope.opening import open as open_model
    from convscope.predict import Prediction

    own_device = resolve_device(device, ranks)
    if as_json and format not in (Format.TEXT, Format.JSON):
        raise InputError(
            f"--json and --format {format} together", expected="one format", fix="leave out one"
        )
    if save_digit is not None:
        _check_one(images, save_digit, force)
    writer = _Writer(Format.JSON if as_json else format, keep_going=keep_going, level=level)
    with process_group(ranks, device=own_device, say=say) as group:
        opened = open_model(model, weights=weights, labels=labels).to(own_device)
        opened.on_background(background)
        if group.rank == 0:
            say_notes(opened)
        notes = say if group.rank == 0 else _ignore
        copies = None
        if save_dir is not None and group.rank == 0:
            from convscope.cli.sorted_copies import SortedCopies

            copies = SortedCopies(save_dir, opened.labels, sources=images, overwrite=force)
        share: Iterable[Any] = islice(
            _sources(images, split, opened, notes), group.rank, None, group.world_size
        )
        if group.world_size == 1 and not any(map(os.path.isdir, images)):
            share = images  # a list: their number is known
        predictions = opened.stream(
            share,
            topk=topk,
            invert=invert,
            digit=digit,
            batch_size=batch_size or BATCH,
            keep_going=keep_going,
            engine=EngineOptions(level, calibration, max_loss, notes),
        )
        rows = _in_order((prediction.to_dict() for prediction in predictions), group)
        in_order = map(Prediction.from_dict, rows)
        if group.rank == 0:
            if save_digit is not None:
                write_digit(opened, images[0], save_digit, invert=invert, digit=digit)
            writer.write_all(in_order, _sources(images, split, opened, _ignore), copies)
        else:
            deque(in_order, maxlen=0)
    if writer.failed:
        say(f"{writer.failed:,} of {writer.written:,} images were not classified")
        raise typer.Exit(1)


def _check_one(images: list[str], file: Path, force: bool) -> None:
    from convscope.io import storage
    from convscope.io.image_writing import WRITE_FORMATS

    if len(images) != 1 or os.path.isdir(images[0]):
        raise InputError("--save-digit with several images", expected="one image file")
    storage.check_output(file, endings=WRITE_FORMATS, overwrite=force)


def write_digit(
    model: "OpenedModel", image: Any, file: Path, *, invert: bool, digit: bool | None
) -> None:
    """Write the image as the network's preprocessing gets it."""
    from convscope.io.image_writing import write_image

    raw_NCHW = model.prepare(image, invert=invert, digit=digit)
    write_image(file, raw_NCHW[0].permute(1, 2, 0).numpy(), overwrite=True)


def _sources(
    names: list[str], split: str | None, model: "OpenedModel", say: Callable[[str], None]
) -> Iterator[Any]:
    """Yield images one after another: paths, or encoded images of shards."""
    for name in names:
        if not os.path.isdir(name):  # unlike pathlib's, False for an impossible name
            yield name
            continue
        from convscope.data.folder.left_out import images_in
        from convscope.data.shards.dataset import is_shards

        if split is not None or is_shards(Path(name)):
            yield from _of_split(name, split, model)
        else:
            paths, notes = images_in(Path(name))
            for note in notes:
                say(note)
            yield from (os.path.join(name, path) for path in paths)


def _ignore(_note: str) -> None:
    """Say nothing."""


def _of_split(name: str, split: str | None, model: "OpenedModel") -> Iterator[Any]:
    """Yield the images of a data set: files by their paths, members of shards encoded."""
    from convscope.data import Split
    from convscope.io.photos import read

    images = model.select(model.open_data(name), split=split).images
    if isinstance(images, Split) and images.files is None:
        yield from (image_CHW.permute(1, 2, 0).numpy() for image_CHW in images.images_NCHW)
        return
    assert images.files is not None
    for index in range(len(images)):
        reference = images.files.reference(index)
        yield reference.path if reference.size < 0 else read(reference)


def _in_order(predictions: "Iterator[Any]", group: "Group") -> "Iterator[Any]":
    """Yield the predictions (JSON data) of all processes in the order of the images.

    Process r of R predicts the images r, r + R, ...; after each block the predictions are
    gathered and interleaved, so that no process holds more than a block of each.
    """
    if group.world_size == 1:
        yield from predictions
        return
    while True:
        blocks = group.all_gather(list(islice(predictions, BLOCK)))
        for turn in range(max(len(block) for block in blocks)):
            yield from (block[turn] for block in blocks if turn < len(block))
        if len(blocks[-1]) < BLOCK:  # the last process runs out first
            return


class _Writer:
    """Writes predictions to standard output as they come.

    Attributes:
        written, failed: number of rows, and of those with an error.
    """

    def __init__(self, format: Format, *, keep_going: bool, level: str) -> None:
        self._format, self._keep_going = format, keep_going
        self._level = {} if level == "exact" else {"engine": level}
        self.written = self.failed = 0

    def write_all(
        self,
        predictions: "Iterable[Prediction]",
        images: Iterable[Any],
        copies: "SortedCopies | None",
    ) -> None:
        """Write a row for each prediction, and copy its image.

        Args:
            images: the same images again, in order; read only if there are copies.
        """
        remaining = iter(images)
        try:
            for prediction in predictions:
                self._write(prediction)
                if copies is not None:
                    image = next(remaining)
                    if prediction.top:
                        copies.write(image, prediction.top[0].label)
        except ConvscopeError:
            if self.written:
                noun = "image was" if self.written == 1 else "images were"
                say(f"{self.written:,} {noun} classified before the error")
            raise
        finally:
            if self.written and self._format is Format.JSON:
                echo_verbatim("\n]")  # after an error too: what is printed can be read
        if not self.written and self._format is Format.JSON:
            echo_verbatim("[]")

    def _write(self, prediction: "Prediction") -> None:
        first = self.written == 0
        self.written += 1
        self.failed += bool(prediction.error)
        match self._format:
            case Format.JSON:
                echo_verbatim("[" if first else ",")
                echo_json(json.dumps(prediction.to_dict() | self._level, indent=2), end="")
            case Format.JSONL:
                echo_json(json.dumps(prediction.to_dict() | self._level))
            case Format.CSV:
                from convscope.io.csv_text import csv_line

                for row in self._table(prediction, first):
                    echo_verbatim(csv_line(row), end="\r\n")
            case Format.TEXT:
                self._text(prediction)

    def _text(self, prediction: "Prediction") -> None:
        echo_verbatim(printable(prediction.source))
        for score in prediction.top:
            echo_verbatim(f"  {score.probability:7.2%}  {printable(score.label)}")
        if prediction.error:
            echo(f"  error: {prediction.error}")
        if prediction.note:
            say(f"  note: {prediction.note}")

    def _table(self, prediction: "Prediction", first: bool) -> Iterator[list[str]]:
        """Yield one row per class; with --keep-going a column of errors."""
        errors = ["error"] if self._keep_going else []
        if first:
            yield ["source", "rank", "label", "probability", *errors]
        empty = [""] * len(errors)
        for rank, score in enumerate(prediction.top, start=1):
            numbers = (str(rank), score.label, repr(score.probability))
            yield [prediction.source, *numbers, *empty]
        if prediction.error:
            yield [prediction.source, "", "", "", prediction.error]
