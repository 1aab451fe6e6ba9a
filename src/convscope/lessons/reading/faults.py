"""Faults of a chapter, with file and line."""

from dataclasses import dataclass, field
from typing import NamedTuple

from convscope.errors import InputError


class Fault(NamedTuple):
    """One fault: `path` is the chapter's folder and file, as 05_convolution/en.md."""

    path: str
    line: int
    problem: str
    expected: str = ""
    fix: str = ""

    def error(self) -> InputError:
        """Return the fault as an error."""
        where = f"{self.path}:{self.line}"
        return InputError(self.problem, expected=self.expected, fix=self.fix, where=where)


@dataclass
class Faults:
    """List of the faults of one file; the reader goes on after each."""

    path: str
    all: list[Fault] = field(default_factory=list)

    def add(self, line: int, problem: str, *, expected: str = "", fix: str = "") -> None:
        """Append a fault at a line, counted from 1."""
        self.all.append(Fault(self.path, line, problem, expected, fix))
