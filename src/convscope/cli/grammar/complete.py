"""Names for the completion of a shell: architectures, data sets, recipes, runs ...

Each function gets the beginning of a word and returns names with their descriptions. Where no
name fits, the shell completes files. Nothing here imports torch; a folder is listed, not read.
"""

import os
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from importlib import import_module
from pathlib import Path

import typer

from convscope.listing import Entry

Items = list[tuple[str, str]]

BREAKS = ("@", ":", "=")
"""Characters at which bash separates words, and which are parts of our arguments."""

TYPED = "_CONVSCOPE_COMPLETE_TYPED"
"""Environment variable: beginning of the word at the cursor that the shell keeps."""

RUNS = Path("runs")  # where `convscope train` puts its runs
MOST_RUNS = 200  # newest first
MODEL_FILE = ".safetensors"
RUN_FILES = ("model.safetensors", "recipe.json")  # one of them is in the folder of a run


def join_words(environment: MutableMapping[str, str]) -> None:
    """Join the words that bash separated at @, : and =, which are parts of names and settings.

    Bash replaces only the word at the cursor from the last @, or after the last : or =. What was
    typed before is kept in TYPED, and completions are returned without it.
    """
    if not environment.get("_CONVSCOPE_COMPLETE", "").endswith("_bash"):
        return
    line = environment.get("COMP_WORDS", "")
    between = "\n" if "\n" in line else " "  # the script joins the words by line ends
    words = line.split(between)
    cursor = int(environment.get("COMP_CWORD", "0"))
    words = (words + [""] * cursor)[: cursor + 1]
    joined: list[str] = []
    for word in words:
        if joined and (word in BREAKS or joined[-1].endswith(BREAKS)) and joined[-1]:
            joined[-1] += word
        else:
            joined.append(word)
    current = joined[-1]
    begin = max(current.rfind("@"), *(current.rfind(char) + 1 for char in ":="), 0)
    if begin and not current.startswith("-"):
        environment[TYPED], joined[-1] = current[:begin], current[begin:]
    environment["COMP_WORDS"] = between.join(joined)
    environment["COMP_CWORD"] = str(len(joined) - 1)


def architectures(incomplete: str) -> Items:
    """Return architectures of the zoo."""
    return _fitting(_entries("zoo"), incomplete)


def datasets(incomplete: str) -> Items:
    """Return published data sets."""
    return _fitting(_entries("data"), incomplete)


def recipes(incomplete: str) -> Items:
    """Return recipes."""
    return _fitting(_entries("recipes"), incomplete)


def visuals(incomplete: str) -> Items:
    """Return visuals, and `all`."""
    every = Entry(name="all", summary="Every visual that applies, on one page.")
    return _fitting([every, *_entries("visuals")], incomplete)


def filters(incomplete: str) -> Items:
    """Return classic filters."""
    return _fitting(_entries("filters"), incomplete)


def labs(incomplete: str) -> Items:
    """Return labs."""
    return _fitting(_entries("labs"), incomplete)


def chapters(incomplete: str) -> Items:
    """Return chapters of the course."""
    from convscope.lessons.course import folders

    known = (Entry(name=one.id, summary=f"chapter {one.number}") for one in folders())
    return _fitting(known, incomplete)


def samples(incomplete: str) -> Items:
    """Return sample inputs."""
    from convscope.samples import SAMPLES

    known = (Entry(name=name, summary=sample.about) for name, sample in SAMPLES.items())
    return _fitting(known, incomplete)


def models(incomplete: str) -> Items:
    """Return runs, model files of this folder, architectures and published weights.

    Of the weights only those that are installed, until the word has an @.
    """
    has_name = "@" in os.environ.get(TYPED, "") + incomplete
    if has_name:
        return _fitting(_weights(), incomplete)
    named: list[Entry] = []
    if os.sep not in incomplete:
        installed = [entry for entry in _weights() if entry.state != "not downloaded"]
        named = [*installed, *_entries("zoo")]
    return [*runs(incomplete), *_model_files(incomplete), *_fitting(named, incomplete)]


def trainable(incomplete: str) -> Items:
    """Return architectures and published weights, to train or to fine-tune."""
    return _fitting([*_entries("zoo"), *_weights()], incomplete)


def runs(incomplete: str) -> Items:
    """Return run folders under runs/, newest first."""
    return [(path, "run") for path in _run_folders() if path.startswith(incomplete)]


def list_names(ctx: typer.Context, incomplete: str) -> Items:
    """Return the names of the kind that stands before on the command line of `list`."""
    from convscope.cli.list import Kind, entries

    kind = ctx.params.get("kind")
    if kind not in list(Kind):
        return []
    return _fitting(entries(Kind(kind)), incomplete)


def engines(incomplete: str) -> list[str]:
    """Return the engines that `bench` measures."""
    from convscope.bench.candidates import ENGINES

    return [name for name in ENGINES if name.startswith(incomplete)]


def levels(incomplete: str) -> list[str]:
    """Return the levels of the engines."""
    from convscope.engine.levels import LEVELS

    return [name for name in LEVELS if name.startswith(incomplete)]


def layouts(incomplete: str) -> list[str]:
    """Return the layouts that `export` writes weights in."""
    from convscope.export.target import LAYOUTS

    return [name for name in LAYOUTS if name.startswith(incomplete)]


def of(values: Iterable[str]) -> Callable[[str], list[str]]:
    """Return the completion of an option with fixed values."""
    fixed = tuple(values)

    def complete(incomplete: str) -> list[str]:
        return [value for value in fixed if value.startswith(incomplete)]

    return complete


def _entries(package: str) -> list[Entry]:
    entries: list[Entry] = import_module(f"convscope.{package}.entries").entries()
    return entries


def _weights() -> list[Entry]:
    """Return published weights."""
    from convscope.data.formats.cache import cache_folder
    from convscope.weights.entries import without_sizes

    return without_sizes(cache_folder())


def _fitting(entries: Iterable[Entry], incomplete: str) -> Items:
    typed = os.environ.get(TYPED, "")
    return [
        (entry.name.removeprefix(typed), entry.summary)
        for entry in entries
        if entry.name.startswith(typed + incomplete)
    ]


def _run_folders() -> list[str]:
    """Return the folders under runs/ that look like runs, newest first."""
    try:
        with os.scandir(RUNS) as listing:
            folders = [item for item in listing if item.is_dir()]
        folders.sort(key=lambda item: item.stat().st_mtime, reverse=True)
        paths = [Path(item.path) for item in folders[:MOST_RUNS]]
        return [str(path) for path in paths if any((path / name).is_file() for name in RUN_FILES)]
    except OSError:
        return []


def _model_files(incomplete: str) -> Iterator[tuple[str, str]]:
    folder = Path(incomplete).parent if os.sep in incomplete else Path()
    try:
        paths = sorted(str(path) for path in folder.iterdir() if path.suffix == MODEL_FILE)
    except OSError:
        return
    yield from ((path, "model file") for path in paths if path.startswith(incomplete))
