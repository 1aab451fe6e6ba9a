"""Errors that say what was given, what was expected, how to fix it, and where.

Every mistake that a user can make ends in one of these classes; the command line prints it
without a traceback. `assert` is for our own mistakes.
"""

import difflib
from collections.abc import Iterable
from typing import Any


class ConvscopeError(Exception):
    """Base of every error that is meant to be read by a user.

    Args:
        given: what was found, in words and values.
        expected: what would have been right.
        fix: what to do about it.
        where: a path in an architecture, a file, or a file and a field.
    """

    def __init__(self, given: str, *, expected: str = "", fix: str = "", where: str = "") -> None:
        self.given = given
        self.expected = expected
        self.fix = fix
        self.where = where
        super().__init__(given, expected, fix, where)

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.given}" if self.where else self.given]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)

    def at(self, where: str) -> "ConvscopeError":
        """The same error with its place: `where` is put before the place it already has."""
        joined = ".".join(part for part in (where, self.where) if part)
        return type(self)(self.given, expected=self.expected, fix=self.fix, where=joined)


class InputError(ConvscopeError, ValueError):
    """A value, name or option that does not fit. Exit code 2 on the command line."""


class ArchitectureError(ConvscopeError, ValueError):
    """A network that cannot be: shapes that do not fit, limits passed. `where` is the path."""


class FormatError(ConvscopeError, ValueError):
    """A file that is not what it says it is: corrupt, truncated, hostile, of another version."""


class DataError(ConvscopeError, ValueError):
    """A data set that is missing, incomplete, or contradicts itself."""


class StorageError(ConvscopeError, OSError):
    """The disk refused: full, read-only, gone. What was there before is still there."""


class TrainingError(ConvscopeError, RuntimeError):
    """Training cannot go on: a loss that is not finite, memory that ran out."""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The names closest to `name`, best first; at most three.

    A name that is contained in a longer one counts as close ("resnet" -> "resnet18").
    """
    names = {known.lower(): known for known in sorted(set(known))}
    close = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.6)
    if name:
        close += [n for n in names if name.lower() in n and n not in close]
    return [names[n] for n in close[:3]]


def unknown_name(
    noun: str,
    name: str,
    known: Iterable[str],
    *,
    see: str = "",
    kind: type[ConvscopeError] = InputError,
) -> ConvscopeError:
    """The error for a name that is not in a list, with the nearest ones.

    Args:
        noun: what the name stands for, in the singular: "architecture", "layer".
        see: the command that prints the whole list.
        kind: the class of the error.
    """
    names = sorted(set(known))
    close = nearest(name, names)
    fix = f"did you mean {' or '.join(close)}?" if close else ""
    if see:
        fix = f"{fix} `{see}` lists all." if fix else f"`{see}` lists all."
    shown = ", ".join(names[:12]) + (f", ... ({len(names)} in all)" if len(names) > 12 else "")
    return kind(f"there is no {noun} named {name!r}", expected=f"one of {shown}", fix=fix)


def from_validation(
    error: Any, *, kind: type[ConvscopeError], where: str = "", place: str | None = None
) -> ConvscopeError:
    """A pydantic ValidationError as one of ours; the first problem, with its place.

    Args:
        error: `pydantic.ValidationError`; not imported here, so that errors cost nothing.
        kind: the class to raise.
        where: what was being read, put before the field's own path.
        place: the field's path, where pydantic's own would say less.
    """
    problems = error.errors(include_url=False)
    unknown = ("extra_forbidden", "unexpected_keyword_argument")
    # a misspelt field is reported as itself before it is reported as missing
    first = min(problems, key=lambda problem: problem["type"] not in unknown)
    if place is None:
        loc = (str(part) for part in first["loc"])
        place = ".".join(part for part in loc if not part.startswith("function-"))
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ConvscopeError):
        inner = kind(cause.given, expected=cause.expected, fix=cause.fix, where=cause.where)
        place = ".".join(part for part in (where, place) if part)
        return inner.at(place) if place else inner
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    given = repr(first.get("input"))
    given = given if len(given) <= 80 else given[:77] + "..."
    if first["type"] == "union_tag_invalid":
        tag = str(first["ctx"]["tag"])
        tags = [name.strip(" '") for name in first["ctx"]["expected_tags"].split(",")]
        return unknown_name("type", tag, tags, kind=kind).at(
            ".".join(part for part in (where, place) if part)
        )
    if first["type"] in unknown:
        message, expected = f"unknown field {first['loc'][-1]!r}{more}", ""
    elif first["type"] in ("missing", "missing_argument"):
        message, expected = f"the field {first['loc'][-1]!r} is missing{more}", ""
    else:
        message, expected = f"{given} does not fit{more}", str(first["msg"])
    where = ".".join(part for part in (where, place) if part)
    return kind(message, expected=expected, where=where)
