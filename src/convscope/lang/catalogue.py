"""Catalogue of translations, and the search of a finished sentence in it.

A sentence is looked up whole, then by its template; what stands in the holes is translated in
the same way, for a hole may hold another message. What fits no template is split at line ends,
columns and punctuation, and the pieces are looked up. Names that others chose stay as they are.
"""

import itertools
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from convscope.lang.template import COLUMN, COUNTED, NAMES, SENTENCE_END, WORD, Template, fill

VALUES = "values"
"""Name of the file of single words that are translated anywhere, not only as labels."""

NOUNS = "nouns"
"""Name of the file of nouns, which are translated where no name can stand: see NOUN_HOLES."""

NOUN_HOLES = {
    "a {0} from 0 to {1}": 0,
    "{0} pooling, window 3, stride 1": 0,
    "[bold]{0} pooling[/], window 3, stride 1, input shifted by 1 pixel": 0,
    "there is no {0} named {1}": 0,
    "{0} of at least {1}": 0,
    "the {0} would be {1}": 0,
    "the window covers {0} but the {1} is {2}": 1,
    "{0} {1} for {2} images": 1,
    "fraction of the {0}'s maximum": 0,
    "Reduced to {0} of {1} {2} to stay within {3} s; {4} for all.": 2,
    "Each {0} has its own scale: their maxima reach from {1} to {2}.": 0,
}
"""Templates with a hole that holds a noun of ours."""

MISSING = "CONVSCOPE_LANG_MISSING"
"""Environment variable: a file to which sentences without a translation are appended."""

DEEPEST = 6  # messages within messages
MOST_WORDS = 2  # in a hole of a template of few words
MOST_SENTENCES = 60  # of a text
MOST_TOGETHER = 4  # sentences of one template
MOST_PIECES = 20  # places where a text is split
LONGEST = 4_000  # characters; a longer text is data
FILE = re.compile(r"^\S*[./]\S*: (?=\S)")
BULLET = re.compile(r"^[-*] ")
PREFIX = re.compile(r"^(note|warning|error): ")
NUMBER = re.compile(r"^([\d,.]+) (\S.*)$")
CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
COMMAND = re.compile(r"convscope [a-z][\w -]*")
COLUMNS = re.compile(r"( {2,})")
SEPARATORS = ("; ", ": ", " (", ", then ", ", ", " / ")
FULL_WIDTH = {" (": "（", "; ": "；", ": ": "：", ", then ": "，再", ", ": "，"}


