"""Routes of the view Data: lists, images, figures, checks, uploads, corrections of labels."""

import contextlib
import json
import re
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from convscope.data import DATASETS, is_known
from convscope.data.corrections.listing import Correction, read_corrections, write_corrections
from convscope.data.entries import entries as published_entries
from convscope.errors import InputError
from convscope.io import storage
from convscope.record import Record
from convscope.server.answers import refusal
from convscope.server.studio.catalogue import Catalogue, Entry
from convscope.server.studio.context import Here, Studio
from convscope.server.studio.jobs.record import Job
from convscope.server.studio.language import Translated
from convscope.server.studio.requests import Id, posted, save_upload
from convscope.server.studio.routes.evaluate import model_argument
from convscope.server.studio.workspace import Workspace
from convscope.text import printable

router = APIRouter(tags=["data"])

SplitName = Literal["train", "val", "test"]
MOST_SIDE, MOST_IMAGES = 512, 256
MOST_INDEX = 1 << 31
RANGES = re.compile(r"\d{1,10}(-\d{1,10})?(,\d{1,10}(-\d{1,10})?)*")
NAME = re.compile(r"[^\s./\\~-][^/\\\0]{0,99}")
CORRECTIONS = "corrections"
MOST_ROWS_BYTES = 64 << 20
KEPT = "private, max-age=86400"

Split = Annotated[SplitName, Query(description="A split of the data set.")]
Side = Annotated[int, Query(ge=8, le=MOST_SIDE, description="Side of a tile in pixels.")]
Index = Annotated[int, Query(ge=0, lt=MOST_INDEX, description="Number of an image in the split.")]


class DataEntry(Record):
    """A data set of the list.

    Attributes:
        source: DATA for the command line.
        state: installed, downloaded or not downloaded; empty for folders.
        size_bytes: of the download.
        facts: further facts of published sets, by name.
    """

    id: str
    name: str
    kind: Literal["published", "folder", "shards", "arrays", "table"]
    source: str
    title: str = ""
    state: str = ""
    size_bytes: int | None = None
    facts: dict[str, str] = {}


class DataList(Record):
    """All data sets that can be opened or downloaded."""

    sets: tuple[DataEntry, ...]


class SplitCounts(Record):
    """Images of a split, by class."""

    name: SplitName
    images: int
    counts: tuple[int, ...]


class DataSummary(Record):
    """A data set that was opened.

    Attributes:
        shape: channels, height and width of all images; null if they differ.
        divided: whether convscope made the splits.
        has_files: whether its images are files.
        notes: decisions while it was opened.
        version: changes with the files; part of the addresses of its images.
    """

    id: str
    source: str
    name: str
    kind: str
    classes: tuple[str, ...]
    channels: int
    shape: tuple[int, int, int] | None
    splits: tuple[SplitCounts, ...]
    divided: bool
    has_files: bool
    notes: tuple[str, ...]
    version: str


class Labels(Record):
    """Labels of a split: base64 of little-endian int32."""

    labels: str


class ImageFacts(Record):
    """One image.

    Attributes:
        digest: by which a list of corrections recognises it.
        path: relative to the data; empty for images in memory, as the fields behind it.
    """

    label: int
    digest: str
    path: str
    bytes: int
    format: str
    mode: str
    height: int
    width: int
    orientation: int


class DataHistogram(Record):
    """Counts between edges, of `measured` of `total` images."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    measured: int
    total: int


class Statistics(Record):
    """Histograms of a split; aspect is log2(width / height), brightness the mean from 0 to 255."""

    width: DataHistogram
    height: DataHistogram
    aspect: DataHistogram
    brightness: DataHistogram


class PathName(Record):
    """A path that the user names."""

    path: Annotated[str, Field(min_length=1, max_length=4096)]


class Augmentations(Record):
    """JSON Schema of an augmentation, and the augmentation of every recipe."""

    form: dict[str, Any]
    recipes: dict[str, dict[str, Any]]


class Rule(Record):
    """A kind of problem."""

    severity: Literal["error", "warning", "note"]
    message: str
    fix: str


class Rules(Record):
    """Everything that a check can report, by its code."""

    rules: dict[str, Rule]


class CheckOptions(Record):
    """Options of a check."""

    side: Annotated[int, Field(ge=8, le=4096)] = 224


class DoubtsOptions(Record):
    """Whose doubts, on which images."""

    model: Annotated[str, Field(min_length=1, max_length=4096)]
    split: SplitName | Literal["all"] | None = None
    num: Annotated[int, Field(ge=1, le=100_000)] = 1000


class CorrectionRow(Record):
    """A decision about a label: see `convscope data doubts`."""

    image: Annotated[str, Field(max_length=8192)] = ""
    split: SplitName
    index: Annotated[int, Field(ge=0, lt=MOST_INDEX)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    label: Annotated[str, Field(max_length=1000)]
    action: Literal["relabel", "remove", "keep"]
    new_label: Annotated[str, Field(max_length=1000)] = ""


class Corrections(Record):
    """List of corrections of a data set.

    Attributes:
        file: where it is kept, relative to the workspace.
    """

    rows: Annotated[tuple[CorrectionRow, ...], Field(max_length=1_000_000)]
    file: str = ""


class CorrectOptions(Record):
    """Place of corrected data.

    Attributes:
        name: of the new folder in `data/`.
        link: hard links in place of copies.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    link: bool = False


