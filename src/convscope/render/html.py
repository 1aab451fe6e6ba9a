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
from convscope.payload import Item, Payload, Sheet, Table, cell_text
from convscope.render import payloads
from convscope.render.frame import MARGIN
from convscope.render.marks import Drawing, moved
from convscope.render.svg import palette_style, svg_for_page
from convscope.text import printable

FIGURES = """
.convscope-payload { margin: 0 0 1rem; overflow-x: auto; }
.convscope-payload > figcaption { font-weight: 600; margin: 0 0 .3rem; }
.convscope-payload > p, .convscope-sheet + p { margin: .3rem 0 0; max-width: 46rem; opacity: .75; }
.convscope-payload svg { height: auto; max-width: 100%; }
@media (max-width: 600px) { .curves svg, .scatter svg, .image_grid svg { min-width: 30rem; } }
.convscope-payload table { border-collapse: collapse; }
.convscope-payload th, .convscope-payload td
  { border-bottom: 1px solid #8884; padding: .2rem .8rem .2rem 0; text-align: left; }
.convscope-payload .number { font-variant-numeric: tabular-nums; text-align: right; }
.convscope-sheet { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: flex-start; }
.convscope-sheet > figure { max-width: 100%; }
.convscope-sheet > figure > p { contain: inline-size; } /* as wide as its picture */
"""
PAGE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1280px; padding: 1.5rem; }
body { background: #fff; color: #1b1f24; }
@media (max-width: 600px) { body { padding: 1rem .8rem; } }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3; } }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; }
nav a { display: inline-block; margin-right: .8rem; } a { color: inherit; }
article { border-top: 1px solid #8884; padding: 1.2rem 0; }
.about { margin: 0 0 .8rem; opacity: .7; }
.omitted td { padding: .2rem .8rem .2rem 0; vertical-align: top; }
"""


def fragment(payload: Payload) -> str:
    """Return a payload as figures: drawings as SVG, tables as tables, titles as text."""
    if not isinstance(payload, Sheet):
        return _figure(payload)
    title = f"<h3>{_text(payload.title)}</h3>" if payload.title else ""
    items = "".join(_figure(item) for item in payload.items)
    return f'{title}<div class="convscope-sheet">{items}</div>{_caption(payload.caption)}'


def _text(text: str) -> str:
    return _plain(translate(text))


def _plain(text: str) -> str:
    """Return text for a page, without the control characters that others may have put in it."""
    return escape(" ".join(map(printable, text.splitlines())))


def _figure(payload: Item) -> str:
    title = f"<figcaption>{_text(payload.title)}</figcaption>" if payload.title else ""
    if isinstance(payload, Table):
        body = _table(payload)
    else:  # title and caption are text of the page here, so they wrap on narrow screens
        name = payload.title or payload.caption or payload.kind
        bare = payloads.drawing(payload.model_copy(update={"title": "", "caption": ""}))
        body = svg_for_page(_trimmed(bare), label=name)
    body += _caption(payload.caption)
    return f'<figure class="convscope-payload {payload.kind}">{title}{body}</figure>'


def _trimmed(drawing: Drawing) -> Drawing:
    """Return the drawing without its margins, in line with the text of the page."""
    cut = MARGIN - 2
    marks = tuple(moved(drawing.marks, -cut, -cut))
    return replace(
        drawing, width=drawing.width - 2 * cut, height=drawing.height - 2 * cut, marks=marks
    )


def _caption(text: str) -> str:
    return f"<p>{_text(text)}</p>" if text else ""


def _table(table: Table) -> str:
    looks = [' class="number"' if table.is_numeric(i) else "" for i in range(len(table.columns))]
    head = "".join(
        f'<th scope="col"{look}>{_plain(label(name))}</th>'
        for name, look in zip(table.columns, looks, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{look}>{_text(cell_text(cell))}</td>"
            for cell, look in zip(row, looks, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def page(
    pictures: Mapping[str, Payload],
    *,
    title: str,
    descriptions: Mapping[str, str] | None = None,
    omitted: Mapping[str, str] | None = None,
) -> str:
    """Return a whole page: an article for each payload, under its name.

    Args:
        descriptions: a line under each name.
        omitted: names that are not shown, and why.
    """
    links = " ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in pictures)
    articles = "".join(
        _article(name, payload, (descriptions or {}).get(name, ""))
        for name, payload in pictures.items()
    )
    body = f"""<h1>{_text(title)}</h1>
<nav>{links if len(pictures) > 1 else ""}</nav>
{articles}{_omitted(omitted or {})}"""
    return document(body, title=title, style=PAGE + FIGURES + palette_style())


def page_style() -> str:
    """Return the rules that all pages share: colours, head, sections, tables, drawings."""
    shared = resources.files("convscope.render").joinpath("page.css").read_text("utf-8")
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
<title>{_text(title)}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def _article(name: str, payload: Payload, description: str) -> str:
    line = f'<p class="about">{_text(description)}</p>' if description else ""
    heading = f"<h2>{escape(name)}</h2>"
    return f'<article id="{escape(name)}">{heading}{line}{fragment(payload)}</article>\n'


def _omitted(reasons: Mapping[str, str]) -> str:
    if not reasons:
        return ""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{_text(why)}</td></tr>" for name, why in reasons.items()
    )
    return f'<article><h2>{_text("Not shown")}</h2><table class="omitted">{rows}</table></article>'
