"""Kind of a data set that a path names, and the function that opens it."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from convscope.data.options import DataOptions
from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.data.dataset import DataSet

Kind = Literal["folder", "shards", "arrays", "table"]

NOUNS: dict[Kind, str] = {
    "folder": "a folder of images",
    "shards": "a folder of shards",
    "arrays": "a data set in arrays",
    "table": "a table of labels",
}
OPTIONS: dict[Kind, tuple[str, ...]] = {
    "folder": ("layout", "group_by", "background", "bad_images"),
    "shards": ("background", "bad_images"),
    "arrays": ("class_names",),
    "table": ("group_by", "class_names", "background", "bad_images"),
}
"""Options that apply to each kind."""


def kind_of(path: Path) -> Kind:
    """Return the kind of an existing path, from names and from the heads of index files.

    Raises:
        InputError: a file that holds no data set.
        DataError: a folder without classes, but with several tables.
    """
    from convscope.data.arrays.roles import is_array_file
    from convscope.data.shards.dataset import is_shards
    from convscope.data.tables.locate import SUFFIXES, tables_of

    if not path.is_dir():
        if is_array_file(path.name):
            return "arrays"
        if path.suffix.lower() in SUFFIXES:
            return "table"
        raise InputError(
            "this is not a folder",
            expected="a folder of images or of shards, a table of labels (.csv, .tsv, .json), an "
            ".npz or IDX file, or a name",
            fix="unpack an archive first",
            where=str(path),
        )
    if is_shards(path):
        return "shards"
    from convscope.data.arrays.files import is_arrays

    if is_arrays(path):
        return "arrays"
    try:
        return "table" if tables_of(path) else "folder"
    except OSError:
        return "folder"  # whose reader says what cannot be listed


def open_path(path: Path, options: DataOptions) -> "DataSet":
    """Open the data set at a path.

    Raises:
        InputError: a file that holds no data set; options that do not apply to its kind.
        DataError, FormatError: as its reader.
    """
    kind = kind_of(path)
    check_options(options, NOUNS[kind], OPTIONS[kind], str(path))
    if kind == "shards":
        from convscope.data.shards.dataset import open_shards

        return open_shards(path, options)
    if kind == "folder":
        from convscope.data.folder.dataset import open_folder
        from convscope.data.tables.locate import tables_in

        folder = open_folder(path, options)
        if not tables_in(path):
            return folder
        from convscope.data.tables.beside import unused_note

        note = unused_note(folder)
        return replace(folder, notes=(*folder.notes, note)) if note else folder
    reader = {
        "arrays": ("convscope.data.arrays.dataset", "open_arrays"),
        "table": ("convscope.data.tables.dataset", "open_table"),
    }[kind]
    opened: DataSet = getattr(import_module(reader[0]), reader[1])(path, options)
    return opened


def check_options(options: DataOptions, noun: str, applicable: tuple[str, ...], where: str) -> None:
    """Refuse options that do not apply to a kind of data set."""
    refused = [name for name in options.changed() if name not in applicable]
    if refused:
        raise InputError(
            f"{noun}: {' and '.join(refused)} cannot apply to it",
            expected=f"with these data only {', '.join(applicable)}" if applicable else "",
            fix="remove the options"
            + "; give them to `convscope data pack`" * (noun == NOUNS["shards"]),
            where=where,
        )
