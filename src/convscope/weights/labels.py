"""Class names: ImageNet's 1000, and files of labels in the forms that people have."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from convscope.arch.json_form import checked_text
from convscope.arch.limits import Limits
from convscope.errors import FormatError, shortened
from convscope.io.csv_text import SEPARATORS, read_rows
from convscope.io.text_file import read_text

FOLDER = Path(__file__).with_name("labels")
MOST_BYTES = 4 * 2**20
MOST_ROWS = 100_000
MOST_LETTERS = 200  # of a label, as in a model file
NESTED = ("labels", "classes", "names", "id2label", "idx_to_class", "class_to_idx", "label2id")
NAME_COLUMNS = ("label", "name", "class", "class_name", "label_name")
NUMBER_COLUMNS = ("index", "id", "class_id", "label_id", "number")
FORMS = (
    "one label per line; JSON: a list, {number: label} or {label: number}; "
    "CSV with the columns index and label"
)


@cache
def imagenet_labels(language: Literal["en", "zh"] = "en") -> tuple[str, ...]:
    """Return the class names in English or Chinese; `labels/NOTICE.md` names their sources."""
    text = (FOLDER / f"imagenet_{language}.json").read_text("utf-8")
    return tuple(json.loads(text)["labels"])


def read_labels(path: Path, *, num_classes: int | None) -> tuple[str, ...]:
    """Return the class names in a text, JSON or CSV file, in the order of the logits.

    Args:
        num_classes: the number that the file must have, if it is known.

    Raises:
        FormatError: it cannot be read, has another form, or another number of labels.
    """
    text = read_text(path, most=MOST_BYTES)
    where = str(path)
    if text.lstrip().startswith(("{", "[")):
        limits = Limits(json_bytes=MOST_BYTES)
        labels = _from_json(json.loads(checked_text(text, limits, where=where)), where)
    elif path.suffix.lower() in (".csv", ".tsv"):
        separators = ("\t",) if path.suffix.lower() == ".tsv" else SEPARATORS
        labels = _from_table(text, separators, where)
    else:
        labels = [line.strip() for line in text.rstrip().splitlines()]
    return checked_labels(labels, num_classes=num_classes, where=where)


def checked_labels(
    labels: Sequence[Any], *, num_classes: int | None, where: str
) -> tuple[str, ...]:
    """Check number and length of labels.

    Raises:
        FormatError: another number than the classes, an empty label, or a very long one.
    """
    for number, label in enumerate(labels):
        if not isinstance(label, str) or not 0 < len(label) <= MOST_LETTERS:
            raise FormatError(
                f"label {number} is {shortened(label)}",
                expected=f"a text of 1 to {MOST_LETTERS} letters",
                where=where,
            )
    if num_classes is not None and len(labels) != num_classes:
        raise FormatError(
            f"{len(labels):,} labels for {num_classes:,} classes",
            expected="one label for each class, in the order of training",
            where=where,
        )
    return tuple(labels)


def _from_json(value: Any, where: str) -> list[Any]:
    if isinstance(value, dict):
        inner = [value[name] for name in NESTED if isinstance(value.get(name), dict | list)]
        value = inner[0] if inner else value
    if isinstance(value, list):
        return [_last(item) for item in value]
    if isinstance(value, dict) and value:
        if all(isinstance(number, int) for number in value.values()):
            return _in_order({number: name for name, number in value.items()}, len(value), where)
        if all(name.isascii() and name.isdigit() and len(name) < 8 for name in value):
            numbered = {int(name): _last(label) for name, label in value.items()}
            return _in_order(numbered, len(value), where)
    raise FormatError("not a list of labels", expected=FORMS, where=where)


def _last(item: Any) -> Any:
    """Return the name in a pair such as ["n01440764", "tench"], Keras' form."""
    return item[-1] if isinstance(item, list) and item else item


def _in_order(numbered: dict[int, Any], count: int, where: str) -> list[Any]:
    missing = [number for number in range(count) if number not in numbered]
    if missing:
        raise FormatError(
            f"no label has the number {missing[0]}",
            expected=f"each number from 0 to {count - 1} once",
            where=where,
        )
    return [numbered[number] for number in range(count)]


def _from_table(text: str, separators: Sequence[str], where: str) -> list[Any]:
    rows, _ = read_rows(text, separators=separators, most=MOST_ROWS, where=where)
    head = [cell.lower() for cell in rows[0]] if rows else []
    names = [place for place, cell in enumerate(head) if cell in NAME_COLUMNS]
    numbers = [place for place, cell in enumerate(head) if cell in NUMBER_COLUMNS]
    width = len(head)
    if any(len(row) != width for row in rows):
        raise FormatError("rows of different lengths", expected=FORMS, where=where)
    if names or numbers:
        rows = rows[1:]
    elif width > 1 and all(row[0].isdecimal() for row in rows):
        numbers, names = [0], [1]
    if width == 1:
        names = [0]
    if not names:
        raise FormatError(f"the columns {shortened(', '.join(head))}", expected=FORMS, where=where)
    labels = [row[names[0]] for row in rows]
    if not numbers:
        return labels
    keys = [row[numbers[0]] for row in rows]
    if not all(key.isascii() and key.isdigit() and len(key) < 8 for key in keys):
        raise FormatError("a number that is not whole", expected=FORMS, where=where)
    numbered = dict(zip(map(int, keys), labels, strict=True))
    return _in_order(numbered, len(rows), where)
