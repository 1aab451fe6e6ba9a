"""Parts of the HTML of all objects: heading, line of facts, tables, folded parts, pictures."""

from collections.abc import Collection, Iterable, Sequence
from html import escape
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from convscope.lang import label, translate
from convscope.render.pixels import data_uri, interpolated
from convscope.text import printable

SHOWN_ROWS = 20  # of a table; more are folded
MOST_ROWS = 300  # folded ones; more are counted
MOST_WRAPPED = 4  # columns of a table that is as narrow as the page; others scroll
LONGEST_TEXT = 300  # characters of one text of others
THUMBNAIL = 84  # pixels
ENLARGED = 48  # images with sides up to this are shown as squares, one for each pixel


def name(text: str) -> str:
    """Return a text of others (a name, a path, a label) for a page."""
    return escape(printable(text, LONGEST_TEXT))


def sentence(text: str) -> str:
    """Return a sentence of ours for a page, in the language of the user."""
    return escape(printable(translate(text)))


def heading(title: str, note: str = "") -> str:
    """Return the first line; `title` and `note` are names, or sentences that are translated."""
    about = f'<span class="muted">{sentence(note)}</span>' if note else ""
    return f'<div class="head"><b>{sentence(title)}</b>{about}</div>'


def facts(*texts: str) -> str:
    """Return a line of short facts."""
    spans = "".join(f"<span>{sentence(text)}</span>" for text in texts if text)
    return f'<p class="facts">{spans}</p>'


def folded(summary: str, body: str, *, is_open: bool = False) -> str:
    """Return a part that is opened by a click."""
    state = " open" if is_open else ""
    return f"<details{state}><summary>{escape(label(summary))}</summary>{body}</details>"


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Collection[int] = (),
    total: Sequence[str] = (),
    num_rows: int | None = None,
) -> str:
    """Return a table; rows after the first 20 are folded, and after 300 more only counted.

    Args:
        rows: texts; escaped here.
        numeric: columns that stand to the right.
        total: a last row.
        num_rows: length of `rows`, if they are an iterator.
    """
    remaining = iter(rows)
    first = list(islice(remaining, SHOWN_ROWS))
    more = list(islice(remaining, MOST_ROWS))
    count = num_rows if num_rows is not None else len(first) + len(more) + sum(1 for _ in remaining)
    text = _table(head, first, numeric, () if more else total)
    if more:
        hidden = count - len(first) - len(more)
        note = f'<p class="muted">{sentence(f"{hidden:,} more rows")}</p>' if hidden else ""
        inner = _table(head, more, numeric, total) + note
        text += folded(f"{count - len(first):,} more rows", inner)
    return text


def _table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Collection[int],
    total: Sequence[str],
) -> str:
    def cells(row: Sequence[str]) -> str:
        looks = (' class="number"' if i in numeric else "" for i in range(len(row)))
        pairs = zip(row, looks, strict=True)
        return "".join(f"<td{look}>{name(translate(cell))}</td>" for cell, look in pairs)

    columns = "".join(
        f'<th scope="col"{" class=number" if i in numeric else ""}>{escape(label(text))}</th>'
        for i, text in enumerate(head)
    )
    top = f"<thead><tr>{columns}</tr></thead>" if any(head) else ""
    body = "".join(f"<tr>{cells(row)}</tr>" for row in rows)
    last = f'<tr class="total">{cells(total)}</tr>' if total else ""
    look = ' class="wide"' if len(head) > MOST_WRAPPED else ""
    return f'<div class="scroll"><table{look}>{top}<tbody>{body}{last}</tbody></table></div>'


def image(pixels: NDArray[np.uint8], *, alt: str) -> str:
    """Return a thumbnail of an image, (H, W) or (H, W, 3), inside the page."""
    height, width = pixels.shape[:2]
    is_small = max(height, width) <= ENLARGED
    if max(height, width) > 2 * THUMBNAIL:
        times = 2 * THUMBNAIL / max(height, width)
        pixels = interpolated(pixels, (width * times, height * times))
    look = "" if is_small else ' class="smooth"'
    return f'<img{look} alt="{name(alt)}" src="{data_uri(pixels)}">'


def bar(share: float) -> str:
    """Return a horizontal bar, filled to a share from 0 to 1."""
    return f'<span class="bar"><i style="width:{100 * min(max(share, 0), 1):.1f}%"></i></span>'
