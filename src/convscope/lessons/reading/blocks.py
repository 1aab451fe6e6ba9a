"""Blocks of Markdown to records."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from markdown_it.token import Token

from convscope.lessons.reading.context import Context
from convscope.lessons.reading.markdown import parser
from convscope.lessons.reading.spans import inline, read_formula
from convscope.lessons.records import (
    Block,
    CodeBlock,
    FormulaBlock,
    HeadingBlock,
    ListBlock,
    ParagraphBlock,
    Span,
    TableBlock,
)

LANGUAGES = ("python", "shell", "text", "json", "toml")


class Text(NamedTuple):
    """A text of Markdown and the line of the file at which it begins, from 1."""

    text: str
    line: int


def read_blocks(text: Text, context: Context) -> tuple[Block, ...]:
    """Return the blocks of a text; faults are reported to the context."""
    reader = _Reader(parser().parse(text.text), context, text.line)
    return tuple(reader.until(None))


class _Reader:
    """Reader of a sequence of block tokens."""

    def __init__(self, tokens: Sequence[Token], context: Context, first_line: int) -> None:
        self._tokens = tokens
        self._context = context
        self._first = first_line
        self._at = 0

    def until(self, closing: str | None) -> list[Block]:
        """Read to the token that closes the present one."""
        blocks: list[Block] = []
        while self._at < len(self._tokens):
            token = self._next()
            if token.type == closing:
                break
            blocks += self._block(token)
        return blocks

    def _next(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _line(self, token: Token) -> int:
        return self._first + (token.map[0] if token.map else 0)

    def _spans(self, token: Token) -> tuple[Span, ...]:
        return inline(token, self._context, self._line(token))

    def _block(self, token: Token) -> list[Block]:
        match token.type:
            case "heading_open":
                return self._heading(token)
            case "paragraph_open":
                spans = self._spans(self._next())
                self._next()
                return [ParagraphBlock(spans=spans)]
            case "bullet_list_open" | "ordered_list_open":
                return [self._list(token)]
            case "table_open":
                return [self._table()]
            case "formula_block":
                line = self._line(token)
                math, text = read_formula(token.content, self._context, line, is_block=True)
                return [FormulaBlock(math=math, text=text)]
            case "fence":
                return self._fence(token)
        name = token.type.removesuffix("_open")
        self._context.faults.add(
            self._line(token),
            f"chapters have no blocks of the kind {name}",
            expected="headings, paragraphs, lists, tables, formulas, code or fenced blocks",
        )
        return []

    def _heading(self, token: Token) -> list[Block]:
        level = int(token.tag[1])
        spans = self._spans(self._next())
        self._next()
        if level not in (2, 3):
            line = self._line(token)
            self._context.faults.add(line, f"the heading has level {level}", expected="## or ###")
        return [HeadingBlock(level=level, anchor="", spans=spans)]

    def _list(self, opening: Token) -> ListBlock:
        closing = opening.type.replace("_open", "_close")
        items: list[tuple[Block, ...]] = []
        while (token := self._next()).type != closing:
            assert token.type == "list_item_open"
            items.append(tuple(self.until("list_item_close")))
        return ListBlock(ordered=opening.type.startswith("ordered"), items=tuple(items))

    def _table(self) -> TableBlock:
        rows: list[list[tuple[Span, ...]]] = []
        while (token := self._next()).type != "table_close":
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(self._spans(token))
        return TableBlock(head=tuple(rows[0]), rows=tuple(tuple(row) for row in rows[1:]))

    def _fence(self, token: Token) -> list[Block]:
        from convscope.lessons.reading.fences import FENCES

        kind, _, name = token.info.strip().partition(" ")
        line = self._line(token)
        if not re.match(r"```+\s*$", self._closing(token)):
            self._context.faults.add(
                line, f"the fenced block {token.info} is not closed", expected="```"
            )
        if kind in FENCES:
            read = FENCES[kind]
            block = read(name.strip(), Text(token.content, line + 1), self._context)
            return [] if block is None else [block]
        if kind not in LANGUAGES:
            expected = ", ".join([*FENCES, *LANGUAGES])
            self._context.faults.add(
                line, f"there is no fenced block of the kind {kind or '(none)'}", expected=expected
            )
        return [CodeBlock(language=kind, text=token.content.rstrip("\n"))]

    def _closing(self, token: Token) -> str:
        """Return a mark if the fence is closed: it has two lines more than its content."""
        assert token.map is not None
        has_end = token.map[1] - token.map[0] >= token.content.count("\n") + 2
        return "```" if has_end else ""
