"""The scripts of examples/: numbered, short, described; `make examples` runs them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
MOST_LINES = 50


def test_there_are_ten_numbered_scripts_and_two_notebooks():
    assert [path.name[:3] for path in SCRIPTS] == [f"{number:02d}_" for number in range(1, 11)]
    assert len(NOTEBOOKS) == 2


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_short_and_says_what_it_shows(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert ast.get_docstring(ast.parse(text)).endswith(".")
    assert "print(" in text


@pytest.mark.parametrize("page", ["docs/tutorial/examples.md", "docs/zh/tutorial/examples.md"])
def test_the_page_names_all_of_them(page):
    text = (ROOT / page).read_text("utf-8")
    named = set(re.findall(r"examples/([\w.]+)\)", text))
    assert named == {path.name for path in (*SCRIPTS, *NOTEBOOKS)}
