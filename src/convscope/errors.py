"""Error classes with the given value, the expected one, a fix, and the location.

All mistakes of users raise one of these classes, which the command line prints without a
traceback. `assert` is for errors of convscope itself.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from convscope.text import MOST_PRINTED, listed, printable

UNUSABLE_OUTPUT = "unusable_output"
"""Code of the error for an output that the command line should not have named."""
BOUNDS = {
    "greater_than": "a number greater than {}",
    "greater_than_equal": "a number of at least {}",
    "less_than": "a number below {}",
    "less_than_equal": "a number of at most {}",
    "literal_error": "one of {}",
    "enum": "one of {}",
}
"""Words for the limits that pydantic checks, by the type of its problem."""
KINDS = {
    "int_": "a whole number",
    "float_": "a number",
    "finite_number": "a finite number",
    "bool_": "true or false",
    "string_unicode": "a text in valid unicode",
    "string_": "a text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "names with values",
    "model_attributes_type": 'an object, as a layer, or {"type": ...}',
    "mapping_type": "names with values",
    "model_type": "names with values",
    "dataclass_type": "names with values",
    "none_required": "null",
    "path_type": "a path",
}
"""Words for the kinds of values, by how the type of pydantic's problem begins."""
MOST_PROBLEMS = 10_000  # reporting one takes 10 microseconds and 500 bytes


