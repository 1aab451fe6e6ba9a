"""Tables beside class folders: unused, unless they label the same images in another way."""

from pathlib import Path

from convscope.data.folder.dataset import FolderSet
from convscope.data.tables.columns import choose_columns, is_label
from convscope.data.tables.dataset import read_labellings
from convscope.data.tables.locate import Finder, tables_in
from convscope.data.tables.rows import read_table
from convscope.errors import ConvscopeError, DataError
from convscope.text import listed

MOST = 0.9  # of the images; a table that names fewer is not the labels of the folder


def unused_note(folder: FolderSet) -> str:
    """Return a sentence about the tables beside class folders, or "".

    Raises:
        DataError: a table gives nearly all images other classes than the folders do. With the
            option `layout` the folders are the classes.
    """
    names = [name for name in tables_in(folder.source) if not name.lower().endswith(".json")]
    if not names:
        return ""
    if folder.options.layout == "auto":
        for name in names:
            _check_agreement(folder, name)
    return (
        f"the folders are the classes; not used: {listed(names)} (name a table to use its labels)"
    )


def _check_agreement(folder: FolderSet, name: str) -> None:
    table = folder.source / name
    try:
        labels = _labels(table)
    except ConvscopeError:
        return  # no table of labels
    class_of = {
        path: folder.classes[label]
        for split, files in folder.files.items()
        for path, label in zip(files.paths, folder.labels[split].tolist(), strict=True)
    }
    pairs = [(class_of[path], label) for path, label in labels.items() if path in class_of]
    if len(pairs) < MOST * len(class_of):
        return
    classes = sorted({label for _, label in pairs})
    if len(classes) < 2 or len(set(pairs)) == len(classes) == len({own for own, _ in pairs}):
        return
    raise DataError(
        "it is not clear whether the folders or a table give the classes: "
        f"{name} names {len(pairs):,} of {len(class_of):,} images",
        expected=f"by the folders, {listed(folder.classes)}; by the table, {listed(classes)}",
        fix=f"for the table, name it: {table}; for the folders, --layout classes, or splits "
        "(in Python DataOptions(layout=...))",
        where=str(folder.source),
    )


def _labels(table: Path) -> dict[str, str]:
    """Return the labels by path, if a column of the table is certainly one of labels."""
    read = read_table(table)
    columns = choose_columns(read, Finder(table.parent).is_name, str(table))
    header = read.rows[0]
    if not columns.one_hot and not (columns.has_header and is_label(header[columns.label])):
        return {}
    return {row.path: row.label for row in read_labellings([table]).rows}
