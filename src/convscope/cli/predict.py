"""`convscope predict`: what a model sees in images, as many as there are."""

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

from convscope.cli.processes import Device, Devices, spread
from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.distributed import Group
    from convscope.predict import Prediction

INDEX = "index.json"  # a folder that holds one is a folder of shards
BLOCK = 256  # answers of each process between two exchanges


class Form(enum.StrEnum):
    """How answers are written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def predict_command(
    model: Annotated[str, typer.Argument(help="A model file, a run folder, or name@weights.")],
    images: Annotated[
        list[str],
        typer.Argument(metavar="IMAGE...", help="Image files, folders of them, or of shards."),
    ],
    topk: Annotated[int, typer.Option(help="Answers an image.", min=1)] = 5,
    invert: Annotated[
        bool, typer.Option(help="Swap dark and light first, as for ink on white paper.")
    ] = False,
    form: Annotated[
        Form, typer.Option("--format", help="jsonl: an image a line; csv: an answer a line.")
    ] = Form.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    split: Annotated[str, typer.Option(help="Of shards: train, val or test.")] = "test",
    batch: Annotated[int, typer.Option(help="Images at a time.", min=1)] = 16,
    device: Device = "cpu",
    devices: Devices = None,
) -> None:
    """Name what is in images, with probabilities, in the order in which they are given.

    A folder stands for every image below it, in the order of their names. Answers are written
    as they come. Of several processes (--devices, or torchrun) each answers its share, and the
    first one writes.
    """
    ranks = spread(devices, device)
    from convscope.cli.live import say
    from convscope.distributed import device_of_rank, process_group
    from convscope.model import open as open_model

    place = device_of_rank(device, ranks)
    writer = _Writer(Form.JSON if as_json else form, say)
    with process_group(ranks, device=place, say=say) as group:
        found = open_model(model).to(place)
        mine = islice(_listed(images, split), group.rank, None, group.world_size)
        answers = found.stream(mine, topk=topk, invert=invert, batch_size=batch)
        for prediction in _in_order(answers, group):
            if group.rank == 0:
                writer.write(prediction)
    if ranks.rank == 0:
        writer.end()


def _listed(given: list[str], split: str) -> Iterator[Any]:
    """What is to be answered, one after another: paths, or encoded images out of shards."""
    for name in given:
        folder = Path(name)
        if not folder.is_dir():
            yield name
        elif (folder / INDEX).is_file():
            yield from _of_shards(folder, split)
        else:
            yield from _of_folder(folder)


def _of_shards(folder: Path, split: str) -> Iterator[Any]:
    from convscope import data
    from convscope.data import Split

    found = data.open(folder).split(split)
    if isinstance(found, Split):
        yield from (image_CHW.permute(1, 2, 0).numpy() for image_CHW in found.images_NCHW)
        return
    for index in range(len(found)):
        yield found.read(index)


def _of_folder(folder: Path) -> Iterator[str]:
    """Every image below a folder; what is hidden or left behind by archives is skipped."""
    from convscope.data.folder.layout import is_hidden, is_junk, is_named_as_image

    any_found = False
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(f for f in folders if not is_hidden(f) and not is_junk(f))
        for file in sorted(files):
            if is_named_as_image(file) and not is_hidden(file):
                any_found = True
                yield os.path.join(place, file)
    if not any_found:
        raise InputError(
            f"the folder {folder} holds no image",
            expected="files that end in .jpg, .png, .webp, .bmp, .gif, .tif, .ppm or the like",
        )


def _refuse(error: OSError) -> None:
    raise InputError(f"cannot be listed: {error.strerror}", where=str(error.filename))


def _in_order(answers: "Iterator[Prediction]", group: "Group") -> "Iterator[Prediction]":
    """The answers of all processes, in the order of the images.

    Process r of R answers the images r, r + R, ...; after so many each, they are exchanged and
    dealt out again as cards are, so that no process holds more than a block of each.
    """
    if group.world_size == 1:
        yield from answers
        return
    while True:
        hands = group.all_gather(list(islice(answers, BLOCK)))
        for turn in range(max(len(hand) for hand in hands)):
            yield from (hand[turn] for hand in hands if turn < len(hand))
        if len(hands[-1]) < BLOCK:  # the last process runs out first
            return


class _Writer:
    """Answers on stdout as they come, in one of the forms; what looks wrong on stderr."""

    def __init__(self, form: Form, say: Callable[[str], None]) -> None:
        self._form, self._say = form, say
        self._written = 0

    def write(self, prediction: "Prediction") -> None:
        first = self._written == 0
        self._written += 1
        match self._form:
            case Form.JSON:
                typer.echo("[" if first else ",")
                typer.echo(json.dumps(prediction.to_dict(), indent=2), nl=False)
            case Form.JSONL:
                typer.echo(json.dumps(prediction.to_dict()))
            case Form.CSV:
                typer.echo(_csv(prediction, first), nl=False)
            case Form.TEXT:
                self._text(prediction)

    def end(self) -> None:
        """What closes the whole."""
        if self._form is Form.JSON:
            typer.echo("\n]" if self._written else "[]")

    def _text(self, prediction: "Prediction") -> None:
        from convscope.data.folder.layout import shown

        typer.echo(shown(prediction.source))
        for answer in prediction.answers:
            typer.echo(f"  {answer.probability:7.2%}  {shown(answer.label)}")
        if prediction.note:
            self._say(f"  note: {prediction.note}")


def _csv(prediction: "Prediction", first: bool) -> str:
    """A line an answer, as RFC 4180 has it; before the first one the names of the columns."""
    from convscope.data.folder.layout import shown

    lines = io.StringIO()
    source = shown(prediction.source)
    table = csv.writer(lines)
    if first:
        table.writerow(["source", "rank", "label", "probability"])
    for number, answer in enumerate(prediction.answers, start=1):
        table.writerow([source, number, answer.label, answer.probability])
    return lines.getvalue()
