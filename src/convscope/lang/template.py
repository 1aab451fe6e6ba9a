"""Sentence templates: literal text with numbered holes, `there is no {0} named {1}`."""

import re
from dataclasses import dataclass
from functools import cached_property

HOLE = re.compile(r"\{(\d+)\}")
COUNTED = re.compile(r"^\{0\} (.+)\(s\)$")
"""Template of a number with its noun (`text.counted`): `{0} image(s)`."""

WEAK = 8
"""Letters and marks below which a template fits almost anything: its holes must then be short."""

SLIGHT = 10
"""Letters below which a template takes no words in a row that have no translation."""

ANCHORED = 3
"""Letters that suffice for a template with one hole: `note: {0}`, `at most {0}`."""

SENTENCE_END = re.compile(r"(?<=[.?!]) (?=[A-Z\d(`])")
HAN = re.compile("[\u4e00-\u9fff]")
FULL_WIDTH = "。？！；：，、"
DECIMAL_POINT = re.compile(r"\d\.\d")
NAME = r"[^\s,()\[\]{}]+( \d[\d.]*)?"
NAMES = re.compile(rf"{NAME}(, {NAME})*")
"""A list of names, or of names with numbers."""

LATIN = re.compile(r"[A-Za-z0-9]")

COLUMN = "  "
"""Spaces between the columns of a line."""

LIST = "; "
THEN = ", then "
SHORT = 15
"""Letters below which a template is part of a sentence: its holes do not span `THEN`."""

WORD = re.compile(r"[A-Za-z]{2,}")


def holes(template: str) -> list[int]:
    """Return the numbers of the holes of a template, in order."""
    return [int(number) for number in HOLE.findall(template)]


def fill(template: str, values: list[str]) -> str:
    """Return a template with its holes filled.

    Between Chinese and Latin letters or digits stands a space, between Chinese and Chinese none.
    """
    text = ""
    for number, part in enumerate(HOLE.split(template)):
        piece = values[int(part)] if number % 2 else part
        if text and piece:
            text, piece = _spaced(text, piece)
        text += piece
    return text


def _spaced(left: str, right: str) -> tuple[str, str]:
    """Return two neighbours with the space that Chinese typography has between them."""
    end, begin = left[-1], right[0]
    if (HAN.match(end) and LATIN.match(begin)) or (LATIN.match(end) and HAN.match(begin)):
        return left + " ", right
    if begin == " " and end in FULL_WIDTH:
        return left, right[1:]
    if end == " " and left[-2:-1] in tuple(FULL_WIDTH):
        return left[:-1], right
    if end == " " and HAN.match(begin) and HAN.match(left[-2:-1]):
        return left[:-1], right
    if begin == " " and HAN.match(end) and HAN.match(right[1:2]):
        return left, right[1:]
    return left, right


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

    @cached_property
    def is_slight(self) -> bool:
        """True if a phrase is more likely to hold it by chance, than to be made from it.

        `fix: {0}` and the like begin lines, and are not.
        """
        return self.letters < SLIGHT and not self.parts[0].endswith(": ")

    @cached_property
    def ends_in_sentence(self) -> bool:
        """True if the last hole holds the sentences that follow, of which there may be none."""
        return not self.parts[-1] and self.parts[-2].endswith(". ")

    @cached_property
    def is_balanced(self) -> bool:
        """True if every bracket of the literal text is closed in it."""
        return self.source.count("(") == self.source.count(")")

    def _may_hold(self, number: int, value: str) -> bool:
        """Return whether a value can stand in the hole at a place of the sentence.

        Several sentences can, where a sentence begins and ends; several columns or half a
        bracket cannot.
        """
        if COLUMN in value and COLUMN not in self.source:
            return False
        if value.endswith((",", ";", ":")):
            return False
        is_first = number == 0 and not self.parts[0]
        _, _, behind = value.partition(", ")
        if is_first and behind and self.is_slight and not NAMES.fullmatch(behind):
            return False
        if LIST in value and LIST not in self.source and self.parts[number + 1]:
            return False
        if THEN in value and self.letters < SHORT and not self.parts[number].endswith(": "):
            return False
        if value.count("(") != value.count(")") and self.is_balanced:
            return False
        if not SENTENCE_END.search(value):
            return True
        before, after = self.parts[number], self.parts[number + 1]
        begins = before.endswith((". ", ": ")) or (not before and number == 0)
        return begins and (not after or value.endswith("."))

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
            while place > 0 and DECIMAL_POINT.match(text, place - 1):  # of a number in the hole
                place = text.find(literal, place + 1, end)
            if place < 0:
                return None
            values.append(text[position:place])
            position = place + len(literal)
        if position > end:
            return None
        values.append(text[position:end])
        if not all(map(self._may_hold, range(len(values)), values)):
            return None
        ordered = [""] * (max(self.numbers) + 1)
        for number, value in zip(self.numbers, values, strict=True):
            ordered[number] = value
        return ordered
