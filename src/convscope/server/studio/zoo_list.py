"""The list of the zoo and the outlines of its diagrams, computed once for a version of the source.

168 networks are described, traced and measured in about a second, so the answers are kept in the
cache folder. They belong to the files from which they are computed: a file that changed makes new
ones.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convscope import __version__
from convscope.errors import ConvscopeError
from convscope.io import storage
from convscope.server.studio.language import Translate

if TYPE_CHECKING:
    from convscope.server.studio.worker.child import Report

SOURCES = ("arch", "layers", "render/diagram", "shapes.py", "zoo")
FOLDER = "studio"
MOST_BYTES = 32 << 20
OUTLINED = ("type", "role", "shape", "times", "operation")
PROSE = ("group", "summary")
OF_RESULT = ("protocol", "source", "weights")


def architectures_json(write: Translate) -> bytes:
    """Return the list of all architectures, with the state of their weights, as JSON."""
    weights = _weights(write)
    entries = [
        {"card": _in_words(card, write), "weights": weights.get(card["name"], [])}
        for card in _cards()
    ]
    return json.dumps({"entries": entries}, ensure_ascii=False, separators=(",", ":")).encode()


def entry_of(name: str, write: Translate) -> dict[str, Any]:
    """Return one entry of the list."""
    card = next(card for card in _cards() if card["name"] == name)
    return {"card": _in_words(card, write), "weights": _weights(write).get(name, [])}


@cache
def outlines_json() -> bytes:
    """Return what a small drawing of each architecture needs, by its name, as JSON."""
    return _kept("outlines", _outlines)


def source(args: dict[str, Any], _progress: "Report") -> dict[str, str]:
    """Return a network as JSON and as PyTorch source; a task of the worker: it needs torch."""
    from convscope.export.pytorch.source import pytorch_source
    from convscope.zoo import load

    architecture = load(args["name"])
    return {
        "architecture": architecture.to_json(),
        "pytorch": pytorch_source(architecture),
        "pytorch_command": f"convscope export {architecture.name} --to pytorch "
        f"-o {architecture.name}.py",
    }


@cache
def _cards() -> list[dict[str, Any]]:
    cards = json.loads(_kept("cards", _all_cards))
    assert isinstance(cards, list)
    return cards


def _all_cards() -> list[dict[str, Any]]:
    from convscope.zoo.cards import cards

    return [card.model_dump(mode="json") for card in cards()]


def _in_words(card: dict[str, Any], write: Translate) -> dict[str, Any]:
    """Return a card with its sentences in a language."""
    own = card | {name: write(card[name]) for name in PROSE}
    if own["result"]:
        own["result"] = own["result"] | {name: write(own["result"][name]) for name in OF_RESULT}
    return own


def _weights(write: Translate) -> dict[str, list[dict[str, Any]]]:
    """Return the published weights of each architecture, and whether they are on this machine."""
    from convscope.data.formats.cache import cache_folder
    from convscope.weights.entries import without_sizes

    of: dict[str, list[dict[str, Any]]] = {}
    for entry in without_sizes(cache_folder()):
        is_here = entry.state in ("installed", "downloaded")
        row = {
            "name": entry.name,
            "summary": write(entry.summary),
            "is_here": is_here,
            "get": write(entry.get),
        }
        of.setdefault(entry.name.partition("@")[0], []).append(row)
    return of


def _outlines() -> dict[str, Any]:
    from convscope.render.diagram import diagram_data
    from convscope.zoo import list_architectures, load

    return {name: _outline(diagram_data(load(name))["items"]) for name in list_architectures()}


def _outline(items: Any) -> list[dict[str, Any]]:
    """Return diagram items without names: stages are opened, auxiliary heads left out."""
    outlines: list[dict[str, Any]] = []
    for item in items:
        if item["type"] == "stage":
            outlines += _outline(item["items"])
        elif item["type"] != "head":
            own = {name: item[name] for name in OUTLINED if name in item}
            if "branches" in item:
                own["branches"] = [_outline(branch) for branch in item["branches"]]
            own |= {name: _outline(item[name]) for name in ("body", "branch") if name in item}
            outlines.append(own)
    return outlines


def _kept(name: str, compute: Callable[[], Any]) -> bytes:
    """Return a JSON text from the cache folder, or compute it and keep it there."""
    path = _folder() / f"{name}-{_fingerprint()}.json"
    with contextlib.suppress(ConvscopeError, OSError, ValueError):
        raw = storage.read_bytes(path, most=MOST_BYTES, follow=False)
        json.loads(raw)
        return raw
    raw = json.dumps(compute(), ensure_ascii=False, separators=(",", ":")).encode()
    with contextlib.suppress(ConvscopeError, OSError):  # without a cache it is only slower
        storage.make_folder(path.parent)
        for old in path.parent.glob(f"{name}-*.json"):
            old.unlink()
        storage.write(path, [raw])
    return raw


def _folder() -> Path:
    from convscope.data.formats.cache import cache_folder

    return cache_folder() / FOLDER


@cache
def _fingerprint() -> str:
    """Return a digest of the version and of names, sizes and times of the sources."""
    digest = hashlib.sha256(__version__.encode())
    package = Path(str(resources.files("convscope")))
    for place in SOURCES:
        for path in sorted(_files(package / place)):
            status = os.stat(path)
            digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _files(place: Path) -> Iterator[Path]:
    return place.rglob("*.py") if place.is_dir() else iter((place,))
