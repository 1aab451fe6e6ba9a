"""Payloads as HTML: a piece for a notebook, and a whole page of several payloads.

There is no script, nothing is loaded from the network, and every text is escaped. The policy in
the page's head allows images inside the page and its own style sheet by its hash; the browser
refuses everything else.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from importlib import resources

from convscope.lang import html_language, label, translate
from convscope.payload import Heatmap, ImageGrid, Item, Payload, Scale, Sheet, Table, cell_text
from convscope.render import payloads
from convscope.render.frame import MARGIN, without_margin
from convscope.render.kinds.image_grid import is_distorted, is_pair
from convscope.render.marks import Drawing
from convscope.render.pages.repeated import stored_once
from convscope.render.svg import palette_style, svg_for_page
from convscope.text import counted, printable

FIGURES = """
.convscope-payload { margin: 0 0 1rem; overflow-x: auto; }
.convscope-payload > figcaption { font-weight: 600; margin: 0 0 .3rem; }
.convscope-payload > p, .convscope-sheet + p { margin: .3rem 0 0; max-width: 46rem; opacity: .75; }
.convscope-payload svg { display: block; width: auto; height: auto; max-width: 100%; }
.convscope-pieces
  { display: grid; grid-template-columns: repeat(2, minmax(0, max-content)); gap: .75rem; }
