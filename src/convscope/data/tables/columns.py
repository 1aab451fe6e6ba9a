"""Columns of a table: which one names the image, its label and its split."""

import re
from collections.abc import Callable
from typing import NamedTuple

from convscope.data.folder.entries import has_image_extension
from convscope.data.folder.split_names import split_of_name
from convscope.data.tables.rows import Table
from convscope.errors import DataError
from convscope.text import listed, printable

IMAGE = (
    *("filename", "filenames", "file", "files", "filepath", "filepaths", "path", "paths"),
    *("imagepath", "imgpath", "imagefile", "imagefilename", "imagename", "imgname", "imgfile"),
    *("image", "images", "img", "relpath", "relativepath", "fname", "photo", "picture"),
    *("imageid", "imgid", "fileid", "photoid", "pictureid", "id", "name"),
)
LABEL = (
    *("label", "labels", "class", "classes", "category", "target", "classname", "labelname"),
    *("categoryname", "targetname", "y", "breed", "species", "diagnosis", "dx", "emotion", "tag"),
    *("tags", "labelid", "classid", "categoryid", "targetid", "labelindex", "classindex"),
)
SPLIT = ("split", "set", "subset", "partition", "usage", "phase", "datasplit", "dataset")
"""Headers without capitals, spaces and marks, the best first."""

SAMPLE = 100  # rows that show whether a column names files
ZERO_OR_ONE = re.compile(r"[01](\.0*)?")

IsName = Callable[[str], bool]
"""Function that tells whether a text names an image."""


class Columns(NamedTuple):
    """Column numbers, and whether the first row is a header.

    Attributes:
        one_hot: columns with 0 or 1, one for each class, in place of a column of labels.
        note: the choice, in a sentence, if it is not obvious.
    """

    has_header: bool
    image: int
    label: int
    split: int | None
    one_hot: tuple[int, ...]
    note: str


def is_known(header: str) -> bool:
    """Return whether a header is that of images, labels or splits."""
    return _plain(header) in (*IMAGE, *LABEL, *SPLIT)


def is_label(header: str) -> bool:
    """Return whether a header is that of labels."""
    return _plain(header) in LABEL


def choose_columns(table: Table, is_name: IsName, where: str) -> Columns:
    """Return the columns of a table, by their names, else by their content.

    Raises:
        DataError: no column names images, or none or several may be the labels.
    """
    first = table.rows[0]
    has_header = table.has_header
    if has_header is None:
        has_header = sum(map(is_known, first)) > 1 or not any(
            has_image_extension(cell) or is_name(cell) for cell in first
        )
    names = [_plain(cell) for cell in first] if has_header else [""] * len(first)
    titles = first if has_header else [f"column {n + 1}" for n in range(len(first))]
    rows = table.rows[1 if has_header else 0 :]
    image = _named(names, IMAGE)
    if image is None or (names[image] in ("id", "name") and not _names_files(rows, image, is_name)):
        image = _image_by_content(rows, titles, is_name, where)
    split = _named(names, SPLIT)
    if split == image or (split is None and not has_header):
        others = [n for n in range(len(first)) if n != image]
        split = next((n for n in others if len(others) > 1 and _all_splits(rows, n)), None)
    label, one_hot = _label(names, rows, {image, split}, titles, where)
    used = {image, label, split, *one_hot}
    unused = [title for n, title in enumerate(titles) if n not in used]
    note = ""
    if unused:
        note = f"images from {titles[image]}, labels from {titles[label]}"
        note += f"; {len(unused)} columns are not used: {listed(unused)}"
    return Columns(has_header, image, label, split, one_hot, note)


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.lower())


def _named(names: list[str], known: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _cells(rows: list[list[str]], column: int) -> list[str]:
    return [row[column] if column < len(row) else "" for row in rows]


def _names_files(rows: list[list[str]], column: int, is_name: IsName) -> int:
    return sum(is_name(cell) for cell in _cells(rows[:SAMPLE], column))


def _all_splits(rows: list[list[str]], column: int) -> bool:
    return all(split_of_name(cell) is not None for cell in _cells(rows, column))


def _image_by_content(rows: list[list[str]], titles: list[str], is_name: IsName, where: str) -> int:
    numbers = [_names_files(rows, column, is_name) for column in range(len(titles))]
    best = max(range(len(titles)), key=lambda column: numbers[column])
    if 2 * numbers[best] < min(len(rows), SAMPLE):
        extensions = [sum(map(has_image_extension, _cells(rows, n))) for n in range(len(titles))]
        if max(extensions):
            return extensions.index(max(extensions))  # the missing files are reported later
        is_pixels = sum(re.fullmatch(r"pixels?\d*", _plain(title)) is not None for title in titles)
        raise DataError(
            "pixel values in columns"
            if is_pixels
            else f"no column names image files below this folder: {listed(titles)}",
            expected="a column `file` with names of images, and a column `label`",
            fix="save the pixels with numpy.savez: x of shape (N, height, width), and y"
            if is_pixels
            else "write the paths relative to this file",
            where=where,
        )
    return best


def _label(
    names: list[str], rows: list[list[str]], used: set[int | None], titles: list[str], where: str
) -> tuple[int, tuple[int, ...]]:
    others = [n for n in range(len(titles)) if n not in used]
    named = [names.index(name) for name in LABEL if name in names and names.index(name) in others]
    texts = [n for n in named if not all(_is_number(cell) for cell in _cells(rows, n))]
    chosen = (texts or named or others)[:1]
    if named or len(others) == 1:
        return chosen[0], ()
    if len(others) > 1 and all(
        ZERO_OR_ONE.fullmatch(cell) for n in others for cell in _cells(rows, n)
    ):
        return others[0], tuple(others)
    raise DataError(
        f"no column of labels among {listed([titles[n] for n in others])}"
        if others
        else "there is no column of labels",
        expected="a column named `label` or `class`",
        fix="rename the column of the labels to `label`",
        where=where,
    )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.0*)?", text) is not None or not text


def one_hot_label(cells: list[str], titles: list[str]) -> str | None:
    """Return the class of a row with 0 or 1 for each class; None unless exactly one is 1."""
    ones = [title for cell, title in zip(cells, titles, strict=True) if cell.startswith("1")]
    return printable(ones[0]) if len(ones) == 1 else None
