"""The course: its chapters in a language, as records."""

import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, NamedTuple, cast

from convscope.errors import unknown_name
from convscope.lang import spoken
from convscope.lessons.reading.blocks import Text, read_blocks
from convscope.lessons.reading.context import Context
from convscope.lessons.reading.faults import Fault, Faults
from convscope.lessons.reading.fences import plain
from convscope.lessons.reading.settings import ChapterSettings, read_settings
from convscope.lessons.records import (
    Block,
    Chapter,
    ChapterLink,
    CitedSource,
    Course,
    HeadingBlock,
    ParagraphBlock,
)
from convscope.lessons.sources import SOURCES, authors_of

LANGUAGES = ("en", "zh")
Language = Literal["en", "zh"]
FOLDER = re.compile(r"(\d\d)_([a-z0-9_]+)")
WORDS_A_MINUTE = 180
FIGURE_MINUTES, QUESTION_MINUTES = 1.5, 0.5


class Folder(NamedTuple):
    """Folder of a chapter: its number, its id, and its files."""

    number: int
    id: str
    path: Traversable


class ReadChapter(NamedTuple):
    """A chapter as it was read, with its faults; `context` has what the text refers to."""

    folder: Folder
    chapter: Chapter
    faults: tuple[Fault, ...]
    context: Context
    words: int


def folders(root: Traversable | None = None) -> tuple[Folder, ...]:
    """Return the folders of all chapters in their order."""
    root = files("convscope.lessons").joinpath("chapters") if root is None else root
    matches = ((FOLDER.fullmatch(path.name), path) for path in root.iterdir())
    chapters = [Folder(int(match[1]), match[2], path) for match, path in matches if match]
    return tuple(sorted(chapters, key=lambda one: one.number))


def load_course(language: str) -> Course:
    """Return the list of all chapters.

    Raises:
        InputError: unknown language, or a fault in a chapter.
    """
    chapters = [load_chapter(folder.id, language) for folder in folders()]
    names = ChapterLink.model_fields
    links = (ChapterLink(**{name: getattr(one, name) for name in names}) for one in chapters)
    return Course(language=_language(language), chapters=tuple(links))


def load_chapter(chapter: str, language: str) -> Chapter:
    """Return a chapter by its id, its number or its folder's name.

    Raises:
        InputError: unknown chapter or language, or a fault in its files, with its line.
    """
    return _load(folder_of(chapter), language)


@cache
def _load(folder: Folder, language: str) -> Chapter:
    read = read_chapter(folder, language, folders())
    if read.faults:
        raise read.faults[0].error()
    return read.chapter


def folder_of(chapter: str) -> Folder:
    """Return the folder of a chapter by its id, its number or its folder's name.

    Raises:
        InputError: there is none.
    """
    known = folders()
    by_name = {name: one for one in known for name in (one.id, str(one.number), one.path.name)}
    folder = by_name.get(chapter.lower()) or by_name.get(chapter.lstrip("0"))
    if folder is None:
        names = [one.id for one in known]
        raise unknown_name("chapter", chapter, names, see="convscope lesson list")
    return folder


def read_chapter(folder: Folder, language: str, known: tuple[Folder, ...]) -> ReadChapter:
    """Read a chapter with all of its faults.

    Args:
        known: folders of all chapters, for links.

    Raises:
        InputError: unknown language.
    """
    with spoken(_language(language)):
        settings, problems = _settings(folder)
        faults = Faults(f"{folder.path.name}/{language}.md")
        ids = tuple(one.id for one in known)
        context = Context(language, settings, faults, ids)
        text = _text(folder, f"{language}.md", faults)
        blocks = read_blocks(Text(_body(text, faults), 1), context)
        summary, blocks = _parts(blocks, faults)
    words = len(text.split())
    chapter = Chapter(
        id=folder.id,
        number=folder.number,
        title=_title(text),
        summary=summary,
        minutes=_minutes(folder),
        language=_language(language),
        blocks=_anchored(blocks, _anchors(folder)),
        sources=tuple(_source(key, language) for key in context.sources),
        previous=_beside(folder, known, -1),
        next=_beside(folder, known, 1),
    )
    return ReadChapter(folder, chapter, (*problems, *faults.all), context, words)


def _language(language: str) -> Language:
    if language not in LANGUAGES:
        raise unknown_name("language", language, LANGUAGES)
    return cast(Language, language)


def _settings(folder: Folder) -> tuple[ChapterSettings, tuple[Fault, ...]]:
    faults = Faults(f"{folder.path.name}/chapter.toml")
    settings = read_settings(_text(folder, "chapter.toml", faults), faults)
    return settings, tuple(faults.all)


def _text(folder: Folder, name: str, faults: Faults) -> str:
    path = folder.path.joinpath(name)
    try:
        return path.read_text("utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        faults.add(1, f"the file {name} is missing", expected="chapter.toml, en.md and zh.md")
    except UnicodeDecodeError as error:
        faults.add(1, f"the file is not UTF-8 (byte {error.start})")
    return ""


def _title(text: str) -> str:
    first = text.lstrip("\n").partition("\n")[0]
    return first.removeprefix("# ").strip()


def _body(text: str, faults: Faults) -> str:
    """Return the text with its title blanked, so that lines keep their numbers."""
    lines = text.split("\n")
    if not lines[0].startswith("# "):
        faults.add(1, "the first line is not a title", expected="# and the title")
        return text
    return "\n".join(["", *lines[1:]])


def _parts(blocks: tuple[Block, ...], faults: Faults) -> tuple[str, tuple[Block, ...]]:
    """Return summary and blocks: the first paragraph is the summary."""
    if not blocks or not isinstance(blocks[0], ParagraphBlock):
        faults.add(
            2, "no sentence follows the title", expected="what the reader will be able to do"
        )
        return "", blocks
    return plain(blocks[0].spans), blocks[1:]


@cache
def _anchors(folder: Folder) -> tuple[str, ...]:
    """Return the anchors of a chapter's headings, from the English text, for all languages."""
    faults = Faults("")
    anchors: list[str] = []
    in_fence = False
    for line in _text(folder, "en.md", faults).split("\n"):
        in_fence ^= line.startswith("```")
        if not in_fence and re.match(r"#{2,3} ", line):
            slug = re.sub(r"[^a-z0-9]+", "-", line.lstrip("# ").lower()).strip("-") or "section"
            same = [one for one in anchors if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", one)]
            anchors.append(f"{slug}-{len(same) + 1}" if same else slug)
    return tuple(anchors)


def _anchored(blocks: tuple[Block, ...], anchors: tuple[str, ...]) -> tuple[Block, ...]:
    names = iter(anchors)
    return tuple(
        block.model_copy(update={"anchor": next(names, f"section-{number}")})
        if isinstance(block, HeadingBlock)
        else block
        for number, block in enumerate(blocks)
    )


@cache
def _minutes(folder: Folder) -> int:
    """Return the time that a chapter takes, from the words of the English text."""
    settings, _ = _settings(folder)
    words = len(_text(folder, "en.md", Faults("")).split())
    extra = FIGURE_MINUTES * len(settings.figures) + QUESTION_MINUTES * len(settings.questions)
    return max(1, round(words / WORDS_A_MINUTE + extra))


def _beside(folder: Folder, known: tuple[Folder, ...], step: int) -> str | None:
    at = [one.id for one in known].index(folder.id) + step
    return known[at].id if 0 <= at < len(known) else None


def _source(key: str, language: str) -> CitedSource:
    work = SOURCES[key]
    authors = authors_of(key, language)
    return CitedSource(key=key, authors=authors, title=work.title, year=work.year, link=work.link)
