"""From the form to the command line: names, ids and settings of a run to start. No torch."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from convscope import zoo
from convscope.errors import ConvscopeError, InputError, unknown_name
from convscope.server.studio.training.records import Setup
from convscope.server.studio.workspace import Workspace
from convscope.text import printable

RUN_NAME = re.compile(r"[a-z0-9_-]{1,64}")
CHINESE = re.compile("[\u4e00-\u9fff]")
MOST_SETTINGS = 200
NETWORKS = "networks"


def fault(error: ConvscopeError) -> str:
    """Return the parts of an error, one on each line: each is translated by itself."""
    parts = (
        error.given,
        f"expected: {error.expected}" if error.expected else "",
        f"fix: {error.fix}" if error.fix else "",
    )
    return "\n".join(printable(part.replace("\n", " ")) for part in parts if part)


def parts_of(line: str) -> str:
    """Return an error that was written on one line as `fault` does: `failure.json` has such."""
    return re.sub(r"; (?=(?:expected|fix): )", "\n", line)


def sentence(text: str, translate: Callable[[str], str]) -> str:
    """Return what `fault` made as one sentence in the language of a request."""
    parts = [translate(part) for part in text.split("\n")]
    return ("；" if any(map(CHINESE.search, parts)) else "; ").join(parts)


def network_argument(workspace: Workspace, text: str) -> str:
    """Return the network as the command line takes it.

    Args:
        text: a zoo name, `name@weights`, a path, the name of a saved network, or the id of a run.

    Raises:
        InputError: there is none (the nearest names), or the path lies outside the workspace.
    """
    if text in zoo.list_architectures():
        return text
    if "@" in text and "/" not in text:
        name = text.partition("@")[0]
        if name not in zoo.list_architectures():
            raise unknown_name("architecture", name, zoo.list_architectures())
        return text
    if text in workspace.runs():
        return workspace.relative(workspace.run(text))
    saved = f"{NETWORKS}/{text}.json"
    if RUN_NAME.fullmatch(text) and (workspace.root / saved).is_file():
        return saved
    if "/" in text or text.endswith((".json", ".safetensors")):
        path = workspace.inside(text)
        if not path.exists():
            raise InputError("there is no such network", where=printable(text, 200))
        return _as_argument(workspace.relative(path))
    raise unknown_name("architecture", printable(text, 100), zoo.list_architectures())


def data_argument(workspace: Workspace, text: str) -> str:
    """Return the data as the command line takes them.

    Raises:
        InputError: there are none (the nearest names), or the path lies outside the workspace.
    """
    from convscope import data as datasets

    if datasets.is_known(text):
        return text
    names = datasets.list_datasets()
    if not text:
        raise InputError("no data are chosen", expected="a data set, or a folder of images")
    path = workspace.inside(text)
    if path.exists():
        return _as_argument(workspace.relative(path))
    raise unknown_name("data set", printable(text, 100), names)


def _as_argument(path: str) -> str:
    return f"./{path}" if path.startswith("-") else path


def arguments(network: str, data: str, setup: Setup) -> list[str]:
    """Return the arguments of `train` and `lr-range` for what is trained, and how.

    Raises:
        InputError: too many settings, or a name that is none.
    """
    parts = [network, data]
    if setup.recipe is not None:
        parts += ["--recipe", setup.recipe]
    if setup.input:
        parts += ["--input", setup.input]
    for text in setting_texts(setup.settings):
        parts += ["--set", text]
    return parts


def setting_texts(settings: Mapping[str, Any]) -> list[str]:
    """Return settings as `name=value`, values as JSON, or a word as it is.

    Raises:
        InputError: too many, or a name that is none.
    """
    if len(settings) > MOST_SETTINGS:
        raise InputError(f"{len(settings)} settings", expected=f"at most {MOST_SETTINGS}")
    texts = []
    for name, value in settings.items():
        if not re.fullmatch(r"[A-Za-z0-9_.]{1,200}", name):
            raise InputError(
                f"{printable(name, 60)} is not the name of a setting", expected="as optimiser.type"
            )
        is_word = isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value)
        word = str(value) if is_word and value not in ("true", "false", "null") else ""
        texts.append(f"{name}={word or json.dumps(value)}")
    return texts


def run_name(workspace: Workspace, name: str, network: str, data: str, taken: set[str]) -> str:
    """Return the name of a new run folder below runs/.

    Args:
        name: as the user wrote it; "" for the first free `network-data-N`.
        taken: ids of runs that wait for their folder.

    Raises:
        InputError: not a name, or there is a run of that name.
    """
    runs = workspace.root / "runs"
    if name:
        if not RUN_NAME.fullmatch(name):
            raise InputError(
                f"{printable(name, 80)} cannot name a run",
                expected="small letters, digits, - and _, at most 64",
                where="name",
            )
        if name in taken or (runs / name).exists():
            raise InputError(
                f"there is a run named {name}", fix="choose another name", where="name"
            )
        return name
    stem = "-".join(_stem(part) for part in (network, data))[:56].strip("-") or "run"
    number = 1
    while f"{stem}-{number}" in taken or (runs / f"{stem}-{number}").exists():
        number += 1
    return f"{stem}-{number}"


def _stem(argument: str) -> str:
    """Return the last part of a path without its ending, in letters that an id may have."""
    last = argument.rstrip("/").rpartition("/")[2].lower()
    last = re.sub(r"\.(json|safetensors|npz|csv|tsv)$", "", last)
    return re.sub(r"[^a-z0-9_]+", "_", last).strip("_")


def command_line(verb: str, parts: list[str]) -> str:
    """Return the command that does the same, to be copied into a shell."""
    return shlex.join(["convscope", verb, *parts])
