"""Payloads as HTML for a notebook. Every text is escaped."""

import base64
from html import escape
from typing import TYPE_CHECKING

from convscope.visuals.payload import cell_text

if TYPE_CHECKING:
    from convscope.visuals.payload import Curves, Heatmap, ImageGrid, Table


def picture(payload: "Heatmap | ImageGrid | Curves") -> str:
    """The PNG, inside the page."""
    data = base64.b64encode(payload.png()).decode("ascii")
    alt = escape(payload.title or payload.kind)
    return f'<img alt="{alt}" src="data:image/png;base64,{data}">'


def table(payload: "Table") -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in payload.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell_text(cell))}</td>" for cell in row) + "</tr>"
        for row in payload.rows
    )
    title = f"<caption>{escape(payload.title)}</caption>" if payload.title else ""
    below = f"<p>{escape(payload.caption)}</p>" if payload.caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"
