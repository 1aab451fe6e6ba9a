"""Files that the figures of the course need: architectures, comparisons, weights, images.

`read("comparison/mlp_or_cnn.zh.json")` returns the bytes of a file, for the studio's route
`/api/lessons/data/NAME` and for the static site, which writes all `names()`. Sentences are in the
language that a name ends with. What is computed comes from the zoo and the labs; what takes a
training or photos lies in `files/`, written by `tools/lesson_data.py`.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from convscope.errors import unknown_name
from convscope.lang import LANGUAGES, Translate, translator_to

FILES = Path(__file__).parent / "files"
NETWORK = "network/"

__all__ = ["FILES", "media_type", "names", "read"]

Compute = Callable[[Translate], object]

TYPES = {
    ".json": "application/json",
    ".onnx": "application/octet-stream",
    ".cvi": "application/octet-stream",
    ".gz": "application/octet-stream",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}


def names() -> tuple[str, ...]:
    """Return the names of the site's files, sorted. `read` has all networks of the zoo, too."""
    from convscope.lessons.data.networks import COURSE

    shown = [name for name in _computed() if not name.startswith(NETWORK)]
    shown += [NETWORK + name for name in COURSE]
    computed = (f"{name}.{language}.json" for name in shown for language in LANGUAGES)
    return tuple(sorted([*computed, *_stored()]))


@cache
def read(name: str) -> bytes:
    """Return the content of a file.

    Raises:
        InputError: an unknown name; the message suggests the nearest.
    """
    stored = _stored()
    if name in stored:
        return stored[name].read_bytes()
    base, _, language = name.removesuffix(".json").rpartition(".")
    computed = _computed()
    if base not in computed or language not in LANGUAGES or not name.endswith(".json"):
        raise unknown_name("file", name, names(), see="")
    data = computed[base](translator_to(language))
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def media_type(name: str) -> str:
    """Return the media type of a file."""
    return TYPES.get(Path(name).suffix, "application/octet-stream")


@cache
def _stored() -> dict[str, Path]:
    return {path.relative_to(FILES).as_posix(): path for path in _files() if path.is_file()}


def _files() -> Iterator[Path]:
    return (path for path in FILES.rglob("*") if not path.name.startswith("."))


@cache
def _computed() -> dict[str, Compute]:
    from convscope.lessons.data import classes, comparisons, history, networks

    return {
        **{NETWORK + name: networks.writer(name) for name in networks.names()},
        **{f"comparison/{name}": comparisons.writer(name) for name in comparisons.names()},
        "history": history.data,
        "imagenet": classes.labels,
    }
