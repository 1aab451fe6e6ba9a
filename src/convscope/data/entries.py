"""Published data sets as entries of a list, without reading them."""

from pathlib import Path

from convscope.data import DATASETS, find
from convscope.errors import DataError
from convscope.listing import Entry, State

PACKAGE = Path(__file__).parent


def entries() -> list[Entry]:
    """Return all data sets, with the state of their files and how to download them."""
    return [_entry(name) for name in DATASETS]


def _entry(name: str) -> Entry:
    dataset = find(name)
    state = _state(name)
    return Entry(
        name=name,
        summary=dataset.title,
        state=state,
        get=f"convscope data get {name}" if state == "not downloaded" else "",
        size_bytes=dataset.download_bytes if state == "not downloaded" else None,
        notes=(("classes", str(len(dataset.classes))), ("images", str(dataset.shape))),
    )


def _state(name: str) -> State:
    dataset = find(name)
    try:
        paths = [dataset.locate(file) for file in dataset.files]
    except DataError:
        return "not downloaded"
    return "installed" if all(path.is_relative_to(PACKAGE) for path in paths) else "downloaded"
