"""The sample photos: 74 photos of four classes in train, val and test."""

import csv
import io
import tarfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILES = Path(__file__).parent / "files"
PHOTO = FILES / "photo.jpg"
NOTICE = FILES / "NOTICE.md"
SHARDS = FILES / "shards"


class SamplePhoto(NamedTuple):
    """A row of `photos.csv`: SPLIT/CLASS/NAME.jpg, where its bytes are, and its origin."""

    file: str
    shard: str
    member: str
    author: str
    licence: str
    source: str

    @property
    def split(self) -> str:
        return self.file.split("/")[0]

    @property
    def label(self) -> str:
        return self.file.split("/")[1]

    @property
    def name(self) -> str:
        return self.file.split("/")[2]


@cache
def listed_photos() -> tuple[SamplePhoto, ...]:
    """Return all photos, in the order of their file names."""
    text = (FILES / "photos.csv").read_text(encoding="utf-8")
    _, *rows = csv.reader(io.StringIO(text))
    return tuple(SamplePhoto(*row) for row in rows)


def photo_bytes() -> dict[SamplePhoto, bytes]:
    """Return the JPEG file of each photo."""
    stored: dict[tuple[str, str], bytes] = {}
    for shard in sorted(SHARDS.glob("*.tar")):
        with tarfile.open(shard) as tar:
            for member in tar:
                source = tar.extractfile(member)
                assert source is not None, f"{shard.name} holds files only"
                stored[shard.name, member.name] = source.read()
    return {photo: stored[photo.shard, photo.member] for photo in listed_photos()}


def class_folders() -> dict[str, bytes]:
    """Return the files of the folder with train, val and test: relative path -> content."""
    return {photo.file: data for photo, data in photo_bytes().items()}


def with_table() -> dict[str, bytes]:
    """Return the files of one flat folder of photos and a table with their labels."""
    rows = io.StringIO()
    table = csv.writer(rows, lineterminator="\n")
    table.writerow(["file", "label", "split"])
    table.writerows([photo.name, photo.label, photo.split] for photo in listed_photos())
    files = {photo.name: data for photo, data in photo_bytes().items()}
    return {"labels.csv": rows.getvalue().encode(), **files}


def shards() -> dict[str, bytes]:
    """Return the files of the folder of shards."""
    return {path.name: path.read_bytes() for path in sorted(SHARDS.iterdir())}
