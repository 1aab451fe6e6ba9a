"""Fenced blocks of the course: figure, question and erratum."""

import re
from collections.abc import Callable

from convscope.lang import translate
from convscope.lessons.figures import FIGURES, command_of
from convscope.lessons.quantities import known, quantity
from convscope.lessons.reading.blocks import Text, read_blocks
from convscope.lessons.reading.context import Context
from convscope.lessons.reading.settings import FigureSettings, QuestionSettings
from convscope.lessons.records import (
    Block,
    Choice,
    ErratumBlock,
    FigureBlock,
    ParagraphBlock,
    Preset,
    QuestionBlock,
    Shown,
    Span,
)

ITEM = re.compile(r"-\s+([\w]+)\s*[:：]\s*(.+)")
MOST_CODE_LINES = 12


def _figure(name: str, text: Text, context: Context) -> Block | None:
    """Read a figure: caption and labels of the presets; after +++ code."""
    settings = next((one for one in context.settings.figures if one.id == name), None)
    if settings is None or settings.lab not in FIGURES:
        _unknown("figure", name, [one.id for one in context.settings.figures], text, context)
        return None
    context.figures.append(name)
    caption_text, code_text = _halves(text)
    body, items = _items(caption_text)
    caption = _paragraph(body, context, "caption")
    code = code_text.text.strip("\n")
    code = re.sub(r"^```\w*\n|\n```$", "", code)
    if len(code.splitlines()) > MOST_CODE_LINES:
        problem = f"the code has {len(code.splitlines())} lines"
        context.faults.add(code_text.line, problem, expected=f"at most {MOST_CODE_LINES}")
    return FigureBlock(
        id=name,
        lab=settings.lab,
        title=translate(FIGURES[settings.lab].title),
        state=settings.state,
        caption=caption,
        presets=_presets(settings, items, text, context),
        code=code,
        command=command_of(settings.lab, settings.state),
    )


def _presets(
    settings: FigureSettings, items: dict[str, Text], text: Text, context: Context
) -> tuple[Preset, ...]:
    states = {preset.id: preset.state for preset in settings.presets}
    _same(list(states), items, "presets", text, context)
    presets = []
    for one in states:
        if one in items:
            spans = _paragraph(items[one], context, "label")
            presets.append(Preset(id=one, label=plain(spans), state=states[one]))
    return tuple(presets)


def _question(name: str, text: Text, context: Context) -> Block | None:
    """Read a question: prompt and choices; after +++ the explanation."""
    settings = next((one for one in context.settings.questions if one.id == name), None)
    if settings is None:
        _unknown("question", name, [one.id for one in context.settings.questions], text, context)
        return None
    context.questions.append(name)
    prompt_text, why_text = _halves(text)
    body, items = _items(prompt_text)
    _same(settings.choices, items, "choices", text, context)
    if not why_text.text.strip():
        context.faults.add(
            text.line, f"the question {name} has no explanation", expected="+++ and the explanation"
        )
    choices = tuple(
        Choice(id=one, spans=_paragraph(items[one], context, "choice"))
        for one in settings.choices
        if one in items
    )
    shows = settings.shows
    return QuestionBlock(
        id=name,
        type=settings.kind,
        prompt=read_blocks(body, context),
        choices=choices,
        answer=_answer(settings),
        tolerance=settings.tolerance,
        why=read_blocks(_without_why(why_text), context),
        shows=None if shows is None else Shown(figure=shows.figure, state=shows.state),
    )


def _answer(settings: QuestionSettings) -> str | float:
    if settings.kind == "choice" or not known(settings.answer):
        return settings.answer
    value = quantity(settings.answer)
    return float(value) if isinstance(value, int | float) else str(value)


def _without_why(text: Text) -> Text:
    """Return the explanation without the word that may introduce it."""
    return Text(re.sub(r"^\s*(Why|为什么|为何|解释)\s*[:：]\s*", "", text.text), text.line)


def _erratum(name: str, text: Text, context: Context) -> Block | None:
    """Read a correction."""
    if name:
        context.faults.add(text.line, f"an erratum has no name: {name}", expected="```erratum")
    return ErratumBlock(blocks=read_blocks(text, context))


FENCES: dict[str, Callable[[str, Text, Context], Block | None]] = {
    "figure": _figure,
    "question": _question,
    "erratum": _erratum,
}
"""Reader of each kind of fenced block, by the first word after ```."""


def _halves(text: Text) -> tuple[Text, Text]:
    """Split a text at a line +++."""
    lines = text.text.split("\n")
    at = next((n for n, line in enumerate(lines) if line.strip() == "+++"), len(lines))
    first = Text("\n".join(lines[:at]), text.line)
    return first, Text("\n".join(lines[at + 1 :]), text.line + at + 1)


def _items(text: Text) -> tuple[Text, dict[str, Text]]:
    """Split a text into what stands before the items, and the items `- id: text` by id."""
    lines = text.text.split("\n")
    heads = [n for n, line in enumerate(lines) if ITEM.match(line)]
    items: dict[str, Text] = {}
    for n, end in zip(heads, [*heads, len(lines)][1:], strict=False):
        match = ITEM.match(lines[n])
        assert match is not None
        rest = [line.strip() for line in lines[n + 1 : end]]
        items[match[1]] = Text("\n".join([match[2], *rest]).strip(), text.line + n)
    first = heads[0] if heads else len(lines)
    return Text("\n".join(lines[:first]), text.line), items


def _paragraph(text: Text, context: Context, name: str) -> tuple[Span, ...]:
    """Return the spans of a text of one paragraph."""
    blocks = read_blocks(text, context)
    if len(blocks) == 1 and isinstance(blocks[0], ParagraphBlock):
        return blocks[0].spans
    context.faults.add(text.line, f"the {name} is not one paragraph", expected="one paragraph")
    return ()


def plain(spans: tuple[Span, ...]) -> str:
    """Return spans as plain text."""
    parts = []
    for span in spans:
        inner = getattr(span, "spans", None)
        parts.append(plain(inner) if inner is not None else getattr(span, "text", ""))
    return "".join(parts)


def _same(
    expected: list[str], items: dict[str, Text], name: str, text: Text, context: Context
) -> None:
    """Report items that differ from those of chapter.toml, in number or order."""
    if expected != list(items):
        problem = f"the {name} of the text are {', '.join(items) or 'none'}"
        context.faults.add(
            text.line,
            problem,
            expected=f"the order of chapter.toml: {', '.join(expected) or 'none'}",
        )


def _unknown(kind: str, name: str, names: list[str], text: Text, context: Context) -> None:
    problem = f"chapter.toml has no {kind} named {name or '(no name)'}"
    context.faults.add(text.line - 1, problem, expected=", ".join(names))
