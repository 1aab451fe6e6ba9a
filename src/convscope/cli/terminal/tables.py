"""Tables on standard output: whole where the output is no terminal, fitted to a terminal's width.

Names and numbers are never cut and never broken over lines. Where a terminal is too narrow, prose
is wrapped at words; then columns of a higher rank are left out, and the last line says which;
then the table is printed in blocks of columns, or each row over several lines.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from convscope.cli.terminal.output import console, say, styled
from convscope.lang import label, translate
from convscope.text import printable

if TYPE_CHECKING:
    from rich.text import Text

    from convscope.payload import Table

Kind = Literal["name", "number", "prose", "value"]

GAP = 2  # spaces between columns
INDENT = 2  # of the lines of a row that takes several
LEAST_PROSE = 20  # columns of prose that are still readable

HEADS: dict[Kind, Kind] = {"name": "prose", "number": "value", "prose": "prose", "value": "value"}
"""How the head of a column of each kind is printed: wrapped at words."""

Cell: TypeAlias = "str | Text"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        kind: "name" stands to the left, "number" to the right, neither is ever broken; "prose" is
            wrapped at words; "value" is prose that stands to the right.
        rank: columns of the highest rank are left out first on a narrow terminal; 0: never.
    """

    head: str
    kind: Kind = "name"
    rank: int = 0

    @property
    def is_right(self) -> bool:
        return self.kind in ("number", "value")

    @property
    def wraps(self) -> bool:
        return self.kind in ("prose", "value")


@dataclass(frozen=True)
class Layout:
    """Arrangement of a table: blocks of columns with their widths, one below the other.

    Attributes:
        blocks: numbers of the columns of each block.
        widths: of every column.
        omitted: numbers of the columns that are left out.
        stacked: whether each row takes several lines: its name, then the other columns.
    """

    blocks: tuple[tuple[int, ...], ...]
    widths: tuple[int, ...]
    omitted: tuple[int, ...] = ()
    stacked: bool = False


def print_table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    header: bool = True,
    striped: bool = False,
    blocks: bool = False,
) -> None:
    """Print a table on standard output.

    Args:
        header: print the heads of the columns.
        striped: print every second row dim, for tables of many columns.
        blocks: on a narrow terminal print the columns in several blocks, which all begin with the
            first column, in place of leaving columns out.
    """
    view = console()
    is_terminal = sys.stdout.isatty()
    heads = [_text(column.head, label) for column in columns]
    cells = [[_text(cell, translate) for cell in row] for row in rows]
    layout = arrange(columns, cells, view.width, heads=heads if header else (), blocks=blocks)
    lines: list[Text] = []
    for block in layout.blocks:
        if header:
            head = _row_lines(
                [replace(c, kind=HEADS[c.kind]) for c in columns], heads, layout, block
            )
            for line in head:
                line.stylize("bold")
            lines += head
        for place, row in enumerate(cells):
            printed = _row_lines(columns, row, layout, block)
            if striped and place % 2:
                for line in printed:
                    line.stylize("dim")
            lines += printed
        if block != layout.blocks[-1]:
            lines.append(styled(""))
    if is_terminal:
        for line in lines:
            view.print(line, soft_wrap=True)
    else:
        sys.stdout.write("".join(f"{line.plain}\n" for line in lines))
    if layout.omitted:
        names = ", ".join(label(columns[number].head) for number in layout.omitted)
        say(f"columns left out in a terminal of {view.width} columns: {names}; a pipe shows all")


def tell_convention(convention: str, is_asked: bool) -> None:
    """Print how the numbers of a table are counted, or in a terminal the option that does."""
    if is_asked:
        console().print(styled((convention, "dim")))
    elif sys.stdout.isatty():
        console().print(styled(("--explain says how these numbers are counted", "dim")))


def print_payload(table: "Table") -> None:
    """Print a payload of rows and columns with its title and caption."""
    from convscope.payload import cell_text

    if table.title:
        console().print(styled((table.title, "bold")))
    columns = [
        Column(name, "number" if table.is_numeric(number) else "prose")
        for number, name in enumerate(table.columns)
    ]
    print_table(columns, [tuple(map(cell_text, row)) for row in table.rows])
    if table.caption:
        console().print(styled((table.caption, "dim")))


def _text(cell: Cell, translated: Callable[[str], str]) -> "Text":
    from rich.text import Text

    if isinstance(cell, Text):
        return cell
    return Text("\n".join(map(printable, translated(cell).split("\n"))))


