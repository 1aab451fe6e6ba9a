"""Check of the whole course: faults of every file, and languages that differ."""

import itertools
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable

from convscope.lessons.course import LANGUAGES, Folder, ReadChapter, folders, read_chapter
from convscope.lessons.reading.faults import Fault
from convscope.lessons.records import (
    Block,
    CodeBlock,
    ErratumBlock,
    FigureBlock,
    HeadingBlock,
    ListBlock,
    QuestionBlock,
)


def check_course(root: Traversable | None = None, only: str = "") -> list[Fault]:
    """Return all faults of the course, or of one chapter, in the order of the files.

    Args:
        root: the folder of the chapters.
        only: id, number or folder of a chapter.
    """
    known = folders(root)
    chosen = [one for one in known if only in ("", one.id, str(one.number), one.path.name)]
    faults: list[Fault] = []
    anchors = {
        one.id: {
            block.anchor
            for block in _read(one, "en", known).chapter.blocks
            if isinstance(block, HeadingBlock)
        }
        for one in known
    }
    for folder in chosen:
        texts = [_read(folder, language, known) for language in LANGUAGES]
        for read in texts:
            faults += read.faults
            faults += _unused(read)
            faults += _broken_links(read, anchors)
        faults += _differences(*texts)
    return list(dict.fromkeys(faults))


def _read(folder: Folder, language: str, known: tuple[Folder, ...]) -> ReadChapter:
    return read_chapter(folder, language, known)


def _unused(read: ReadChapter) -> Iterator[Fault]:
    """Report figures and questions that the text does not have once, in the order of the TOML."""
    path = f"{read.folder.path.name}/{read.chapter.language}.md"
    settings, context = read.context.settings, read.context
    figures = [one.id for one in settings.figures]
    if figures != context.figures:
        problem = f"the text has the figures {', '.join(context.figures) or 'none'}"
        yield Fault(path, 1, problem, f"the order of chapter.toml: {', '.join(figures) or 'none'}")
    questions = [one.id for one in settings.questions]
    if questions != context.questions:
        problem = f"the text has the questions {', '.join(context.questions) or 'none'}"
        expected = f"the order of chapter.toml: {', '.join(questions) or 'none'}"
        yield Fault(path, 1, problem, expected)


def _broken_links(read: ReadChapter, anchors: dict[str, set[str]]) -> Iterator[Fault]:
    path = f"{read.folder.path.name}/{read.chapter.language}.md"
    for line, chapter, anchor in read.context.links:
        if chapter not in anchors:
            yield Fault(path, line, f"there is no chapter named {chapter}", ", ".join(anchors))
        elif anchor and anchor not in anchors[chapter]:
            expected = ", ".join(sorted(anchors[chapter]))
            yield Fault(
                path,
                line,
                f"the chapter {chapter} has no heading with the anchor {anchor}",
                expected,
            )


def _differences(english: ReadChapter, chinese: ReadChapter) -> Iterator[Fault]:
    """Report what one language has and the other lacks."""
    path = f"{chinese.folder.path.name}/zh.md"
    first, second = shape(english.chapter.blocks), shape(chinese.chapter.blocks)
    if first != second:
        pairs = enumerate(itertools.zip_longest(first, second, fillvalue="the end"))
        at, (expected, part) = next((at, pair) for at, pair in pairs if pair[0] != pair[1])
        problem = f"the languages differ at part {at + 1}, counted without paragraphs: {part}"
        yield Fault(path, 1, problem, f"the part of en.md: {expected}")
    first_names, second_names = (
        set(references(read.chapter.model_dump())) for read in (english, chinese)
    )
    if first_names != second_names:
        names = ", ".join(sorted(first_names ^ second_names))
        yield Fault(path, 1, f"only one language has these references: {names}")
    terms = set(english.context.terms) ^ set(chinese.context.terms)
    if terms:
        yield Fault(path, 1, f"only one language marks these terms: {', '.join(sorted(terms))}")
    sources = set(english.context.sources) ^ set(chinese.context.sources)
    if sources:
        yield Fault(path, 1, f"only one language cites these sources: {', '.join(sorted(sources))}")


def references(value: object) -> Iterator[str]:
    """Yield the quantities, figure states and chapters to which the parts of a record refer."""
    match value:
        case {"kind": "quantity", "name": str(name)}:
            yield f"{{{name}}}"
        case {"kind": "drive", "figure": str(figure), "state": dict(state)}:
            yield f"figure:{figure}?" + "&".join(f"{key}={state[key]}" for key in sorted(state))
        case {"kind": "chapter", "chapter": str(chapter), "anchor": str(anchor)}:
            yield f"chapter:{chapter}#{anchor}"
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from references(part)


def shape(blocks: tuple[Block, ...]) -> list[str]:
    """Return the parts of a chapter that all languages share, in order."""
    parts: list[str] = []
    for block in blocks:
        match block:
            case HeadingBlock(level=level):
                parts.append(f"{'#' * level} heading")
            case FigureBlock(id=name, code=code):
                parts.append(f"figure:{name}:{code}")
            case QuestionBlock(id=name):
                parts.append(f"question:{name}")
            case ErratumBlock():
                parts.append("erratum")
            case CodeBlock(text=text):
                parts.append(f"code:{text}")
            case ListBlock(items=items):
                parts += [part for item in items for part in shape(item)]
            case _:
                if block.kind in ("formula", "table"):
                    parts.append(block.kind)
    return parts