@lru_cache(maxsize=8)
def catalogue(workspace: Workspace) -> Catalogue:
    """Return the data sets of a workspace."""
    return Catalogue(workspace)


def located(studio: Studio, data_id: str) -> tuple[Entry, str]:
    """Return a data set and what opens it from any folder.

    Raises:
        Refusal: 404, there is none.
    """
    entry = catalogue(studio.workspace).get(data_id)
    return entry, entry.source if entry.path is None else str(entry.path)


def _version(entry: Entry) -> str:
    if entry.path is None:
        return "1"
    with contextlib.suppress(OSError):
        return f"{entry.path.stat().st_mtime_ns:x}"
    return "0"


@router.get("/api/data")
def data_list(studio: Here) -> DataList:
    """Return the published data sets, and those in the workspace."""
    return DataList(sets=tuple(map(_listed, catalogue(studio.workspace).all())))


def _listed(entry: Entry) -> DataEntry:
    own = {"id": entry.id, "name": entry.name, "kind": entry.kind, "source": entry.source}
    if entry.kind != "published":
        return DataEntry.model_validate(own)
    known = next(one for one in published_entries() if one.name == entry.name)
    return DataEntry.model_validate(
        {
            **own,
            "title": known.summary,
            "state": known.state,
            "size_bytes": known.size_bytes,
            "facts": dict(known.notes),
        }
    )


@router.post("/api/data/paths", status_code=201)
def add_path(body: Annotated[PathName, posted(PathName)], studio: Here) -> DataEntry:
    """Add a folder or file in the workspace, or below a folder of --data, to the list."""
    entry = catalogue(studio.workspace).add(body.path)
    studio.hub.publish("data", {"id": entry.id})
    return _listed(entry)


@router.get("/api/data/rules")
def rules(translate: Translated) -> Rules:
    """Return everything that a check can report, worst first."""
    from convscope.data.checks.rules import RULES

    table = {
        code: Rule(severity=severity, message=translate(message), fix=translate(fix))
        for code, (severity, message, fix) in RULES.items()
    }
    return Rules(rules=table)


@router.get("/api/data/augmentations")
async def augmentations(studio: Here, request: Request) -> Augmentations:
    """Return the form of augmentations, and those of the recipes."""
    text = await studio.pictures.run("data.augmentations", {}, request)
    return Augmentations.model_validate_json(text)


@router.get("/api/data/{id}")
async def data_summary(
    id: Id, studio: Here, request: Request, translate: Translated
) -> DataSummary:
    """Open a data set, and return its classes and splits."""
    entry, source = located(studio, id)
    row = json.loads(await studio.pictures.run("data.summary", {"source": source}, request))
    row["notes"] = [translate(note) for note in row["notes"]]
    row |= {"id": id, "version": _version(entry), "source": printable(entry.source)}
    return DataSummary.model_validate_json(json.dumps(row))


@router.get("/api/data/{id}/labels")
async def data_labels(id: Id, split: Split, studio: Here, request: Request) -> Labels:
    """Return the label of every image of a split."""
    args = {"source": located(studio, id)[1], "split": split}
    return Labels.model_validate_json(await studio.pictures.run("data.labels", args, request))


IMAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}, "image/webp": {}}, "description": "An image"}
}


@router.get("/api/data/{id}/sheet", response_class=Response, responses=IMAGE)
async def data_sheet(
    id: Id,
    split: Split,
    side: Side,
    images: Annotated[str, Query(max_length=4000, description="Numbers, as 0-63,70,80.")],
    studio: Here,
    request: Request,
) -> Response:
    """Return thumbnails as one image: tiles of equal size, 16 in a row, as `images` orders them."""
    args = {"source": located(studio, id)[1], "split": split, "side": side}
    numbers = numbers_in(images)
    return _image(await studio.pictures.run("data.sheet", {**args, "images": numbers}, request))


