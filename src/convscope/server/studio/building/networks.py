"""Networks of the workspace: `networks/NAME.json`, and what a network can be started from."""

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convscope import zoo
from convscope.arch import Architecture
from convscope.arch.draft import short_architecture
from convscope.arch.json_form import checked_text
from convscope.arch.limits import LIMITS
from convscope.errors import ArchitectureError, ConvscopeError, InputError
from convscope.io import storage
from convscope.record import Record
from convscope.server.answers import refusal
from convscope.server.studio.building.text import pretty
from convscope.server.studio.language import Translate
from convscope.shapes import CHW

FOLDER = "networks"
NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
MOST = 1_000


class Saved(Record):
    """A network of the workspace: its name, its path from there, when it was written (seconds)."""

    name: str
    path: str
    modified: float


class Networks(Record):
    """All of them, the newest first."""

    networks: tuple[Saved, ...]


class Opened(Record):
    """A network as the text of the editor, and where it comes from."""

    text: str
    source: str


def saved(root: Path) -> Networks:
    """Return the networks of a workspace."""
    folder = root / FOLDER
    files = folder.glob("*.json") if folder.is_dir() else ()
    rows = []
    for file in files:
        try:
            status = file.lstat()
        except OSError:
            continue
        if NAME.fullmatch(file.stem) and file.is_file() and not file.is_symlink():
            path = f"{FOLDER}/{file.name}"
            rows.append(Saved(name=file.stem, path=path, modified=status.st_mtime))
    rows.sort(key=lambda row: -row.modified)
    return Networks(networks=tuple(rows[:MOST]))


def save(root: Path, name: str, text: str, *, replace: bool) -> Saved:
    """Write a network.

    Raises:
        InputError: a name that no architecture has.
        ArchitectureError: the network does not fit.
        Refusal: 409, there is one of that name, and `replace` is False.
        StorageError: the disk is full, or the folder is read-only.
    """
    path = _path(root, name)
    architecture = Architecture.from_json(text)
    if architecture.name != name:
        architecture = architecture.model_copy(update={"name": name})
    if path.exists() and not replace:
        raise refusal(
            409,
            f"there is a network named {name}",
            fix="choose another name, or replace it",
            where=f"{FOLDER}/{path.name}",
        )
    storage.make_folder(path.parent)
    storage.write_text(path, pretty(short_architecture(architecture)) + "\n")
    return Saved(name=name, path=f"{FOLDER}/{path.name}", modified=path.stat().st_mtime)


def _path(root: Path, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise InputError(
            f"{name[:80]!r} cannot name an architecture",
            expected="lower-case letters, digits and _, at most 64",
        )
    folder = root / FOLDER
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError("this is no folder of the workspace", where=FOLDER)
    return folder / f"{name}.json"


def opened(root: Path, name: str) -> Opened:
    """Return a saved network.

    Raises:
        Refusal: 404, there is none.
        FormatError: the file is no architecture.
    """
    path = _path(root, name)
    if path.is_symlink() or not path.is_file():
        raise refusal(404, f"there is no network named {name}", where=f"{FOLDER}/{path.name}")
    with storage.open_file(path) as file:
        data = file.read(LIMITS.json_bytes + 1)
    return Opened(text=checked_text(data, LIMITS, where=path.name), source=f"{FOLDER}/{path.name}")


class Run(Record):
    """A run, as one to start from."""

    id: str
    name: str


class ImageSet(Record):
    """Size of images, and number of classes, of a known data set."""

    name: str
    shape: tuple[int, int, int]
    num_classes: int


class Starts(Record):
    """Starting points of a network, besides the saved ones."""

    zoo: tuple[str, ...]
    runs: tuple[Run, ...]
    sets: tuple[ImageSet, ...]


SETS = (
    ImageSet(name="MNIST", shape=(1, 28, 28), num_classes=10),
    ImageSet(name="Fashion-MNIST", shape=(1, 28, 28), num_classes=10),
    ImageSet(name="CIFAR-10", shape=(3, 32, 32), num_classes=10),
    ImageSet(name="CIFAR-100", shape=(3, 32, 32), num_classes=100),
    ImageSet(name="ImageNet", shape=(3, 224, 224), num_classes=1000),
)
MOST_RUNS = 60


def starts(runs: Mapping[str, Path]) -> Starts:
    """Return the networks of the zoo, the runs, and sizes of known data sets."""
    rows = [Run(id=key, name=folder.name) for key, folder in list(runs.items())[:MOST_RUNS]]
    return Starts(zoo=tuple(zoo.list_architectures()), runs=tuple(rows), sets=SETS)


def from_zoo(name: str) -> Opened:
    """Return a network of the zoo. Raises Refusal (404) for an unknown name."""
    if name not in zoo.list_architectures():
        raise refusal(404, "there is no such architecture", where=name[:64])
    return Opened(text=pretty(short_architecture(zoo.load(name))), source=name)


def from_run(folder: Path, source: str) -> Opened:
    """Return the architecture of a run. Raises FormatError where it cannot be read."""
    from convscope.training.run.files import ARCHITECTURE, read_file

    try:
        architecture = Architecture.from_json(read_file(folder, ARCHITECTURE), where=ARCHITECTURE)
    except ConvscopeError as error:
        raise error.at(source) from None
    return Opened(text=pretty(short_architecture(architecture)), source=source)


class ReadBody(Record):
    """PyTorch source, and the network that is open: its input is tried first.

    Attributes:
        name: of the network that is open.
    """

    source: str
    name: str = ""
    input: tuple[int, int, int] | None = None
    num_classes: int | None = None


class ReadNetwork(Record):
    """A network that was read, and sentences about what was left out."""

    architecture: dict[str, Any]
    notes: tuple[str, ...]


def from_source(body: ReadBody, translate: Translate) -> ReadNetwork:
    """Return the network in PyTorch source.

    Raises:
        FormatError: a line that cannot be read; `where` has its number.
        ArchitectureError: it does not fit its input.
    """
    from convscope.export.pytorch.reading import read_source

    try:
        result = read_source(body.source, num_classes=body.num_classes)
    except ArchitectureError:
        if body.input is None:
            raise
        size = CHW(*body.input)
        result = read_source(body.source, input=size, num_classes=body.num_classes)
    if body.input and result.architecture.input != body.input:
        with contextlib.suppress(ConvscopeError):  # the size of the open network, where it fits
            size = CHW(*body.input)
            result = read_source(body.source, input=size, num_classes=body.num_classes)
    return ReadNetwork(
        architecture=short_architecture(result.architecture),
        notes=tuple(map(translate, result.notes)),
    )
