"""Sentence templates: literal text with numbered holes, `there is no {0} named {1}`."""

import re
from dataclasses import dataclass
from functools import cached_property

HOLE = re.compile(r"\{(\d+)\}")
COUNTED = re.compile(r"^\{0\} (.+)\(s\)$")
"""Template of a number with its noun (`text.counted`): `{0} image(s)`."""

WEAK = 8
"""Letters and punctuation marks below which a template fits almost anything: its holes must then be short."""

ANCHORED = 3
"""Letters that suffice for a template with one hole: `note: {0}`, `at most {0}`."""

COLUMN = "  "
"""Spaces between the columns of a line, which no hole spans."""

WORD = re.compile(r"[A-Za-z]{2,}")


def holes(template: str) -> list[int]:
    """Return the numbers of the holes of a template, in order."""
    return [int(number) for number in HOLE.findall(template)]


def fill(template: str, values: list[str]) -> str:
    """Return a template with its holes filled."""
    return HOLE.sub(lambda hole: values[int(hole[1])], template)


@dataclass(frozen=True)
class Template:
    """A template that finds itself in finished sentences."""

    source: str

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The literal text before, between and after the holes."""
        return tuple(HOLE.split(self.source)[::2])

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The number of each hole."""
        return tuple(holes(self.source))

    @cached_property
    def key(self) -> str:
        """The longest literal text: a sentence without it cannot fit."""
        return max(self.parts, key=len)

    @cached_property
    def marks(self) -> int:
        """Number of punctuation marks in the literal text."""
        return sum(not (c.isalnum() or c.isspace()) for part in self.parts for c in part)

    @cached_property
    def letters(self) -> int:
        """Number of letters in the literal text."""
        return sum(c.isalpha() for part in self.parts for c in part)

    @cached_property
    def is_weak(self) -> bool:
        """True if it fits almost anything: few letters, not all of them before or after a hole."""
        is_anchored = len(self.numbers) == 1 and self.letters >= ANCHORED
        return self.letters + self.marks < WEAK and not is_anchored

    def match(self, text: str) -> list[str] | None:
        """Return what stands in the holes, by their numbers, or None if the text does not fit.

        Each literal is searched once, from left to right, so the time is linear.
        """
        first, last = self.parts[0], self.parts[-1]
        if not (text.startswith(first) and text.endswith(last)):
            return None
        position, end = len(first), len(text) - len(last)
        values = []
        for literal in self.parts[1:-1]:
            place = text.find(literal, position, end)
            if place < 0:
                return None
            values.append(text[position:place])
            position = place + len(literal)
        if position > end:
            return None
        values.append(text[position:end])
        if COLUMN in "".join(values) and COLUMN not in self.source:
            return None
        ordered = [""] * (max(self.numbers) + 1)
        for number, value in zip(self.numbers, values, strict=True):
            ordered[number] = value
        return ordered