def numbers_in(text: str) -> list[int]:
    """Return the numbers of a text such as 0-63,70,80.

    Raises:
        InputError: another form, or more than 256 numbers.
    """
    if not RANGES.fullmatch(text):
        raise InputError("numbers that cannot be read", expected="as 0-63,70,80", where="images")
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        span = range(int(first), int(last or first) + 1)
        if len(numbers) + len(span) > MOST_IMAGES or max(int(first), int(last or 0)) >= MOST_INDEX:
            raise InputError("too many images", expected=f"at most {MOST_IMAGES}", where="images")
        numbers += span
    return numbers


def _image(data: bytes) -> Response:
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/webp"
    return Response(data, media_type=kind, headers={"cache-control": KEPT})


@router.get("/api/data/{id}/image", response_class=Response, responses=IMAGE)
async def data_image(
    id: Id,
    split: Split,
    index: Index,
    studio: Here,
    request: Request,
    most: Annotated[int, Query(ge=8, le=4096, description="Longest side in pixels.")] = 1600,
) -> Response:
    """Return one image as PNG."""
    source = located(studio, id)[1]
    args = {"source": source, "split": split, "index": index, "most": most}
    return _image(await studio.pictures.run("data.image", args, request))


@router.get("/api/data/{id}/facts")
async def data_facts(
    id: Id, split: Split, index: Index, studio: Here, request: Request
) -> ImageFacts:
    """Return what is known about one image: label, file, format, size."""
    args = {"source": located(studio, id)[1], "split": split, "index": index}
    return ImageFacts.model_validate_json(await studio.pictures.run("data.facts", args, request))


@router.get("/api/data/{id}/file", response_class=Response, responses=IMAGE)
async def data_file(
    id: Id,
    path: Annotated[str, Query(min_length=1, max_length=4096)],
    studio: Here,
    request: Request,
    side: Side = 96,
) -> Response:
    """Return a file of a data set that a check names as a thumbnail."""
    entry, _ = located(studio, id)
    if entry.path is None or "\0" in path:
        raise refusal(404, "there is no such file", where=printable(path, 200))
    root = entry.path if entry.path.is_dir() else entry.path.parent
    target = studio.workspace.inside(str(root / path))
    if not target.is_relative_to(root) or not target.is_file():
        raise refusal(404, "there is no such file", where=printable(path, 200))
    args = {"path": str(target), "side": side}
    return _image(await studio.pictures.run("data.file", args, request))


@router.get("/api/data/{id}/statistics")
async def data_statistics(id: Id, split: Split, studio: Here, request: Request) -> Statistics:
    """Return histograms of sizes, shapes and brightness."""
    args = {"source": located(studio, id)[1], "split": split}
    text = await studio.pictures.run("data.statistics", args, request)
    return Statistics.model_validate_json(text)


@router.get("/api/data/{id}/means", response_class=Response, responses=IMAGE)
async def data_means(id: Id, split: Split, studio: Here, request: Request) -> Response:
    """Return the mean image of each class: tiles of 64 pixels, 16 in a row."""
    args = {"source": located(studio, id)[1], "split": split}
    return _image(await studio.pictures.run("data.means", args, request))


class Draws(Record):
    """Augmentation of one image.

    Attributes:
        augmentation: as `form` of /api/data/augmentations describes it.
    """

    split: SplitName
    index: Annotated[int, Field(ge=0, lt=MOST_INDEX)]
    draws: Annotated[int, Field(ge=1, le=31)] = 15
    seed: Annotated[int, Field(ge=0, lt=1 << 31)] = 0
    side: Annotated[int, Field(ge=8, le=MOST_SIDE)] = 96
    augmentation: dict[str, Any]


@router.post("/api/data/{id}/augmented", response_class=Response, responses=IMAGE)
async def data_augmented(
    id: Id, body: Annotated[Draws, posted(Draws)], studio: Here, request: Request
) -> Response:
    """Return an image and random draws of its augmentation: tiles, 16 in a row."""
    args = body.model_dump(mode="json") | {"source": located(studio, id)[1]}
    args["augmentation"] = json.dumps(body.augmentation)
    return _image(await studio.pictures.run("data.augmented", args, request))


@router.post("/api/data/{id}/get", status_code=202)
def data_get(id: Id, studio: Here) -> Job:
    """Download a published data set."""
    entry, _ = located(studio, id)
    if entry.kind != "published":
        raise InputError("these data are here already", where=entry.name)
    return studio.jobs.start("data", ["get", entry.name, "--json"])


