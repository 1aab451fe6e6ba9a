"""Errors that say what was given, what was expected, how to fix it, and where.

Every mistake that a user can make ends in one of these classes; the command line prints it
without a traceback. `assert` is for our own mistakes.
"""

import difflib
from collections.abc import Callable, Iterable
from typing import Any

MOST_PROBLEMS = 10_000  # each costs some 10 microseconds and 500 bytes to tell


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
        super().__init__(given)

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross from worker processes: copied with all four parts."""
        return _restored, (type(self), self.given, self.expected, self.fix, self.where)

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


def _restored(
    kind: type[ConvscopeError], given: str, expected: str, fix: str, where: str
) -> ConvscopeError:
    return kind(given, expected=expected, fix=fix, where=where)


class InputError(ConvscopeError, ValueError):
    """A value, name or option that does not fit. Exit code 2 on the command line."""


class ArchitectureError(ConvscopeError, ValueError):
    """A network that cannot be: shapes that do not fit, limits passed. `where` is the path."""


class Unsupported(ConvscopeError, ValueError):  # noqa: N818  the name that DESIGN gives it
    """A layer or a composition that an export or a drawing cannot express."""


class FormatError(ConvscopeError, ValueError):
    """A file that is not what it says it is: corrupt, truncated, hostile, of another version."""


class DataError(ConvscopeError, ValueError):
    """A data set that is missing, incomplete, or contradicts itself."""


class StorageError(ConvscopeError, OSError):
    """The disk refused: full, read-only, gone. What was there before is still there."""


class TrainingError(ConvscopeError, RuntimeError):
    """Training cannot go on: a loss that is not finite, memory that ran out."""


def shortened(value: object) -> str:
    """A value as a message shows it: its repr, of at most 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The names closest to `name`, best first; at most three.

    A name that is contained in a longer one counts as close ("resnet" -> "resnet18").
    """
    name = name[:80]  # nobody means more, and comparing costs the square
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
    return kind(f"there is no {noun} named {shortened(name)}", expected=f"one of {shown}", fix=fix)


def from_validation(
    error: Any,
    *,
    kind: type[ConvscopeError],
    where: str = "",
    place: Callable[[tuple[int | str, ...]], str] | None = None,
) -> ConvscopeError:
    """A pydantic ValidationError as one of ours; the first problem, with its place.

    Args:
        error: `pydantic.ValidationError`; not imported here, so that errors cost nothing.
        kind: the class to raise.
        where: what was being read, put before the field's own path.
        place: turns pydantic's location into a path, where joining it with dots says less.
    """
    if error.error_count() > MOST_PROBLEMS:
        return kind(
            f"{error.error_count():,} fields do not fit",
            expected="the form that this program writes itself",
            where=where,
        )
    problems = error.errors(include_url=False)
    unknown = ("extra_forbidden", "unexpected_keyword_argument")
    # a misspelt field is reported as itself before it is reported as missing
    first = min(problems, key=lambda problem: problem["type"] not in unknown)
    where = ".".join(part for part in (where, (place or _dotted)(first["loc"])) if part)
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ConvscopeError):
        inner = kind(cause.given, expected=cause.expected, fix=cause.fix, where=cause.where)
        return inner.at(where)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    if first["type"] == "union_tag_invalid":
        tag = str(first["ctx"]["tag"])
        tags = [name.strip(" '") for name in first["ctx"]["expected_tags"].split(",")]
        return unknown_name("type", tag, tags, kind=kind).at(where)
    if first["type"] in unknown:
        message, expected = f"unknown field {shortened(first['loc'][-1])}{more}", ""
    elif first["type"] in ("missing", "missing_argument"):
        message, expected = f"the field {first['loc'][-1]!r} is missing{more}", ""
    else:
        message, expected = f"{shortened(first.get('input'))} does not fit{more}", str(first["msg"])
    return kind(message, expected=expected, where=where)


def _dotted(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:80] for part in loc if not str(part).startswith("function-"))
