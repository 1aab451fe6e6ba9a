"""A piece of HTML for the output of a notebook: its own style, no script, nothing to load.

Jupyter, VS Code and Colab have light and dark themes of their own, which need not be those of the
system, and say so by an attribute of the page. A notebook that says nothing follows the system.
The piece has its own background, so that it can be read whatever the page around it looks like.
"""

import re
from functools import cache
from importlib import resources

from convscope.render.pages.html import FIGURES
from convscope.render.palette import COLOURS

LIGHT_PAGES = (
    'html[theme="light"]',
    'html[data-theme="light"]',
    'body[data-theme="light"]',
    'body[data-jp-theme-light="true"]',
    "body.vscode-light",
    "body.vscode-high-contrast-light",
)
DARK_PAGES = (
    'html[theme="dark"]',
    'html[data-theme="dark"]',
    'body[data-theme="dark"]',
    'body[data-jp-theme-light="false"]',
    "body.vscode-dark",
    "body.vscode-high-contrast",
)
BASE = {"ink", "muted", "paper", "shade", "grid", "correct", "wrong", "series-0"}
NAMED = re.compile(r"\b[fs]-([a-z]+(?:-[a-z0-9]+)*)")


def piece(body: str) -> str:
    """Return a body with its style as one element.

    Args:
        body: HTML whose text is escaped; its drawings are those of `svg_for_page` or `svg`.
    """
    colours = sorted(BASE | (set(NAMED.findall(body)) & COLOURS.keys()))
    figures = FIGURES if "convscope-payload" in body else ""
    style = f"{_theme(colours)}{figures}{_rules()}"
    return f'<div class="convscope-nb"><style>{style}</style>{body}</div>'


def _theme(names: list[str]) -> str:
    """Return the colours in light and dark, and the classes of the marks of drawings."""
    light, dark = (
        ";".join(f"--cs-{name}:{COLOURS[name][side]}" for name in names) for side in (0, 1)
    )
    own = (".convscope-nb", ".convscope-nb svg")
    on_light, on_dark = (
        ",".join(f"{page} {element}" for page in pages for element in own)
        for pages in (LIGHT_PAGES, DARK_PAGES)
    )
    fills = "".join(f".convscope-nb .f-{name}{{fill:var(--cs-{name})}}" for name in names)
    strokes = "".join(f".convscope-nb .s-{name}{{stroke:var(--cs-{name})}}" for name in names)
    return (
        f"{','.join(own)}{{{light}}}"
        f"@media (prefers-color-scheme:dark){{{','.join(own)}{{{dark}}}}}"
        f"{on_dark}{{{dark}}}{on_light}{{{light}}}{fills}{strokes}"
        ".convscope-nb .squares{image-rendering:pixelated}"
        ".convscope-nb .hover{opacity:0}.convscope-nb .hover:hover{opacity:1}"
    )


@cache
def _rules() -> str:
    text = resources.files("convscope.render.pages").joinpath("notebook.css").read_text("utf-8")
    return " ".join(text.split())