def arrange(
    columns: Sequence[Column],
    rows: Sequence[Sequence["Text"]],
    available: int,
    *,
    heads: Sequence["Text"] = (),
    blocks: bool = False,
) -> Layout:
    """Return the arrangement that fits a width; wider only if one name or number is."""
    natural, least = [0] * len(columns), [0] * len(columns)
    for row in rows:
        if len(row) == 1 < len(columns):  # a heading, which takes the whole width
            continue
        for number, cell in enumerate(row):
            for line in cell.split("\n") or [cell]:
                natural[number] = max(natural[number], line.cell_len)
                if columns[number].wraps:
                    word = max((len_of(word) for word in line.plain.split()), default=0)
                    least[number] = max(least[number], word, min(line.cell_len, LEAST_PROSE))
    for number, column in enumerate(columns):
        least[number] = least[number] if column.wraps else natural[number]
    for number, head in enumerate(heads):  # wrapped at words, in every column
        natural[number] = max(natural[number], head.cell_len)
        word = max((len_of(word) for word in head.plain.split()), default=0)
        least[number] = max(least[number], word)
    shown = list(range(len(columns)))
    fit = partial(_fit, natural, least, available)
    if (widths := fit(shown)) is not None:
        return Layout((tuple(shown),), widths)
    if blocks:
        return _in_blocks(natural, least, available)
    omitted: list[int] = []
    while rank := max((columns[number].rank for number in shown), default=0):
        omitted += [number for number in shown if columns[number].rank == rank]
        shown = [number for number in shown if columns[number].rank < rank]
        if (widths := fit(shown)) is not None:
            return Layout((tuple(shown),), widths, tuple(sorted(omitted)))
    narrow = tuple(min(width, max(available - INDENT, 1)) for width in natural)
    widths = tuple(max(pair) for pair in zip(narrow, least, strict=True))
    return Layout((tuple(shown),), widths, tuple(sorted(omitted)), stacked=True)


def len_of(word: str) -> int:
    """Return the columns of a terminal that a word takes: two for a Chinese character."""
    from rich.cells import cell_len

    return cell_len(word)


def _fit(
    natural: Sequence[int], least: Sequence[int], available: int, shown: Sequence[int]
) -> tuple[int, ...] | None:
    """Return widths at which the columns fit; None if names and numbers alone are too wide."""
    room = available - GAP * (len(shown) - 1)
    if sum(natural[number] for number in shown) <= room:
        return tuple(natural)
    spare = room - sum(least[number] for number in shown)
    if spare < 0:
        return None
    widths = list(least)
    while spare:  # the narrowest first, until all that is left over is used
        open_ = [number for number in shown if widths[number] < natural[number]]
        if not open_:
            break
        narrowest = min(open_, key=lambda number: widths[number])
        widths[narrowest] += 1
        spare -= 1
    return tuple(widths)


def _in_blocks(natural: Sequence[int], least: Sequence[int], available: int) -> Layout:
    widths = list(least)
    widths[0] = natural[0]
    blocks: list[list[int]] = [[0]]
    for number in range(1, len(natural)):
        taken = sum(widths[n] + GAP for n in blocks[-1])
        if len(blocks[-1]) > 1 and taken + widths[number] > available:
            blocks.append([0])
        blocks[-1].append(number)
    for block in blocks:  # columns of one block share what is left over
        room = available - sum(widths[n] + GAP for n in block) + GAP
        while room > 0:
            open_ = [n for n in block if widths[n] < natural[n]]
            if not open_:
                break
            widths[min(open_, key=lambda n: widths[n])] += 1
            room -= 1
    return Layout(tuple(map(tuple, blocks)), tuple(widths))


def _row_lines(
    columns: Sequence[Column], row: Sequence["Text"], layout: Layout, block: Sequence[int]
) -> list["Text"]:
    """Return the lines of one row; a row of a single cell is a heading."""
    if len(row) == 1 < len(columns):
        return _folded(row[0], console().width)
    present = [number for number in block if number < len(row)]
    if not layout.stacked:
        return _side_by_side(columns, row, layout.widths, present)
    lines = _side_by_side(columns, row, layout.widths, present[:1])
    rest = [number for number in present[1:] if row[number].plain]
    available = console().width - INDENT
    while rest:
        taken = [rest.pop(0)]
        width = layout.widths[taken[0]]
        while rest and width + GAP + layout.widths[rest[0]] <= available:
            width += GAP + layout.widths[rest[0]]
            taken.append(rest.pop(0))
        for line in _side_by_side(columns, row, layout.widths, taken):
            lines.append(styled(" " * INDENT) + line)
    return lines


def _side_by_side(
    columns: Sequence[Column], row: Sequence["Text"], widths: Sequence[int], shown: Sequence[int]
) -> list["Text"]:
    wrapped = [_wrapped(row[number], columns[number], widths[number]) for number in shown]
    lines = []
    for place in range(max(map(len, wrapped), default=0)):
        line = styled("")
        end = 0  # column of the terminal at which the line ends so far
        begin = 0
        for number, cell_lines in zip(shown, wrapped, strict=True):
            if place < len(cell_lines) and (cell := cell_lines[place]).plain:
                right = widths[number] - cell.cell_len if columns[number].is_right else 0
                line.append(" " * (begin + max(right, 0) - end))
                line.append_text(cell)
                end = begin + max(right, 0) + cell.cell_len
            begin += widths[number] + GAP
        lines.append(line)
    return lines


def _wrapped(cell: "Text", column: Column, width: int) -> list["Text"]:
    lines = list(cell.split("\n")) or [cell]
    if not column.wraps:
        return lines
    return [
        part
        for line in lines
        for part in ([line] if line.cell_len <= width else _folded(line, width))
    ]


def _folded(text: "Text", width: int) -> list["Text"]:
    """Return the lines of a text that is wrapped at words."""
    parts = list(text.wrap(console(), width, overflow="fold"))
    for part in parts:
        part.rstrip()
    return parts
