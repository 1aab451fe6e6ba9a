"""`convscope predict`: classify images, as many as there are."""

import csv
import enum
import io
import json
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convscope.cli.options import Device, Devices, Model
from convscope.cli.processes import launch_processes
from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.distributed import Group
    from convscope.predict import Prediction

INDEX = "index.json"  # a folder that holds one is a folder of shards
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
        typer.Argument(metavar="IMAGE...", help="Image files, folders of them, or of shards."),
    ],
    topk: Annotated[int, typer.Option(help="Number of classes to print per image.", min=1)] = 5,
    invert: Annotated[
        bool,
        typer.Option("--invert", help="Invert brightness first, as for dark ink on white paper."),
    ] = False,
    format: Annotated[
        Format, typer.Option(help="jsonl: one image per line; csv: one class per line.")
    ] = Format.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    split: Annotated[str, typer.Option(help="Split of shards: train, val or test.")] = "test",
    batch: Annotated[int, typer.Option(help="Batch size.", min=1)] = 16,
    device: Device = "cpu",
    devices: Devices = None,
) -> None:
    """Classify images and print probabilities.

    Predictions are in the order of the images, and are printed as they come. A folder stands for
    all images below it, sorted by name. With several processes (--devices, or torchrun) each
    classifies a part; rank 0 prints.
    """
    ranks = launch_processes(devices, device)
    from convscope.cli.live import say
    from convscope.distributed import device_of_rank, process_group
    from convscope.model import open as open_model

    own_device = device_of_rank(device, ranks)
    writer = _Writer(Format.JSON if as_json else format, say)
    with process_group(ranks, device=own_device, say=say) as group:
        opened = open_model(model).to(own_device)
        share = islice(_sources(images, split), group.rank, None, group.world_size)
        predictions = opened.stream(share, topk=topk, invert=invert, batch_size=batch)
        for prediction in _in_order(predictions, group):
            if group.rank == 0:
                writer.write(prediction)
    if ranks.rank == 0:
        writer.end()


def _sources(names: list[str], split: str) -> Iterator[Any]:
    """Yield images one after another: paths, or encoded images of shards."""
    for name in names:
        folder = Path(name)
        if name == "" or not folder.is_dir():  # Path("") is the current folder
            yield name
        elif (folder / INDEX).is_file():
            yield from _of_shards(folder, split)
        else:
            yield from _of_folder(folder)


def _of_shards(folder: Path, split: str) -> Iterator[Any]:
    from convscope import data
    from convscope.data import Split

    images = data.open(folder).split(split)
    if isinstance(images, Split):
        yield from (image_CHW.permute(1, 2, 0).numpy() for image_CHW in images.images_NCHW)
        return
    for index in range(len(images)):
        yield images.read(index)


def _of_folder(folder: Path) -> Iterator[str]:
    """Yield every image below a folder, without hidden files and those that archives add."""
    from convscope.data.folder.layout import has_image_extension, is_hidden, is_system_file

    is_empty = True
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(f for f in folders if not is_hidden(f) and not is_system_file(f))
        for file in sorted(files):
            if has_image_extension(file) and not is_hidden(file):
                is_empty = False
                yield os.path.join(place, file)
    if is_empty:
        raise InputError(
            f"the folder {folder} holds no image",
            expected="files that end in .jpg, .png, .webp, .bmp, .gif, .tif, .ppm or the like",
        )


def _refuse(error: OSError) -> None:
    raise InputError(f"cannot be listed: {error.strerror}", where=str(error.filename))


def _in_order(predictions: "Iterator[Prediction]", group: "Group") -> "Iterator[Prediction]":
    """Yield the predictions of all processes in the order of the images.

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
    """Writes predictions to stdout as they come, and notes about images to stderr."""

    def __init__(self, format: Format, say: Callable[[str], None]) -> None:
        self._format, self._say = format, say
        self._written = 0

    def write(self, prediction: "Prediction") -> None:
        first = self._written == 0
        self._written += 1
        match self._format:
            case Format.JSON:
                typer.echo("[" if first else ",")
                typer.echo(json.dumps(prediction.to_dict(), indent=2), nl=False)
            case Format.JSONL:
                typer.echo(json.dumps(prediction.to_dict()))
            case Format.CSV:
                typer.echo(_csv(prediction, first), nl=False)
            case Format.TEXT:
                self._text(prediction)

    def end(self) -> None:
        """Close the JSON list."""
        if self._format is Format.JSON:
            typer.echo("\n]" if self._written else "[]")

    def _text(self, prediction: "Prediction") -> None:
        from convscope.text import printable

        typer.echo(printable(prediction.source))
        for score in prediction.top:
            typer.echo(f"  {score.probability:7.2%}  {printable(score.label)}")
        if prediction.note:
            self._say(f"  note: {prediction.note}")


def _csv(prediction: "Prediction", first: bool) -> str:
    """Return one line per class (RFC 4180), below the column names for the first image."""
    from convscope.text import printable

    lines = io.StringIO()
    source = printable(prediction.source)
    table = csv.writer(lines)
    if first:
        table.writerow(["source", "rank", "label", "probability"])
    for rank, score in enumerate(prediction.top, start=1):
        table.writerow([source, rank, score.label, score.probability])
    return lines.getvalue()
