"""Records of a course: the same JSON for the page, the static site and the terminal. No HTML."""

from typing import Annotated, Literal

from pydantic import Field

from convscope.record import Record


class MathNode(Record):
    """One element of MathML; the tags and attributes are those of `reading/formula.py`."""

    tag: str
    attributes: dict[str, str] = Field(default_factory=dict)
    children: "tuple[MathNode | str, ...]" = ()


class TextSpan(Record):
    """Plain text."""

    kind: Literal["text"] = "text"
    text: str


class StrongSpan(Record):
    """Strong text."""

    kind: Literal["strong"] = "strong"
    spans: "tuple[Span, ...]"


class EmphasisSpan(Record):
    """Emphasised text."""

    kind: Literal["emphasis"] = "emphasis"
    spans: "tuple[Span, ...]"


class CodeSpan(Record):
    """Code or a command within a line."""

    kind: Literal["code"] = "code"
    text: str


class MathSpan(Record):
    """A formula within a line; `text` is its readable form."""

    kind: Literal["math"] = "math"
    math: MathNode
    text: str


class LinkSpan(Record):
    """A link to another site."""

    kind: Literal["link"] = "link"
    href: str
    spans: "tuple[Span, ...]"


class ChapterSpan(Record):
    """A link to a chapter, or to a heading of it."""

    kind: Literal["chapter"] = "chapter"
    chapter: str
    anchor: str
    spans: "tuple[Span, ...]"


class DriveSpan(Record):
    """A phrase that sets keys of a figure of the chapter."""

    kind: Literal["drive"] = "drive"
    figure: str
    state: dict[str, str]
    spans: "tuple[Span, ...]"


class TermSpan(Record):
    """The first use of a term of the glossary."""

    kind: Literal["term"] = "term"
    entry: str
    spans: "tuple[Span, ...]"
    definition: str


class CiteSpan(Record):
    """A reference to a source; `text` is authors and year."""

    kind: Literal["cite"] = "cite"
    source: str
    text: str


class QuantitySpan(Record):
    """A computed number by its name in `quantities/`."""

    kind: Literal["quantity"] = "quantity"
    name: str
    text: str


Span = Annotated[
    TextSpan
    | StrongSpan
    | EmphasisSpan
    | CodeSpan
    | MathSpan
    | LinkSpan
    | ChapterSpan
    | DriveSpan
    | TermSpan
    | CiteSpan
    | QuantitySpan,
    Field(discriminator="kind"),
]


class HeadingBlock(Record):
    """A heading of level 2 or 3; the anchor is the same in all languages."""

    kind: Literal["heading"] = "heading"
    level: int
    anchor: str
    spans: tuple[Span, ...]


class ParagraphBlock(Record):
    """A paragraph."""

    kind: Literal["paragraph"] = "paragraph"
    spans: tuple[Span, ...]


class ListBlock(Record):
    """A list of items, each of which has blocks."""

    kind: Literal["list"] = "list"
    ordered: bool
    items: "tuple[tuple[Block, ...], ...]"


class FormulaBlock(Record):
    """A formula on lines of its own."""

    kind: Literal["formula"] = "formula"
    math: MathNode
    text: str


class CodeBlock(Record):
    """Code of a language, such as python or shell."""

    kind: Literal["code"] = "code"
    language: str
    text: str


class TableBlock(Record):
    """A table: cells of the head, then of each row."""

    kind: Literal["table"] = "table"
    head: tuple[tuple[Span, ...], ...]
    rows: tuple[tuple[tuple[Span, ...], ...], ...]


class Preset(Record):
    """A state of a figure that is worth seeing."""

    id: str
    label: str
    state: dict[str, str]


class FigureBlock(Record):
    """A figure: a lab with its state, and what to try.

    Attributes:
        code: Python that does the same; may be empty.
        command: command line of the same lab in the state of the figure; None if there is none.
    """

    kind: Literal["figure"] = "figure"
    id: str
    lab: str
    title: str
    state: dict[str, str]
    caption: tuple[Span, ...]
    presets: tuple[Preset, ...]
    code: str
    command: str | None


class Choice(Record):
    """One of the answers to choose from."""

    id: str
    spans: tuple[Span, ...]


class Shown(Record):
    """Keys of a figure that show the answer of a question."""

    figure: str
    state: dict[str, str]


class QuestionBlock(Record):
    """A question that checks itself.

    Attributes:
        answer: id of the right choice, or the number.
        tolerance: relative error of a number that is still right.
        why: what is shown after the answer.
    """

    kind: Literal["question"] = "question"
    id: str
    type: Literal["choice", "number"]
    prompt: "tuple[Block, ...]"
    choices: tuple[Choice, ...]
    answer: str | float
    tolerance: float
    why: "tuple[Block, ...]"
    shows: Shown | None


class ErratumBlock(Record):
    """A correction of the lecture or of a paper, with the arithmetic."""

    kind: Literal["erratum"] = "erratum"
    blocks: "tuple[Block, ...]"


Block = Annotated[
    HeadingBlock
    | ParagraphBlock
    | ListBlock
    | FormulaBlock
    | CodeBlock
    | TableBlock
    | FigureBlock
    | QuestionBlock
    | ErratumBlock,
    Field(discriminator="kind"),
]


class CitedSource(Record):
    """A paper, book or page."""

    key: str
    authors: str
    title: str
    year: int
    link: str


class ChapterLink(Record):
    """A chapter in the list."""

    id: str
    number: int
    title: str
    summary: str
    minutes: int


class Chapter(Record):
    """A chapter in one language.

    Attributes:
        id: name for addresses, the same in all languages.
        summary: what a reader will be able to do.
        previous, next: ids of the chapters beside it.
    """

    id: str
    number: int
    title: str
    summary: str
    minutes: int
    language: Literal["en", "zh"]
    blocks: tuple[Block, ...]
    sources: tuple[CitedSource, ...]
    previous: str | None
    next: str | None


class Course(Record):
    """All chapters of a language."""

    language: Literal["en", "zh"]
    chapters: tuple[ChapterLink, ...]


for _kind in (
    *(MathNode, StrongSpan, EmphasisSpan, LinkSpan, ChapterSpan, DriveSpan, TermSpan),
    *(HeadingBlock, ParagraphBlock, ListBlock, TableBlock, FigureBlock, Choice),
    *(QuestionBlock, ErratumBlock, Chapter),
):
    _kind.model_rebuild()
