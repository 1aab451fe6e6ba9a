"""Inline text of Markdown to spans."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote

from markdown_it.token import Token

from convscope.errors import InputError, nearest
from convscope.lessons.figures import FIGURES
from convscope.lessons.quantities import shown
from convscope.lessons.reading.context import Context
from convscope.lessons.reading.formula import formula
from convscope.lessons.reading.numbers import typed_number
from convscope.lessons.reading.settings import check_state
from convscope.lessons.records import (
    ChapterSpan,
    CiteSpan,
    CodeSpan,
    DriveSpan,
    EmphasisSpan,
    LinkSpan,
    MathNode,
    MathSpan,
    QuantitySpan,
    Span,
    StrongSpan,
    TermSpan,
    TextSpan,
)
from convscope.lessons.sources import SOURCES, cited
from convscope.lessons.terms import terms

REFERENCE = re.compile(r"\{(?P<name>[a-z0-9][\w.-]*)(?::(?P<form>\w+))?\}|\[@(?P<source>\w+)\]")
CJK = r"[\u3000-\u9fff\uff00-\uffef]"
CHINESE_BREAK = re.compile(rf"(?<={CJK})\n(?={CJK})")
STOP = r"[\u3000-\u303f\uff00-\uff0f\uff1a-\uff1f]"
WORDS = ("strong", "emphasis", "drive", "term", "link", "chapter")  # spans that hold words
IN_FORMULA = re.compile(r"\\q\{([a-z0-9][\w.-]*)(?::(\w+))?\}")
QUANTITIES_FIX = "add a function to lessons/quantities/"


def inline(token: Token, context: Context, first_line: int) -> tuple[Span, ...]:
    """Return the spans of an inline token; `first_line` counts from 1."""
    reader = _Inline(token.children or [], context, first_line)
    return _joined(reader.until(None))


class _Inline:
    """Reader of the tokens of one paragraph."""

    def __init__(self, tokens: Sequence[Token], context: Context, line: int) -> None:
        self._tokens = tokens
        self._context = context
        self._line = line
        self._at = 0

    def until(self, closing: str | None) -> tuple[Span, ...]:
        """Read to the token that closes the present one."""
        spans: list[Span] = []
        text = ""
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type in ("text", "text_special"):
                text += token.content
                continue
            if token.type in ("softbreak", "hardbreak"):
                text += "\n"
                continue
            spans += self._texts(text)
            text = ""
            if token.type == closing:
                return tuple(spans)
            spans += self._other(token)
        spans += self._texts(text)
        return tuple(spans)

    def _other(self, token: Token) -> list[Span]:
        match token.type:
            case "strong_open":
                return [StrongSpan(spans=self.until("strong_close"))]
            case "em_open":
                return [EmphasisSpan(spans=self.until("em_close"))]
            case "code_inline":
                return [CodeSpan(text=token.content)]
            case "formula":
                math, text = read_formula(token.content, self._context, self._line)
                return [MathSpan(math=math, text=text)]
            case "link_open":
                href = unquote(str(token.attrs.get("href", "")))
                line = self._line
                return self._link(href, self.until("link_close"), line)
            case "image":
                self._fault("chapters have no images", fix="show a lab in a figure block")
        return []

    def _fault(self, problem: str, *, expected: str = "", fix: str = "") -> None:
        self._context.faults.add(self._line, problem, expected=expected, fix=fix)

    def _texts(self, text: str) -> list[Span]:
        """Split text at quantities and sources."""
        spans: list[Span] = []
        end = 0
        for match in REFERENCE.finditer(text):
            spans += self._plain(text[end : match.start()])
            end = match.end()
            if match["source"]:
                spans += self._cite(match["source"])
            else:
                shown = self._quantity(match["name"], match["form"])
                spans.append(QuantitySpan(name=match["name"], text=shown))
        return spans + self._plain(text[end:])

    def _plain(self, text: str) -> list[Span]:
        """Return text without references; a line break of the file is a space, or nothing."""
        for number, line in enumerate(text.split("\n")):
            self._line += bool(number)
            if typed := typed_number(line):
                expected = "a quantity: {name} or {name:format}"
                self._fault(
                    f"the number {typed} is typed, not computed",
                    expected=expected,
                    fix=QUANTITIES_FIX,
                )
            if broken := re.search(r"[{}]|\[@|\]\(|\*\*|<[a-z/]|!\[", line):
                self._fault(
                    f"the text has the mark {broken[0]} of unfinished Markdown",
                    expected="a quantity: {name} or {name:format}",
                )
        return [TextSpan(text=text)] if text else []

    def _quantity(self, name: str, form: str | None) -> str:
        return read_quantity(name, form, self._context, self._line)

    def _cite(self, key: str) -> list[Span]:
        if key not in SOURCES:
            near = ", ".join(nearest(key, SOURCES))
            self._fault(
                f"there is no source named {key}", expected=near or "a key of lessons/sources.py"
            )
            return []
        if key not in self._context.sources:
            self._context.sources.append(key)
        return [CiteSpan(source=key, text=cited(key, self._context.language))]

    def _link(self, href: str, spans: tuple[Span, ...], line: int) -> list[Span]:
        """Return a link, a phrase that drives a figure, or a term, by the scheme of the address."""
        scheme, _, rest = href.partition(":")
        if not spans:
            self._context.faults.add(line, f"the link to {href} has no text")
        match scheme:
            case "figure":
                return self._drive(rest, spans, line)
            case "term":
                return self._term(rest, spans, line)
            case "chapter":
                chapter, _, anchor = rest.partition("#")
                self._context.links.append((line, chapter, anchor))
                return [ChapterSpan(chapter=chapter, anchor=anchor, spans=spans)]
            case "https":
                return [LinkSpan(href=href, spans=spans)]
        expected = "figure:ID?key=value, term:NAME, chapter:ID#anchor or https://..."
        self._context.faults.add(
            line, f"the link to {href} has an unknown scheme", expected=expected
        )
        return list(spans)

    def _drive(self, rest: str, spans: tuple[Span, ...], line: int) -> list[Span]:
        figure, _, query = rest.partition("?")
        lab = self._context.lab_of(figure)
        if lab is None:
            ids = ", ".join(one.id for one in self._context.settings.figures)
            self._context.faults.add(
                line, f"chapter.toml has no figure named {figure}", expected=ids
            )
            return list(spans)
        pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
        state = dict(pairs)
        if query and not state:
            self._context.faults.add(
                line, f"the state {query} has no key and value", expected="key=value&key=value"
            )
        if lab in FIGURES:
            check_state(lab, state, line, self._context.faults)
        return [DriveSpan(figure=figure, state=state, spans=spans)]

    def _term(self, entry: str, spans: tuple[Span, ...], line: int) -> list[Span]:
        term = terms().get(entry)
        if term is None:
            near = ", ".join(nearest(entry, terms())) or "a term of docs/glossary.md"
            fix = "add it to docs/glossary.md, then python tools/glossary_terms.py --write"
            self._context.faults.add(
                line, f"there is no term named {entry}", expected=near, fix=fix
            )
            return list(spans)
        if entry in self._context.terms:
            self._context.faults.add(
                line, f"the term {entry} is marked twice", expected="a mark at its first use only"
            )
        self._context.terms.append(entry)
        return [TermSpan(entry=entry, spans=spans, definition=term[self._context.language].meaning)]


def _joined(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return spans without line breaks: a space each, or nothing between Chinese characters."""
    done: list[Span] = []
    for number, span in enumerate(spans):
        if isinstance(span, TextSpan):
            before = number > 0 and spans[number - 1].kind in WORDS
            after = number + 1 < len(spans) and spans[number + 1].kind in WORDS
            text = CHINESE_BREAK.sub("", span.text)
            if before:
                text = re.sub(rf"^\n(?={CJK})", "", text)
            if after:
                text = re.sub(rf"(?<={CJK})\n$", "", text)
            text = re.sub(rf"(?<={STOP})\n$", "", text)
            done.append(TextSpan(text=text.replace("\n", " ")))
        elif hasattr(span, "spans"):
            done.append(span.model_copy(update={"spans": _joined(span.spans)}))
        else:
            done.append(span)
    return tuple(done)


def read_quantity(name: str, form: str | None, context: Context, line: int) -> str:
    """Return the text of a quantity; a fault and a question mark if there is none."""
    try:
        return shown(name, form, context.language)
    except InputError as error:
        context.faults.add(line, error.given, expected=error.expected, fix=error.fix)
        return "?"


def read_formula(
    latex: str, context: Context, line: int, *, is_block: bool = False
) -> tuple[MathNode, str]:
    r"""Return a formula, with quantities for \\q{name:format}."""

    def value(match: re.Match[str]) -> str:
        text = read_quantity(match[1], match[2], context, line)
        return r"\text{" + text + "}" if not text.isdigit() else text

    if typed := typed_number(IN_FORMULA.sub("", latex)):
        expected = r"a quantity: \q{name} or \q{name:format}"
        context.faults.add(
            line,
            f"the number {typed} is typed, not computed",
            expected=expected,
            fix=QUANTITIES_FIX,
        )
    try:
        return formula(IN_FORMULA.sub(value, latex), is_block=is_block)
    except ValueError as error:
        context.faults.add(line, f"the formula {latex} is not valid LaTeX: {error}")
        return MathNode(tag="math", children=(latex,)), latex
