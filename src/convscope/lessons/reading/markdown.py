"""Markdown parser: CommonMark with tables and with formulas between dollar signs."""

from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline


@cache
def parser() -> MarkdownIt:
    """Return the parser; HTML is text."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.inline.ruler.before("escape", "formula", _inline_formula)
    markdown.block.ruler.before("fence", "formula", _block_formula, {"alt": ["paragraph", "list"]})
    return markdown


def _inline_formula(state: StateInline, silent: bool) -> bool:
    """Read $...$ within a line."""
    if state.src[state.pos] != "$":
        return False
    end = state.src.find("$", state.pos + 1)
    if end < 0 or end == state.pos + 1 or end >= state.posMax:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = state.src[state.pos + 1 : end]
    state.pos = end + 1
    return True


def _block_formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read $$ ... $$ on lines of its own."""
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if not first.startswith("$$"):
        return False
    if silent:
        return True
    lines, line = [first[2:]], start
    while "$$" not in lines[-1] and line + 1 < end:
        line += 1
        lines.append(state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]])
    lines[-1] = lines[-1].partition("$$")[0]
    token = state.push("formula_block", "", 0)
    token.content = "\n".join(lines).strip()
    token.map = [start, line + 1]
    state.line = line + 1
    return True
