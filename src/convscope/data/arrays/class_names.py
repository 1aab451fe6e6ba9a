"""Class names of numbered labels: of EMNIST's and Kuzushiji's own files, and given by the user."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convscope.data.arrays.roles import role_of
from convscope.data.names import check_class_names
from convscope.errors import DataError, FormatError
from convscope.io.text_file import read_text
from convscope.text import printable

MAX_NAMES_BYTES = 1 << 22
MAX_CLASSES = 100_000


def published_names(folder: Path, group: str) -> tuple[dict[int, str], str]:
    """Return names by label from the file that EMNIST or Kuzushiji carry, and a note.

    `emnist-letters-mapping.txt` has a label and the codes of its characters on each line;
    `kmnist_classmap.csv` has the columns index, codepoint and char.
    """
    for path in sorted(folder.glob("*mapping.txt")) if "emnist" in group else ():
        if role_of(path.stem.replace("mapping", "")).group == group:
            lines = [
                line.split()
                for line in read_text(path, most=MAX_NAMES_BYTES).splitlines()
                if line.strip()
            ]
            if not all(len(line) > 1 and all(map(_is_code, line)) for line in lines):
                raise FormatError(
                    "not a mapping", expected="a label and codes of characters", where=path.name
                )
            names = {
                int(label): "".join(dict.fromkeys(chr(int(code)) for code in codes))
                for label, *codes in lines
            }
            return names, f"class names from {path.name}"
    for path in sorted(folder.glob(f"{group.split(' ')[0]}_classmap.csv")) if group else ():
        rows = list(csv.DictReader(read_text(path, most=MAX_NAMES_BYTES).splitlines()))
        if rows and all(_is_code(row.get("index") or "") and row.get("char") for row in rows):
            return {int(row["index"]): row["char"] for row in rows}, f"class names from {path.name}"
    return {}, ""


def _is_code(text: str) -> bool:
    return re.fullmatch("[0-9]{1,6}", text) is not None


def numbered(
    labels: dict[str, NDArray[Any]],
    names: Sequence[str] | dict[int, str],
    where: str,
    *,
    partial: bool = False,
) -> tuple[tuple[str, ...], dict[str, NDArray[np.int64]], str]:
    """Return class names, class indices of every split, and a note.

    Args:
        labels: numbers or texts; the classes are those of "train", or of the only split.
        names: of the classes, in label order or by label; without them the labels are the names.
        partial: see `DataOptions`; the classes are those of all splits.

    Raises:
        DataError: a label without a name, or one that no training image has; too many classes.
    """
    first = "train" if "train" in labels else next(iter(labels))
    kinds = {array.dtype.kind in "U" for array in labels.values()}
    if len(kinds) > 1:
        raise DataError("some labels are numbers and others are texts", where=where)
    values = np.unique(np.concatenate(list(labels.values())) if partial else labels[first])
    if len(values) > MAX_CLASSES:
        raise DataError(
            f"{len(values):,} different labels", expected=f"at most {MAX_CLASSES:,}", where=where
        )
    note, by_value = "", {value: str(value) for value in values.tolist()}
    if names and kinds == {False}:
        by_value, note = _named(values, names, where)
    elif names:
        raise DataError("the labels are texts already", fix="remove the class names", where=where)
    order = np.array(list(by_value))
    indices = {}
    for split, array in labels.items():
        unknown = ~np.isin(array, order)
        if unknown.any():
            raise DataError(
                f"{int(unknown.sum()):,} of {len(array):,} labels of {split} are not in {first}, "
                f"such as {printable(str(array[unknown][0]), 80)}",
                expected=f"the {len(order)} labels of {first}",
                where=where,
            )
        indices[split] = np.searchsorted(order, array).astype(np.int64)
    classes = tuple(by_value.values())
    check_class_names(classes, where)
    return classes, indices, note


def _named(
    values: NDArray[Any], names: Sequence[str] | dict[int, str], where: str
) -> tuple[dict[int, str], str]:
    note = ""
    if not isinstance(names, dict):
        begin = 1 if values[0] == 1 and values[-1] == len(names) else 0
        names = {begin + index: name for index, name in enumerate(names)}
        note = f"the labels 1 to {len(names)} are the {len(names)} class names" if begin else ""
    unknown = [value for value in values.tolist() if value not in names]
    if unknown:
        raise DataError(
            f"{len(unknown):,} labels without a class name, such as {unknown[0]}",
            expected=f"labels {min(names)} to {max(names)}, for {len(names)} names",
            where=where,
        )
    absent = [name for value, name in sorted(names.items()) if value not in values]
    if absent:
        note = f"{len(absent)} of {len(names)} classes have no training image"
    return dict(sorted(names.items())), note
