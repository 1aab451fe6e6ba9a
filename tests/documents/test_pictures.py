"""Every picture of the documentation is shown on a page, and made by a script of tools/."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURES = sorted(path.name for path in (ROOT / "docs" / "pictures").iterdir())
BY_COMMAND = {
    # picture: line that writes it
    "alexnet.svg": "convscope show alexnet -o alexnet.svg",
}


def texts(folder, pattern):
    return "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / folder).rglob(pattern))


def test_every_picture_is_made_by_a_script():
    scripts = texts("tools", "*.py")
    assert [name for name in PICTURES if name not in scripts and name not in BY_COMMAND] == []
    assert BY_COMMAND.keys() <= set(PICTURES)


def test_every_picture_is_shown():
    pages = texts("docs", "*.md") + "".join(p.read_text("utf-8") for p in ROOT.glob("README*.md"))
    shown = set(re.findall(r"pictures/([\w.-]+)", pages))
    assert shown == set(PICTURES)
