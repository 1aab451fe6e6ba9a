"""Payloads as ONE page: no script, no network, every text escaped.

The policy in its head allows pictures inside the page and its own style sheet by its hash;
everything else is refused by the browser itself.
"""

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from convscope.payload import Payload
from convscope.render import notebook

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1280px; padding: 1.5rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
nav a { margin-right: .8rem; }
article { border-top: 1px solid #8884; padding: 1.2rem 0; }
.what { color: #777; margin: 0 0 .8rem; }
img { background: #fff; max-width: 100%; height: auto; border-radius: 4px; }
table { border-collapse: collapse; } caption { text-align: left; font-weight: 600; }
th, td { border-bottom: 1px solid #8884; padding: .2rem .8rem .2rem 0; text-align: left; }
"""


def page(
    made: Mapping[str, Payload],
    *,
    title: str,
    said: Mapping[str, str] | None = None,
    left_out: Mapping[str, str] | None = None,
) -> str:
    """A whole page: an article for each payload, under its name.

    Args:
        said: a line under each name.
        left_out: names that are not shown, and why.
    """
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    links = " ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in made)
    articles = "".join(
        _article(name, payload, (said or {}).get(name, "")) for name, payload in made.items()
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<nav>{links if len(made) > 1 else ""}</nav>
{articles}{_rest(left_out or {})}
</body>
</html>
"""


def _article(name: str, payload: Payload, said: str) -> str:
    line = f'<p class="what">{escape(said)}</p>' if said else ""
    heading = f"<h2>{escape(name)}</h2>"
    return f'<article id="{escape(name)}">{heading}{line}{notebook.html(payload)}</article>\n'


def _rest(left_out: Mapping[str, str]) -> str:
    if not left_out:
        return ""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(why)}</td></tr>" for name, why in left_out.items()
    )
    return f"<article><h2>Left out, and why</h2><table>{rows}</table></article>"
