"""Models of a workspace: runs, model files, architectures of the zoo, installed weights. No torch.

A row is read from the header of a model file, which is JSON; it is checked when the worker opens
the model. Headers are read again when a file changes.
"""

import functools
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from convscope import __version__
from convscope.io import storage
from convscope.record import Record
from convscope.server.answers import refusal
from convscope.server.studio.workspace import Workspace, id_of
from convscope.text import printable

ModelKind = Literal["run", "file", "zoo", "weights"]
MODEL_NAME = "model.safetensors"
KEY = "convscope"
MOST_HEADER_BYTES = 16 << 20
MOST_FILES = 1_000
LONGEST = 200  # characters of a name


class ModelRow(Record):
    """A model that can be looked at, or an architecture with initial weights.

    Attributes:
        argument: MODEL on the command line.
        input: (C, H, W).
        trained: false for the initial weights of an architecture.
        run: id of its run.
        data: name of the data set that it was trained on.
        accuracy: of the validation, if the file says it.
        changed: seconds since 1970.
    """

    id: str
    name: str
    kind: ModelKind
    argument: str
    architecture: str
    input: tuple[int, ...] = ()
    classes: int | None = None
    trained: bool = True
    run: str | None = None
    data: str | None = None
    accuracy: float | None = None
    bytes: int | None = None
    changed: float | None = None


class ModelList(Record):
    """Everything that can be looked at: runs, files, installed weights, the zoo."""

    models: tuple[ModelRow, ...]


def all_models(workspace: Workspace) -> Iterator[ModelRow]:
    """Yield the rows: runs newest first, files, installed weights, architectures."""
    runs = [_of_run(workspace, run_id, folder) for run_id, folder in workspace.runs().items()]
    trained = [row for row in runs if row is not None]
    yield from sorted(trained, key=lambda row: row.changed or 0, reverse=True)
    for number, path in enumerate(workspace.model_files()):
        if number == MOST_FILES:
            break
        row = _of_file(workspace, path)
        if row is not None:
            yield row
    yield from _of_weights()
    yield from _of_zoo()


def model(workspace: Workspace, model_id: str) -> ModelRow:
    """Return the row of an id.

    Raises:
        Refusal: 404.
    """
    kind, _, rest = model_id.partition("-")
    if kind == "run" and rest in workspace.runs():
        row = _of_run(workspace, rest, workspace.run(rest))
        if row is not None:
            return row
    for row in all_models(workspace):
        if row.id == model_id:
            return row
    raise refusal(404, "there is no such model", where=printable(model_id, 64))


def place(workspace: Workspace, row: ModelRow) -> str:
    """Return a model as `convscope.open` takes it, wherever the process works."""
    return str(workspace.root / row.argument) if row.kind in ("run", "file") else row.argument


def digest(row: ModelRow) -> str:
    """Return 32 hex digits that change when the model or convscope does."""
    facts = f"{__version__} {row.kind} {row.argument} {row.bytes} {row.changed!r}"
    return hashlib.sha256(os.fsencode(facts)).hexdigest()[:32]


def model_id(kind: ModelKind, name: str) -> str:
    """Return the id of a model: `run-mine`, `zoo-lenet5`."""
    return id_of(f"{kind}-{id_of(name)}")


def _of_run(workspace: Workspace, run_id: str, folder: Path) -> ModelRow | None:
    card = card_of(folder / MODEL_NAME)
    if card is None:
        return None
    argument = workspace.relative(folder)
    own = {"id": model_id("run", run_id), "name": argument, "kind": "run", "run": run_id}
    return _row(own, argument, folder / MODEL_NAME, card)


def _of_file(workspace: Workspace, path: Path) -> ModelRow | None:
    card = card_of(path)
    if card is None:
        return None
    argument = workspace.relative(path)
    own = {"id": model_id("file", argument), "name": argument, "kind": "file", "run": None}
    return _row(own, argument, path, card)


def _row(own: dict[str, Any], argument: str, path: Path, card: dict[str, Any]) -> ModelRow | None:
    try:
        architecture, status = card["architecture"], path.lstat()
        provenance = card.get("provenance") or {}
        data = provenance.get("data") or {}
        return ModelRow(
            **{**own, "name": printable(own["name"], LONGEST)},
            argument=argument,
            architecture=printable(str(architecture["name"]), LONGEST),
            input=tuple(map(int, architecture["input"])),
            classes=int(architecture["num_classes"]),
            trained=provenance.get("trained") is not False,
            data=printable(str(data["name"]), LONGEST) if "name" in data else None,
            accuracy=_accuracy(card.get("results")),
            bytes=status.st_size,
            changed=status.st_mtime,
        )
    except (OSError, KeyError, TypeError, ValueError, AttributeError, UnicodeError):
        return None


def _accuracy(results: Any) -> float | None:
    """Return the accuracy on a validation split, else on another."""
    if not isinstance(results, dict):
        return None
    reached = {
        str(title): values["accuracy"]
        for title, values in results.items()
        if isinstance(values, dict) and isinstance(values.get("accuracy"), int | float)
    }
    best = next((value for title, value in reached.items() if "validation" in title), None)
    value = best if best is not None else next(iter(reached.values()), None)
    return float(value) if value is not None and 0 <= value <= 1 else None


def card_of(path: Path) -> dict[str, Any] | None:
    """Return the card in the header of a model file; None if it is none of ours."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return _card(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=512)
def _card(path: Path, _changed: int, _size: int) -> dict[str, Any] | None:
    try:
        with storage.open_file(path, follow=False) as file:
            size = int.from_bytes(file.read(8), "little")
            if not 0 < size <= MOST_HEADER_BYTES:
                return None
            header = json.loads(file.read(size))
        card = json.loads(header["__metadata__"][KEY])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(card, dict):
        return None
    kept = ("results", "provenance")
    architecture = card.get("architecture")
    if not isinstance(architecture, dict):
        return None
    facts = {name: architecture.get(name) for name in ("name", "input", "num_classes")}
    return {"architecture": facts, **{name: card.get(name) for name in kept}}


def _of_weights() -> Iterator[ModelRow]:
    from convscope.data.formats.cache import cache_folder
    from convscope.weights.entries import without_sizes
    from convscope.zoo import load

    for entry in without_sizes(cache_folder()):
        if entry.state in ("installed", "downloaded"):
            architecture = load(entry.name.partition("@")[0])
            yield ModelRow(
                id=model_id("weights", entry.name),
                name=entry.name,
                kind="weights",
                argument=entry.name,
                architecture=architecture.name,
                input=(*architecture.input,),
                classes=architecture.num_classes,
                data="imagenet",
            )


def _of_zoo() -> Iterator[ModelRow]:
    from convscope.zoo import list_architectures

    for name in list_architectures():
        channels, height, width, classes = _facts(name)
        yield ModelRow(
            id=model_id("zoo", name),
            name=name,
            kind="zoo",
            argument=name,
            architecture=name,
            input=(channels, height, width),
            classes=classes,
            trained=False,
        )


@functools.cache
def _facts(name: str) -> tuple[int, int, int, int]:
    from convscope.zoo import load

    architecture = load(name)
    return (*architecture.input, architecture.num_classes)