class ConvscopeError(Exception):
    """Base of all errors for users.

    Args:
        given: the problem, with the value.
        expected: a valid value.
        fix: an action that solves it.
        where: a path in an architecture, a file, or a file and a field.
        code: the kind of problem where a program tells several apart, as "too_large".
    """

    def __init__(
        self, given: str, *, expected: str = "", fix: str = "", where: str = "", code: str = ""
    ) -> None:
        self.given = given
        self.code = code
        self.expected = expected
        self.fix = fix
        self.where = where
        super().__init__(given)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with all parts, since errors cross process borders."""
        parts = (self.given, self.expected, self.fix, self.where, self.code)
        return _restored, (type(self), *parts)

    def __str__(self) -> str:
        """Return all parts as text for a terminal: they may hold names that others chose."""
        parts = (self.given, self.expected, self.fix, self.where)
        given, expected, fix, where = (printable(part, MOST_PRINTED) for part in parts)
        lines = [f"{where}: {given}" if where else given]
        if expected:
            lines.append(f"  expected: {expected}")
        if fix:
            lines.append(f"  fix: {fix}")
        return "\n".join(lines)

    def on_one_line(self) -> str:
        """Return the parts but the location on one line, for the row of a table."""
        parts = (
            self.given,
            f"expected: {self.expected}" if self.expected else "",
            f"fix: {self.fix}" if self.fix else "",
        )
        return printable("; ".join(part for part in parts if part))

    def at(self, where: str) -> "ConvscopeError":
        """Return the same error with `where` put before its location."""
        joined = ".".join(part for part in (where, self.where) if part)
        parts = {"expected": self.expected, "fix": self.fix, "code": self.code}
        return type(self)(self.given, where=joined, **parts)


def _restored(
    kind: type[ConvscopeError], given: str, expected: str, fix: str, where: str, code: str
) -> ConvscopeError:
    return kind(given, expected=expected, fix=fix, where=where, code=code)


class InputError(ConvscopeError, ValueError):
    """An invalid value, name or option. Exit code 2 on the command line."""


class ArchitectureError(ConvscopeError, ValueError):
    """An invalid network: shapes that do not fit, exceeded limits. `where` is the path.

    Exit code 2 on the command line: the architecture or its --input is at fault.
    """


class Unsupported(ConvscopeError, ValueError):  # noqa: N818  the name that DESIGN gives it
    """A layer or a composition that an export or a drawing cannot express."""


class FormatError(ConvscopeError, ValueError):
    """An invalid file: corrupt, truncated, malicious, or of another version."""


class DataError(ConvscopeError, ValueError):
    """A data set that is missing, incomplete or inconsistent."""


class StorageError(ConvscopeError, OSError):
    """A file cannot be written: disk full, read-only or missing. Existing files are unchanged.

    Exit code 2 on the command line for an output that exists, or whose folder does not: see
    `unusable_output`.
    """


class TrainingError(ConvscopeError, RuntimeError):
    """Training cannot continue: a loss that is not finite, or no memory left."""


def unusable_output(given: str, path: object, *, expected: str = "", fix: str = "") -> StorageError:
    """Return the error for an output that is there already, or that has no place."""
    return StorageError(given, expected=expected, fix=fix, where=str(path), code=UNUSABLE_OUTPUT)


def shortened(value: object) -> str:
    """Return the repr of a value, of at most 80 characters, for a message."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return at most 3 names close to `name`, the closest first.

    A name that is contained in a longer one counts as close ("resnet" -> "resnet18").
    """
    name = name[:80]  # comparing takes time with the square of the length
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
    ours: str | None = None,
) -> ConvscopeError:
    """Return the error for an unknown name, with the nearest known ones.

    Args:
        noun: the kind of thing, in the singular: "architecture", "layer".
        see: command that prints the whole list.
        kind: the class of the error.
        ours: the known name of what other libraries call `name`.
    """
    names = sorted(set(known))
    close = [ours] if ours in names else nearest(name, names)
    fix = f"did you mean {' or '.join(close)}?" if close else ""
    if see:
        fix = f"{fix} `{see}` lists all." if fix else f"`{see}` lists all."
    expected = f"one of {listed(names, 12)}"
    return kind(f"there is no {noun} named {shortened(name)}", expected=expected, fix=fix)


def from_validation(
    error: Any,
    *,
    kind: type[ConvscopeError],
    where: str = "",
    place: Callable[[tuple[int | str, ...]], str] | None = None,
    fields: Callable[[tuple[int | str, ...]], Sequence[str]] | None = None,
    see: str = "",
    ours: Callable[[str], str | None] = lambda _: None,
) -> ConvscopeError:
    """Return a pydantic ValidationError as one of ours: its first problem, with the location.

    Args:
        error: `pydantic.ValidationError`; not imported here, to keep this module light.
        kind: the class to raise.
        where: the file or object, put before the field's path.
        place: converts pydantic's location to a path; by default joined with dots.
        fields: the fields of the object that has an unknown one, by pydantic's location of it.
        see: command that prints all types, for an unknown one.
        ours: the known type of what other libraries call by another name, or None.
    """
    if error.error_count() > MOST_PROBLEMS:
        return kind(
            f"{error.error_count():,} fields do not fit",
            expected="the form that convscope writes",
            where=where,
        )
    problems = _without_branches(error.errors(include_url=False))
    unknown = ("extra_forbidden", "unexpected_keyword_argument")
    # report a misspelt field before the field that is missing because of it
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
        return unknown_name("type", tag, tags, see=see, kind=kind, ours=ours(tag)).at(where)
    fix = ""
    if first["type"] in unknown:
        message, expected = f"unknown field {shortened(first['loc'][-1])}{more}", ""
        if names := list(fields(first["loc"])) if fields else []:
            close = nearest(str(first["loc"][-1]), names)
            expected = f"one of {listed(names, 12)}"
            fix = f"did you mean {' or '.join(close)}?" if close else ""
    elif first["type"] in ("missing", "missing_argument"):
        message, expected = f"the field {first['loc'][-1]!r} is missing{more}", ""
    else:
        message = f"{shortened(first.get('input'))} does not fit{more}"
        expected = first.get("expected") or fitting(first)
    return kind(message, expected=expected, fix=fix, where=where)


def _without_branches(problems: list[Any]) -> list[Any]:
    """Return one problem for a value that fits no branch of a union, where pydantic has several.

    The branch whose form the value has is reported; if there is none, all branches together.
    """
    merged: dict[tuple[int | str, ...], list[Any]] = {}
    for problem in problems:
        merged.setdefault(problem["loc"][: _branch(problem["loc"])], []).append(problem)
    return [_best(loc, branches) for loc, branches in merged.items()]


def _branch(loc: tuple[int | str, ...]) -> int:
    """Return where a location names a branch of a union, such as `tuple[float, ...]`."""
    names = (n for n, part in enumerate(loc) if isinstance(part, str) and re.match(r"\w+\[", part))
    return next(names, len(loc))


def _best(loc: tuple[int | str, ...], branches: list[Any]) -> Any:
    inside = [problem for problem in branches if len(problem["loc"]) > len(loc) + 1]
    if inside:
        return {**inside[0], "loc": (*loc, *inside[0]["loc"][len(loc) + 1 :])}
    if len(branches) == 1:
        return {**branches[0], "loc": loc}
    expected = dict.fromkeys(map(fitting, branches))
    return {**branches[0], "loc": loc, "expected": " or ".join(expected)}


def fitting(problem: Any) -> str:
    """Return the values that fit, in our words, from a problem that pydantic found."""
    name, limits = str(problem["type"]), problem.get("ctx", {})
    if name in BOUNDS:
        return BOUNDS[name].format(*(str(limit).replace("'", "") for limit in limits.values()))
    for start, words in KINDS.items():
        if name.startswith(start):
            return words
    return str(problem["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")


def _dotted(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:80] for part in loc if not str(part).startswith("function-"))
