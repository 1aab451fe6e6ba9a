"""Models and data sets that a request names: as on the command line, inside the workspace."""

from typing import NamedTuple

from convscope.errors import InputError
from convscope.server.studio.workspace import Workspace
from convscope.text import printable


class Named(NamedTuple):
    """A model or a data set.

    Attributes:
        shown: as commands in the workspace name it.
        opened: as any process opens it: an absolute path, or the name.
    """

    shown: str
    opened: str


def named_model(workspace: Workspace, text: str) -> Named:
    """Return a model that a request names.

    Raises:
        InputError: a path outside the workspace, an unknown name, or weights that would have to
            be downloaded.
    """
    from convscope import zoo

    if text in zoo.list_architectures():
        return Named(text, text)
    if "@" in text and "/" not in text:
        return _published(text)
    return _path(workspace, text, "there is no such model")


def named_data(workspace: Workspace, text: str) -> Named:
    """Return a data set that a request names.

    Raises:
        InputError: a path outside the workspace, or one where nothing is.
    """
    from convscope.data import DATASETS

    return (
        Named(text, text)
        if text in DATASETS
        else _path(workspace, text, "there is no such data set")
    )


def _published(text: str) -> Named:
    from convscope.data.formats.cache import cache_folder
    from convscope.weights.entries import without_sizes

    entry = {one.name: one for one in without_sizes(cache_folder())}.get(text)
    if entry is None:
        raise InputError("there are no such weights", where=printable(text, 100))
    if entry.get:
        raise InputError("these weights are not on this machine", fix=entry.get, where=text)
    return Named(text, text)


def _path(workspace: Workspace, text: str, problem: str) -> Named:
    path = workspace.inside(text)
    if not path.exists():
        raise InputError(problem, where=printable(text, 200))
    return Named(workspace.relative(path), str(path))
