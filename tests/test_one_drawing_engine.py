"""Drawings are made of the marks of `render/`; no other package writes SVG or rasterises."""

from pathlib import Path

import convscope
from convscope.export.web.page import FOLDER as BUILT_PAGE
from convscope.server.studio.pages import PAGE as BUILT_STUDIO

ROOT = Path(convscope.__file__).parent
MARKS = ("<svg", "<rect", "ImageDraw", "ImageFont", "matplotlib")
KINDS = {".py", ".html", ".js", ".css"}
READERS = {("io/formats.py", "<svg")}
"""Recognises SVG files among photos; draws nothing."""


def test_only_render_draws():
    drawn = set()
    for file in ROOT.rglob("*"):
        if file.is_relative_to(BUILT_PAGE) or file.is_relative_to(BUILT_STUDIO):
            continue  # built from web/, which draws the same payloads in TypeScript
        name = file.relative_to(ROOT).as_posix()
        if file.suffix in KINDS and not name.startswith("render/"):
            text = file.read_text("utf-8")
            drawn |= {(name, mark) for mark in MARKS if mark in text}
    assert drawn == READERS
