"""Payloads as HTML for a notebook. Every text is escaped."""

import base64
from html import escape
from typing import TYPE_CHECKING

from convscope.payload import Curves, Heatmap, ImageGrid, Scatter, Sheet, Table, cell_text

if TYPE_CHECKING:
    from convscope.payload import Payload


def html(payload: "Payload") -> str:
    """A piece of a page: pictures as PNG inside it, tables as tables."""
    match payload:
        case Table():
            return _table(payload)
        case Sheet():
            return _sheet(payload)
        case Heatmap() | ImageGrid() | Curves() | Scatter():
            return _picture(payload)


def _picture(payload: "Heatmap | ImageGrid | Curves | Scatter") -> str:
    """The PNG, inside the page."""
    data = base64.b64encode(payload.png()).decode("ascii")
    alt = escape(". ".join(part for part in (payload.title, payload.caption) if part) or "picture")
    return f'<img alt="{alt}" src="data:image/png;base64,{data}">'


def _table(payload: "Table") -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in payload.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell_text(cell))}</td>" for cell in row) + "</tr>"
        for row in payload.rows
    )
    title = f"<caption>{escape(payload.title)}</caption>" if payload.title else ""
    below = f"<p>{escape(payload.caption)}</p>" if payload.caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def _sheet(payload: "Sheet") -> str:
    title = f"<h2>{escape(payload.title)}</h2>" if payload.title else ""
    below = f"<p>{escape(payload.caption)}</p>" if payload.caption else ""
    items = "".join(f"<section>{html(item)}</section>" for item in payload.items)
    return f"{title}{items}{below}"
