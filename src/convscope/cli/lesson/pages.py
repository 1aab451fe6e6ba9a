"""A chapter on the terminal: headings, paragraphs, tables, formulas, figures as commands."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from convscope.cli.terminal.output import styled
from convscope.lang import translate
from convscope.lessons.figures import command_of
from convscope.text import printable

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderResult

    from convscope.lessons.records import (
        Block,
        Chapter,
        Course,
        FigureBlock,
        QuestionBlock,
        Span,
        TableBlock,
    )

WIDEST = 92  # columns of text
STYLES = {
    "strong": "bold",
    "emphasis": "italic",
    "code": "cyan",
    "math": "italic",
    "cite": "dim",
    "drive": "underline",
    "term": "bold",
    "link": "underline",
    "chapter": "underline",
}


class Places(NamedTuple):
    """Numbers of figures by id, and of chapters by id, for phrases that point to them."""

    figures: dict[str, int]
    chapters: dict[str, int]


NOWHERE = Places({}, {})


def text_of(spans: "Iterable[Span]", places: Places = NOWHERE) -> Text:
    """Return spans as styled text; a term has its definition in brackets."""
    text = Text()
    for span in spans:
        style = STYLES.get(span.kind, "")
        if hasattr(span, "spans"):
            inner = text_of(span.spans, places)
            inner.stylize(style)
            text.append_text(inner)
            if note := _note(span, places):
                text.append(f" ({printable(note)})", style="dim")
        elif span.kind == "cite":
            text.append(f"[{printable(span.text)}]", style=style)
        else:
            text.append(printable(span.text), style=style)
    return text


def _note(span: "Span", places: Places) -> str:
    """Return what a phrase points to, in words."""
    match span.kind:
        case "term":
            return span.definition
        case "link":
            return span.href
        case "drive" if span.figure in places.figures:
            return translate(f"Figure {places.figures[span.figure]}").lower()
        case "chapter" if span.chapter in places.chapters:
            return translate(f"chapter {places.chapters[span.chapter]}")
    return ""


def print_course(course: "Course", console: Console) -> None:
    """Print the list of chapters."""
    from convscope.cli.terminal.tables import Column, print_table

    columns = (Column("", "number"), Column("chapter"), Column("minutes", "number"), Column("name"))
    rows = [(str(one.number), one.title, str(one.minutes), one.id) for one in course.chapters]
    print_table(columns, rows)
    console.print("\nconvscope lesson show 5    convscope lesson quiz 5")


def print_chapter(chapter: "Chapter", console: Console, *, answers: bool) -> None:
    """Print a chapter."""
    from rich.console import Console

    if not console.is_terminal:  # a file has the same lines on every machine
        console = Console(width=WIDEST, markup=False, emoji=False, highlight=False)
    page = Page(chapter, answers=answers)
    parts: list[RenderableType] = [
        Text(f"{chapter.number}  {printable(chapter.title)}", style="bold"),
        Text(printable(chapter.summary), style="italic"),
        *(page.block(block) for block in chapter.blocks),
        *_ending(chapter),
    ]
    for part in parts:
        console.print(part, width=min(console.width, WIDEST))
        console.print()


def _ending(chapter: "Chapter") -> "Iterator[RenderableType]":
    """Yield the sources of a chapter, and what to type next."""
    yield _heading(2, Text(translate("Sources of this chapter")))
    for source in chapter.sources:
        authors = f"{printable(source.authors)}: "
        title = Text.assemble(authors, (printable(source.title), "italic"), f", {source.year}")
        yield Group(title, Text(f"  {printable(source.link)}", style="dim"))
    lines = [f"convscope lesson quiz {chapter.number}"]
    if chapter.next is not None:
        lines.append(f"convscope lesson show {chapter.number + 1}")
    yield Text("\n".join(f"$ {line}" for line in lines), style="cyan")


class Page:
    """Writer of blocks; counts figures and questions."""

    def __init__(self, chapter: "Chapter", *, answers: bool) -> None:
        from convscope.lessons.course import folders

        self._answers = answers
        self._figures = self._questions = 0
        figures = [block.id for block in chapter.blocks if block.kind == "figure"]
        numbers = {figure: number for number, figure in enumerate(figures, start=1)}
        self._places = Places(numbers, {folder.id: folder.number for folder in folders()})

    def _text(self, spans: "Iterable[Span]") -> Text:
        return text_of(spans, self._places)

    def block(self, block: "Block") -> RenderableType:
        match block.kind:
            case "heading":
                return _heading(block.level, self._text(block.spans))
            case "paragraph":
                return self._text(block.spans)
            case "formula":
                return Padding(
                    Text(printable(block.text), style="italic"), (0, 0, 0, 4), expand=False
                )
            case "code":
                return Padding(Text(block.text, style="cyan"), (0, 0, 0, 4), expand=False)
            case "list":
                marks = (f"{n}." if block.ordered else "-" for n in range(1, len(block.items) + 1))
                return Group(*(self._item(m, i) for m, i in zip(marks, block.items, strict=False)))
            case "table":
                return table_of(block)
            case "figure":
                self._figures += 1
                return _figure(block, self._figures, self._text(block.caption))
            case "question":
                self._questions += 1
                return self._question(block)
            case "erratum":
                return self._framed(translate("Corrected here"), block.blocks)

    def _item(self, mark: str, blocks: "tuple[Block, ...]") -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=len(mark))
        grid.add_column()
        grid.add_row(mark, Group(*map(self.block, blocks)))
        return grid

    def _framed(self, head: str, blocks: "tuple[Block, ...]") -> RenderableType:
        inside = [styled((head, "bold yellow")), *map(self.block, blocks)]
        return _beside("┃", "yellow", inside)

    def _question(self, block: "QuestionBlock") -> RenderableType:
        head = translate(f"Question {self._questions}")
        inside: list[RenderableType] = [styled((head, "bold magenta"))]
        inside += map(self.block, block.prompt)
        inside += choices_of(block)
        if self._answers:
            inside += [styled((f"The answer is {answer_of(block)}.", "bold"))]
            inside += map(self.block, block.why)
        return _beside("┃", "magenta", inside)


def _heading(level: int, text: Text) -> RenderableType:
    text.stylize("bold green" if level == 2 else "bold")
    return Group(text, Rule(style="dim", characters="-")) if level == 2 else text


def _figure(figure: "FigureBlock", number: int, caption: Text) -> RenderableType:
    head = Text.assemble(
        (translate(f"Figure {number}"), "bold blue"), "  ", (printable(figure.title), "bold")
    )
    inside: list[RenderableType] = [head]
    if figure.command:
        inside.append(Text(f"$ {figure.command}", style="cyan", overflow="fold"))
    else:
        inside.append(Text(translate("on the page: convscope studio, view Lessons"), style="dim"))
    inside.append(caption)
    for preset in figure.presets:
        command = command_of(figure.lab, {**figure.state, **preset.state})
        inside.append(Text(f"- {printable(preset.label)}"))
        if command and command != figure.command:
            inside.append(Text(f"  $ {command}", style="dim cyan", overflow="fold"))
    if figure.code:
        inside += ["", Text(textwrap.indent(figure.code, "  "), style="cyan")]
    return _beside("┃", "blue", inside)


def table_of(block: "TableBlock") -> Table:
    """Return a table."""
    table = Table(box=None, header_style="bold", padding=(0, 3, 0, 0))
    for cell in block.head:
        table.add_column(text_of(cell))
    for row in block.rows:
        table.add_row(*map(text_of, row))
    return table


def choices_of(block: "QuestionBlock") -> list[RenderableType]:
    """Return the choices of a question with letters."""
    return [
        Text.assemble(f"  {chr(97 + number)}) ", text_of(choice.spans))
        for number, choice in enumerate(block.choices)
    ]


def answer_of(block: "QuestionBlock") -> str:
    """Return the right answer: the letter of a choice, or a number."""
    ids = [choice.id for choice in block.choices]
    if block.answer in ids:
        return chr(97 + ids.index(str(block.answer)))
    if isinstance(block.answer, str):
        return block.answer
    return f"{block.answer:,.0f}" if block.answer.is_integer() else f"{block.answer:,.6g}"


def _beside(mark: str, style: str, inside: list[RenderableType]) -> RenderableType:
    """Return lines with a bar on their left."""
    return _Bar(Group(*inside), mark, style)


class _Bar:
    """Lines with a bar on their left, as long as they are."""

    def __init__(self, inside: RenderableType, mark: str, style: str) -> None:
        self._inside, self._mark, self._style = inside, mark, style

    def __rich_console__(self, console: Console, options: "ConsoleOptions") -> "RenderResult":
        from rich.segment import Segment
        from rich.style import Style

        narrower = options.update(width=options.max_width - 2)
        style = Style.parse(self._style)
        for line in console.render_lines(self._inside, narrower, pad=False):
            yield Segment(f"{self._mark} ", style)
            yield from line
            yield Segment.line()
