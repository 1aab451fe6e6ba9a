"""Lists of names: one entry for each name, without importing what it names.

A package with names for the user (architectures, data sets, recipes ...) has a module `entries`
whose function of that name returns them. A description stands once, where its subject is written:
as the first sentence of a docstring, or in the literal that lists the names. No torch here.
"""

import ast
import importlib.util
from dataclasses import dataclass
from functools import cache
from typing import Literal

State = Literal["", "installed", "downloaded", "not installed", "not downloaded"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One name of a list.

    Attributes:
        summary: one line of description.
        group: heading under which the name stands.
        state: whether its files are on this machine; empty for a name without files.
        get: command or sentence that says how to get what is missing.
        size_bytes: of the download; None if nothing is downloaded.
        notes: further facts, by their headings: `paper`, `needs`, `measured`.
    """

    name: str
    summary: str
    group: str = ""
    state: State = ""
    get: str = ""
    size_bytes: int | None = None
    notes: tuple[tuple[str, str], ...] = ()


@cache
def source_of(module: str) -> ast.Module:
    """Return the parsed source of a module that is not imported."""
    spec = importlib.util.find_spec(module)
    source = spec.loader.get_source(module) if spec and spec.loader else ""  # type: ignore[attr-defined]
    return ast.parse(source or "")


def function_of(module: str, name: str) -> ast.FunctionDef:
    """Return the definition of a function at the top of a module that is not imported."""
    definitions = (node for node in source_of(module).body if isinstance(node, ast.FunctionDef))
    return next(node for node in definitions if node.name == name)


def first_sentence(node: ast.Module | ast.FunctionDef) -> str:
    """Return the first sentence of the docstring of a module or function, on one line."""
    return sentence(ast.get_docstring(node) or "")


def sentence(docstring: str) -> str:
    """Return the first paragraph of a docstring up to its first full stop, on one line."""
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    first, stop, _ = paragraph.partition(". ")
    return first + "." * bool(stop)
