"""Links between pages, and pages that are named in other files, lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
NAMED = re.compile(r"(?<![\w/-])docs/[\w/.-]+\.md\b")
PLACES = ("src", "tests", "tools", "web/src", "benchmarks", "examples", "e2e", "docs")
KINDS = {".py", ".ts", ".svelte", ".md", ".json", ".ipynb", ".toml"}


@pytest.mark.parametrize("page", [path.relative_to(ROOT).as_posix() for path in PAGES])
def test_links_of_a_page_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    links = [link for link in LINK.findall(text) if not link.startswith(("http", "mailto"))]
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def test_pages_that_other_files_name_exist():
    files = [path for path in ROOT.iterdir() if path.is_file() and path.suffix != ".lock"]
    for place in PLACES:
        files += [path for path in (ROOT / place).rglob("*") if path.suffix in KINDS]
    named = {}
    for path in files:
        if path != Path(__file__) and "node_modules" not in path.parts:
            for name in NAMED.findall(path.read_text(encoding="utf-8", errors="replace")):
                named.setdefault(name, path.relative_to(ROOT).as_posix())
    assert len(named) > 20
    missing = {name: by for name, by in named.items() if not (ROOT / name).is_file()}
    assert missing == {}
