"""The page of `/docs`: written here from OpenAPI, with a style and a script of its own.

FastAPI's own page loads its script from another server, which no service may do
(docs/how-to/serving.md).
"""

import html
import json
from importlib import resources
from typing import Any

from starlette.responses import Response

from convscope.lang import html_language, label, translate
from convscope.server.predictions.schema import ModelCard

FILES = resources.files("convscope.server.predictions") / "files"
MOST_LABELS = 20


async def style() -> Response:
    """Return the style of the page."""
    return Response((FILES / "page.css").read_bytes(), media_type="text/css")


async def script() -> Response:
    """Return the script of the page: it sends a file to /predict and shows the answer."""
    return Response((FILES / "page.js").read_bytes(), media_type="text/javascript")


def written(openapi: dict[str, Any], card: ModelCard) -> bytes:
    """Return the page as HTML."""
    texts = {
        "title": translate("Prediction service"),
        "model": label("Model"),
        "try": translate("Classify an image"),
        "token": translate("Token, if the service has one"),
        "file": translate("Image files"),
        "send": label("Send"),
        "routes": label("Routes"),
        "types": label("Types"),
    }
    shown = ", ".join(card.labels[:MOST_LABELS]) + (" ..." if card.classes > MOST_LABELS else "")
    facts = {
        label("Architecture"): card.architecture,
        label("Input"): " x ".join(map(str, card.input)),
        label("Classes"): f"{card.classes}: {shown}",
        label("Engine"): f"{card.engine} ({card.level})",
    }
    rows = "".join(f"<tr><th>{_safe(k)}</th><td>{_safe(v)}</td></tr>" for k, v in facts.items())
    form = (
        f'<form id="try"><label>{_safe(texts["file"])} '
        '<input type="file" name="image" multiple required></label>'
        f'<label>{_safe(texts["token"])} <input type="password" id="token" autocomplete="off">'
        f'</label><button>{_safe(texts["send"])}</button></form><div id="answer"></div>'
    )
    routes = "".join(
        _route(path, method, facts)
        for path, methods in openapi["paths"].items()
        for method, facts in methods.items()
    )
    types = "".join(
        f"<details><summary><code>{_safe(name)}</code></summary>{_code(schema)}</details>"
        for name, schema in openapi.get("components", {}).get("schemas", {}).items()
    )
    page = (
        f'<!doctype html><html lang="{html_language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_safe(texts['title'])}: {_safe(card.architecture)}</title>"
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/page.css"></head><body>'
        f"<h1>{_safe(texts['title'])}</h1><h2>{_safe(texts['model'])}</h2><table>{rows}</table>"
        f"<h2>{_safe(texts['try'])}</h2>{form}<h2>{_safe(texts['routes'])}</h2>{routes}"
        f'<h2>{_safe(texts["types"])}</h2>{types}<p><a href="/openapi.json">openapi.json</a></p>'
        '<script src="/docs/page.js"></script></body></html>'
    )
    return page.encode()


def _route(path: str, method: str, facts: dict[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{_safe(each['name'])}</code></td>"
        f"<td>{_safe(translate(each.get('description', '')))}</td></tr>"
        for each in facts.get("parameters", ())
    )
    statuses = "".join(
        f"<tr><td>{_safe(code)}</td><td>{_safe(translate(each['description']))}</td></tr>"
        for code, each in facts["responses"].items()
    )
    kinds = ", ".join(facts.get("requestBody", {}).get("content", {}))
    body = f"<p>Content-Type: <code>{_safe(kinds)}</code></p>" if kinds else ""
    title = f"<h3><code>{method.upper()} {_safe(path)}</code></h3>"
    text = f"<p>{_safe(translate(facts.get('description', '')))}</p>"
    table = f"<table>{parameters}</table>" if parameters else ""
    return f"<section>{title}{text}{body}{table}<table>{statuses}</table></section>"


def _code(schema: Any) -> str:
    return f"<pre>{_safe(json.dumps(schema, indent=2, ensure_ascii=False))}</pre>"


def _safe(text: str) -> str:
    return html.escape(text)