@router.post("/api/data/{id}/check", status_code=202)
def data_check(id: Id, body: Annotated[CheckOptions, posted(CheckOptions)], studio: Here) -> Job:
    """Check a data set; the result is that of `data check --json`."""
    entry, _ = located(studio, id)
    size = ["--input", f"3x{body.side}x{body.side}"] if body.side != 224 else []
    return studio.jobs.start("data", ["check", entry.source, *size, "--exit-zero", "--json"])


@router.post("/api/data/{id}/doubts", status_code=202)
def data_doubts(id: Id, body: Annotated[DoubtsOptions, posted(DoubtsOptions)], studio: Here) -> Job:
    """List the labels that a model doubts; the result is that of `data doubts --json`."""
    entry, _ = located(studio, id)
    model = model_argument(studio, body.model)
    split = ["--split", body.split] if body.split else []
    return studio.jobs.start(
        "data", ["doubts", model, entry.source, *split, "--num", str(body.num), "--json"]
    )


def _list_of(studio: Studio, data_id: str) -> Path:
    return studio.workspace.root / CORRECTIONS / f"{data_id}.csv"


@router.get("/api/data/{id}/corrections")
def corrections(id: Id, studio: Here) -> Corrections:
    """Return the corrections that were saved; none before."""
    located(studio, id)
    path = _list_of(studio, id)
    name = studio.workspace.relative(path)
    if not path.exists():
        return Corrections(rows=(), file=name)
    rows = [
        {
            "image": row.image,
            "split": row.split,
            "index": row.number,
            "digest": row.digest,
            "label": row.label,
            "action": row.action,
            "new_label": row.new_label,
        }
        for row in read_corrections(path)
        if row.action
    ]
    return Corrections.model_validate({"rows": tuple(rows), "file": name})


@router.put("/api/data/{id}/corrections")
def save_corrections(
    id: Id,
    body: Annotated[Corrections, posted(Corrections, most=MOST_ROWS_BYTES)],
    studio: Here,
) -> Corrections:
    """Replace the list of corrections: a CSV file in `corrections/` of the workspace."""
    located(studio, id)
    path = _list_of(studio, id)
    storage.make_folder(path.parent)
    rows = [
        Correction(
            row.image, row.split, row.index, row.digest, row.label, row.action, row.new_label
        )
        for row in body.rows
    ]
    write_corrections(path, rows)
    return body.model_copy(update={"file": studio.workspace.relative(path)})


@router.post("/api/data/{id}/correct", status_code=202)
def data_correct(
    id: Id, body: Annotated[CorrectOptions, posted(CorrectOptions)], studio: Here
) -> Job:
    """Write the data with the saved corrections as a new folder in `data/`."""
    entry, _ = located(studio, id)
    path = _list_of(studio, id)
    if not path.exists():
        raise InputError("no corrections are saved", fix="correct a label first")
    target = new_folder(studio.workspace, body.name)
    link = ["--link"] if body.link else []
    arguments = ["correct", entry.source, studio.workspace.relative(path), "-o", target]
    return studio.jobs.start("data", [*arguments, *link, "--json"])


def new_folder(workspace: Workspace, name: str) -> str:
    """Return `data/NAME` for a folder that does not exist yet.

    Raises:
        InputError: no name of a folder, or one that is there.
    """
    if not NAME.fullmatch(name) or printable(name) != name or is_known(name):
        raise InputError(
            f"{printable(name, 80)} cannot be the name of a folder here",
            expected=f"letters and digits, none of {', '.join(DATASETS)}",
            where="name",
        )
    folder = workspace.root / "data"
    storage.make_folder(folder)
    if (folder / name).exists():
        raise InputError(
            f"data/{printable(name, 80)} exists already", fix="choose another name", where="name"
        )
    return f"data/{name}"


ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")


@router.post("/api/data/uploads", status_code=202)
async def upload(
    name: Annotated[str, Query(min_length=1, max_length=120, description="Name of the archive.")],
    request: Request,
    studio: Here,
) -> Job:
    """Take an archive of images (.zip, .tar), and unpack it into `data/` as a job."""
    plain = printable(name)
    ending = next((one for one in ARCHIVES if plain.lower().endswith(one)), "")
    if not ending:
        raise InputError(
            f"{printable(name, 80)} is no archive",
            expected=f"a name that ends in {', '.join(ARCHIVES)}",
            where="name",
        )
    target = new_folder(studio.workspace, plain[: -len(ending)])
    path = studio.workspace.own / "uploads" / f"{secrets.token_hex(8)}{ending}"
    await save_upload(request, path)
    archive = studio.workspace.relative(path)
    return studio.jobs.start(
        "data", ["unpack", archive, "-o", target, "--delete-archive", "--json"]
    )