class Catalogue:
    """Translations of one language.

    Args:
        entries: template -> translation.
        values: single words that are translated wherever they stand.
        nouns: words that are translated as labels and in the holes of NOUN_HOLES.
    """

    def __init__(
        self,
        entries: Mapping[str, str],
        values: Mapping[str, str],
        nouns: Mapping[str, str] | None = None,
    ) -> None:
        self._words = dict(nouns or {})
        self.entries = self._exact = {**entries, **self._words, **values}
        self._values = dict(values)
        self._nouns: dict[str, str] = {}
        templates = []
        for source in self._exact:
            if noun := COUNTED.match(source):
                self._nouns[noun[1]] = self._nouns[noun[1] + "s"] = self._exact[source]
            elif (template := Template(source)).numbers:
                templates.append(template)
        self._templates = sorted(templates, key=_specific)
        self.text = lru_cache(50_000)(self._text)
        self.label = lru_cache(10_000)(self._label)

    def _fits(self, template: Template, text: str, *, is_whole: bool = True) -> list[str] | None:
        """Return what stands in the holes of a template, or None.

        In those of a template of few words stand a few words, or the first one is a number with
        its noun: "74 photos of fish, tools and windmills". Such a template does not fit a piece
        of a text.
        """
        if template.key not in text:
            return None
        values = template.match(text)
        if values is None and template.ends_in_sentence:
            values = template.match(text + " ")  # the last sentence is missing
        if values is None or not template.is_weak:
            return values
        is_short = is_whole and all(len(WORD.findall(value)) <= MOST_WORDS for value in values)
        return values if is_short or self._counted(values[0]) else None

    def _counted(self, text: str) -> str | None:
        """Return the translation of a number with its noun, or None."""
        number = NUMBER.match(text)
        if number and number[2] in self._nouns:
            return fill(self._nouns[number[2]], [number[1]])
        return None

    def _text(self, text: str) -> str:
        if len(text) > LONGEST and "\n" not in text:
            return text
        lines = [self._line(line) for line in text.split("\n")]
        return "\n".join(lines)

    def _line(self, line: str) -> str:
        text = BULLET.sub("", line.strip())
        if not WORD.search(text):
            return line
        if (mark := PREFIX.match(text)) and mark[1] in self._values:
            rest = self._sentence(text[mark.end() :], DEEPEST)
            if rest is not None:
                return line.replace(text, self._values[mark[1]] + "：" + rest, 1)
        if " " not in text:  # a name, or a word; thousands of them in a table
            return line.replace(text, self._word(text), 1)
        translated = self._sentence(text, DEEPEST)
        if translated is None and COLUMNS.search(text):
            translated = self._columns(text)
        if translated is None:
            translated = self._rest(text, DEEPEST)
            if translated == text:
                _report(text)
        return line.replace(text, translated, 1)

    def _word(self, text: str) -> str:
        """Return the translation of a text without spaces; that of a name is the name."""
        if text in self._values:
            return self._values[text]
        return text if text.isidentifier() else self._exact.get(text, text)

    def _label(self, text: str) -> str:
        if (translated := self._exact.get(text) or self._text(text)) == text:
            _report(text)
        return translated

    def _sentence(self, text: str, depth: int, *, is_whole: bool = True) -> str | None:
        """Return the translation of a whole sentence, or None."""
        if text in self._values:
            return self._values[text]
        if text in self._exact and not text.isidentifier() and text not in self._words:
            return self._exact[text]
        if (part := self._part(text)) is not None:
            return part
        if (counted := self._counted(text)) is not None:
            return counted
        if not depth:
            return None
        for template in self._templates:
            if (values := self._fits(template, text, is_whole=is_whole)) is not None:
                noun = NOUN_HOLES.get(template.source, -1)
                inner = [
                    self._exact[value]
                    if number == noun and value in self._exact
                    else self._inner(value, depth - 1)
                    for number, value in enumerate(values)
                ]
                if template.is_slight and any(map(_is_english, inner)):
                    continue
                return fill(self._exact[template.source], inner)
        return None

    def _part(self, text: str) -> str | None:
        """Return the translation of a sentence that is given without capital and full stop.

        The help of an option stands so in errors.
        """
        if " " in text:
            whole = text[:1].upper() + text[1:]
            for sentence in (whole, whole + ".", text + "."):
                if sentence in self._exact:
                    return self._exact[sentence].removesuffix("。")
        return None

    def _inner(self, text: str, depth: int) -> str:
        """Return the translation of what stands in a hole."""
        bare = text.strip()
        if ", " in bare and NAMES.fullmatch(bare):
            return text.replace(", ", "、")
        if not WORD.search(bare):
            return text
        translated = self._sentence(bare, depth)
        if translated is None:
            translated = self._rest(bare, depth)
        return text.replace(bare, translated, 1)

    def _rest(self, text: str, depth: int) -> str:
        """Return the translation of a text that fits no template as a whole."""
        if not depth:
            return text
        if file := FILE.match(text):
            rest = text[file.end() :]
            translated = self._sentence(rest, depth)
            return file[0] + (self._rest(rest, depth - 1) if translated is None else translated)
        sentences = SENTENCE_END.split(text)
        if len(sentences) == 1 or len(sentences) > MOST_SENTENCES:
            return self._pieces(text, depth)
        parts: list[tuple[str, str]] = []
        while sentences:
            for number in range(min(len(sentences), MOST_TOGETHER), 0, -1):
                together = " ".join(sentences[:number])
                translated = self._sentence(together, depth)
                if translated is not None or number == 1:
                    break
            parts.append((together, translated or self._pieces(together, depth)))
            sentences = sentences[number:]
        done = parts[0][1]
        for before, after in itertools.pairwise(parts):
            are_chinese = before[0] != before[1] and after[0] != after[1]
            done += ("" if are_chinese else " ") + after[1]
        return done

    def _pieces(self, text: str, depth: int) -> str:
        """Return a text whose pieces are translated where they are sentences of their own.

        It is split where one side is a known sentence, at the strongest punctuation first.
        """
        if not depth:
            return text
        for separator in SEPARATORS:
            place = text.find(separator)
            for _ in range(MOST_PIECES):
                if place < 0:
                    break
                left, right = text[:place], text[place + len(separator) :]
                first = self._sentence(left, depth, is_whole=False)
                second = self._side(right, depth)
                if first is not None or second is not None:
                    first = self._pieces(left, depth - 1) if first is None else first
                    second = self._pieces(right, depth - 1) if second is None else second
                    is_name = separator == ": " and not CHINESE.search(first[-1:])
                    is_chinese = CHINESE.search(first[-1:] + ("" if is_name else second[:1]))
                    if is_chinese:
                        separator = FULL_WIDTH.get(separator, separator)
                        if separator == FULL_WIDTH[" ("] and right.endswith(")"):
                            second = second.removesuffix(")") + "）"
                    return first + separator + second
                place = text.find(separator, place + 1)
        return text

    def _side(self, text: str, depth: int) -> str | None:
        """Return the translation of what stands behind a separator, which may close a bracket."""
        bare = text[:-1] if text.endswith(")") and text.count(")") > text.count("(") else text
        translated = self._sentence(bare, depth, is_whole=False)
        return None if translated is None else translated + text[len(bare) :]

    def _columns(self, text: str) -> str | None:
        """Return a line of aligned columns, aligned again where there is room."""
        cells = COLUMNS.split(text)
        done = []
        for cell in cells:
            if cell.isspace():
                done.append(cell)
                continue
            translated = self._sentence(cell, DEEPEST)
            done.append(translated or self._rest(cell, DEEPEST))
        if done == cells:
            return None
        for place in range(0, len(cells) - 1, 2):
            if len(cells[place + 1]) > len(COLUMN):
                width = columns(cells[place]) + len(cells[place + 1])
                done[place + 1] = " " * max(width - columns(done[place]), len(COLUMN))
        return "".join(done)


