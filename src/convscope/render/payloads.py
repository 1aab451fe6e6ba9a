"""Payloads as pictures: SVG, PNG, HTML, terminal, files. One branch per kind."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from convscope.payload import BasePayload, Payload

if TYPE_CHECKING:
    from rich.console import RenderableType


def png(payload: BasePayload) -> bytes:
    from convscope.render import drawing

    return drawing.png(cast(Payload, payload))


def svg(payload: BasePayload) -> str:
    raise NotImplementedError


def html(payload: BasePayload) -> str:
    from convscope.render import notebook

    return notebook.html(cast(Payload, payload))


def terminal(payload: BasePayload) -> "RenderableType":
    from convscope.render import terminal as renderer

    return renderer.rendered(cast(Payload, payload))


def save(path: Path | str, payload: BasePayload, *, overwrite: bool) -> Path:
    from convscope.render.files import write_payload

    return write_payload(path, cast(Payload, payload), overwrite=overwrite)
