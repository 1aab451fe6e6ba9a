"""Check of the whole course: faults of every file, and languages that differ."""

import itertools
from collections.abc import Iterator
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
    for kind, declared, shown in (
        ("figures", [one.id for one in settings.figures], context.figures),
        ("questions", [one.id for one in settings.questions], context.questions),
    ):
        if declared != shown:
            given = f"{kind} of the text: {', '.join(shown) or 'none'}"
            yield Fault(path, 1, given, f"as chapter.toml: {', '.join(declared) or 'none'}")


def _broken_links(read: ReadChapter, anchors: dict[str, set[str]]) -> Iterator[Fault]:
    path = f"{read.folder.path.name}/{read.chapter.language}.md"
    for line, chapter, anchor in read.context.links:
        if chapter not in anchors:
            yield Fault(path, line, f"no chapter {chapter}", ", ".join(anchors))
        elif anchor and anchor not in anchors[chapter]:
            expected = ", ".join(sorted(anchors[chapter]))
            yield Fault(path, line, f"no heading {anchor} in {chapter}", expected)


def _differences(english: ReadChapter, chinese: ReadChapter) -> Iterator[Fault]:
    """Report what one language has and the other lacks."""
    path = f"{chinese.folder.path.name}/zh.md"
    first, second = shape(english.chapter.blocks), shape(chinese.chapter.blocks)
    if first != second:
        pairs = enumerate(itertools.zip_longest(first, second, fillvalue="the end"))
        at, (expected, part) = next((at, pair) for at, pair in pairs if pair[0] != pair[1])
        problem = f"part {at + 1} of headings, figures, questions ...: {part}"
        yield Fault(path, 1, problem, f"as in en.md: {expected}")
    for name in ("terms", "sources"):
        one, other = (set(getattr(read.context, name)) for read in (english, chinese))
        if one != other:
            differ = ", ".join(sorted(one ^ other))
            yield Fault(path, 1, f"{name} that only one language has: {differ}")


def shape(blocks: tuple[Block, ...]) -> list[str]:
    """Return the parts of a chapter that all languages share, in order."""
    parts: list[str] = []
    for block in blocks:
        match block:
            case HeadingBlock(level=level):
                parts.append(f"heading of level {level}")
            case FigureBlock(id=name, code=code):
                parts.append(f"figure {name}" + (f" with code {code}" if code else ""))
            case QuestionBlock(id=name):
                parts.append(f"question {name}")
            case ErratumBlock():
                parts.append("erratum")
            case CodeBlock(text=text):
                parts.append(f"code {text}")
            case ListBlock(items=items):
                parts += [part for item in items for part in shape(item)]
            case _:
                if block.kind in ("formula", "table"):
                    parts.append(block.kind)
    return parts