def _is_english(text: str) -> bool:
    """Return whether words in a row have no translation."""
    return ENGLISH.search(COMMAND.sub("", text)) is not None and not CHINESE.search(text)


def _specific(template: Template) -> tuple[int, int, int, str]:
    """Return the key by which templates are sorted: those with the most literal text first."""
    return (-template.letters, -template.marks, -len(template.numbers), template.source)


def columns(text: str) -> int:
    """Return the width of a text in columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _report(text: str) -> None:
    path = os.environ.get(MISSING)
    if path and not CHINESE.search(text):
        with open(path, "a", encoding="utf-8") as file:
            file.write(text + "\n")


def read_entries(names: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
    """Return the files of the catalogue: name of the file -> template -> Chinese."""
    folder = files("convscope.lang") / "zh"
    existing = sorted(item.name for item in folder.iterdir() if item.name.endswith(".json"))
    return {
        name.removesuffix(".json"): json.loads((folder / name).read_text(encoding="utf-8"))
        for name in existing
        if names is None or name.removesuffix(".json") in names
    }


@lru_cache(1)
def chinese() -> Catalogue:
    """Return the Chinese catalogue; it is read once."""
    entries = read_entries()
    values, nouns = entries.pop(VALUES, {}), entries.pop(NOUNS, {})
    return Catalogue({k: v for file in entries.values() for k, v in file.items()}, values, nouns)