@media (max-width: 600px) { .convscope-pieces { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 600px) {
  .curves svg, .scatter svg, svg.convscope-wide { min-width: 30rem; }
}
.convscope-payload table { border-collapse: collapse; width: auto; }
.convscope-payload th, .convscope-payload td
  { border-bottom: 1px solid #8884; padding: .2rem .8rem .2rem 0; text-align: left; }
.convscope-payload .number { font-variant-numeric: tabular-nums; text-align: right; }
.convscope-payload summary { cursor: pointer; padding: .2rem 0; }
.convscope-sheet { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 1.5rem; }
.convscope-sheet > figure { max-width: 100%; }
@media (min-width: 601px) {
  .convscope-columns { grid-template-columns: repeat(2, minmax(0, max-content)); }
  .convscope-columns > .convscope-broad { grid-column: 1 / -1; }
}
.convscope-columns > figure > p { contain: inline-size; } /* as wide as its picture */
"""
DRAWN = """
main.drawn { max-width: none; overflow-x: auto; }
"""
WIDE = 520.0  # a drawing that is scrolled on narrow screens, where its text would be too small
MOST_OPEN_ROWS = 20  # of a table; longer ones are folded until they are opened


def fragment(payload: Payload, *, titled: bool = True) -> str:
    """Return a payload as figures: drawings as SVG, tables as tables, titles as text.

    Args:
        titled: False where the page around it has the payload's title already.
    """
    if not isinstance(payload, Sheet):
        return _figure(payload if titled else payload.model_copy(update={"title": ""}))
    title = f"<h3>{heading(payload.title)}</h3>" if payload.title and titled else ""
    items = "".join(_figure(item) for item in payload.items)
    look = "convscope-sheet convscope-columns" if payload.columns > 1 else "convscope-sheet"
    return f'{title}<div class="{look}">{items}</div>{_caption(payload.caption)}'


def worded(text: str) -> str:
    """Return text of a page in the language in use."""
    return escaped(translate(text))


def heading(text: str) -> str:
    """Return a title of our own, which may be one word, in the language in use."""
    return escaped(label(text))


def escaped(text: str) -> str:
    """Return text for a page, without the control characters that others may have put in it."""
    return escape(" ".join(map(printable, text.splitlines())))


def _figure(payload: Item) -> str:
    title = f"<figcaption>{heading(payload.title)}</figcaption>" if payload.title else ""
    if isinstance(payload, Table):
        body, broad = _table(payload), True
    else:  # title and caption are text of the page here, so they wrap on narrow screens
        name = payload.title or payload.caption or payload.kind
        drawn = [_bare(piece) for piece in _pieces(payload)]
        broad = sum(each.width for each in drawn) > WIDE
        body = "".join(svg_for_page(each, label=name) for each in drawn)
        body = f'<div class="convscope-pieces">{body}</div>' if len(drawn) > 1 else body
    body += _caption(payload.caption)
    look = f"convscope-payload {payload.kind}{' convscope-broad' if broad else ''}"
    return f'<figure class="{look}">{title}{body}</figure>'


def _bare(payload: Item) -> Drawing:
    """Return the drawing without title, caption and margins; a wide one has a class of its own."""
    plain = payload.model_copy(update={"title": "", "caption": ""})
    bare = without_margin(payloads.drawing(plain), cut=MARGIN - 2)  # room for lines at the edge
    if bare.width <= WIDE:
        return bare
    return replace(bare, css_class=f"{bare.css_class} convscope-wide")


def _pieces(payload: Item) -> list[Item]:
    """Return a picture and what was computed from it apart, so that narrow screens stack them.

    A map in other proportions than its picture stays beside it, which gives it the right ones.
    """
    match payload:
        case Heatmap(underlay=picture, beside=True) if picture is not None:
            rest: Item = payload.model_copy(update={"beside": False})
        case ImageGrid(picture=picture) if (
            picture is not None and is_pair(payload) and not is_distorted(payload)
        ):
            rest = payload.model_copy(update={"picture": None})
        case _:
            return [payload]
    scale = Scale.pixels(3)
    return [ImageGrid(tiles=picture[None], scale=scale), rest]


def _caption(text: str) -> str:
    return f"<p>{worded(text)}</p>" if text else ""


def _table(table: Table) -> str:
    looks = [' class="number"' if table.is_numeric(i) else "" for i in range(len(table.columns))]
    head = "".join(
        f'<th scope="col"{look}>{escaped(label(name))}</th>'
        for name, look in zip(table.columns, looks, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{look}>{worded(cell_text(cell))}</td>"
            for cell, look in zip(row, looks, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    if len(table.rows) <= MOST_OPEN_ROWS:
        return whole
    summary = worded(f"Table of {counted(len(table.rows), 'row')}")
    return f"<details><summary>{summary}</summary>{whole}</details>"


def page(pictures: Mapping[str, Payload], *, title: str) -> str:
    """Return a whole page: a section for each payload, under its name where there are several."""
    alone = len(pictures) == 1
    links = "".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in pictures)
    sections = "".join(
        f'<section class="plain" id="{escape(name)}">'
        f"{'' if alone else f'<h2>{escape(name)}</h2>'}"
        f"{fragment(payload, titled=not alone or payload.title != title)}</section>\n"
        for name, payload in pictures.items()
    )
    body = f"""<main>
<header><h1>{heading(title)}</h1>{"" if alone else f"<nav>{links}</nav>"}</header>
{sections}</main>"""
    return document(body, title=title, style=page_style() + FIGURES)


def drawn_page(drawing: Drawing) -> str:
    """Return a whole page with one drawing, which has its own title."""
    plain = replace(drawing, css_class="convscope-drawing")  # the class that the page's rules name
    body = f'<main class="drawn">{svg_for_page(plain, label=drawing.title)}</main>'
    return document(body, title=drawing.title, style=page_style() + DRAWN)


def page_style() -> str:
    """Return the rules that all pages share: colours, head, sections, tables, drawings."""
    shared = resources.files("convscope.render.pages").joinpath("page.css").read_text("utf-8")
    return f"{palette_style()}\n{shared}"


def document(body: str, *, title: str, style: str, language: str = "") -> str:
    """Return a whole HTML document; its policy allows this style sheet and images inside it."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return f"""<!doctype html>
<html lang="{language or html_language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{worded(title)}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
{stored_once(body)}
</body>
</html>
"""
