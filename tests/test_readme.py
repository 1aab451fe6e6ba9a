"""The READMEs: short, the same in both languages, with numbers that are computed.

That every command can be typed is tested in tests/documents/.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import convscope
from convscope.visuals import list_visuals
from convscope.zoo.errata import LECTURE, papers

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")
MOST_LINES = 100
MOST_FILM_BYTES = 2_000_000


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def code(name):
    """Return the blocks of code without their comments."""
    blocks = re.findall(r"```\w*\n(.*?)```", read(name), re.DOTALL)
    return [re.sub(r" *#.*", "", block) for block in blocks]


def links(name):
    """Return the pages and pictures that are linked, in the words of the English README."""
    linked = re.findall(r"\]\(([^)#]+)", read(name))
    return [link.replace("docs/zh/", "docs/") for link in linked if not link.startswith("http")]


def test_both_languages_have_the_same_code_and_links():
    assert len(code("README.md")) == 2
    assert code("README.md") == code("README.zh.md")
    english, chinese = (links(name) for name in READMES)
    assert sorted(english) == sorted(
        {"README.md": "README.zh.md"}.get(link, link) for link in chinese
    )


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_read_in_thirty_seconds(name):
    lines = read(name).splitlines()
    assert len(lines) <= MOST_LINES
    head = lines[: next(i for i, line in enumerate(lines) if line.startswith("## "))]
    assert any(line.startswith("![") for line in head), "a picture comes first"
    assert "```" in head
    film = next(link for link in links(name) if link.endswith(".webp"))
    assert 100_000 < (ROOT / film).stat().st_size <= MOST_FILM_BYTES


@pytest.mark.parametrize("name", READMES)
def test_numbers_of_a_readme_are_computed(name):
    text = read(name)
    networks, errata = len(convscope.list_architectures()), len(LECTURE) + len(papers())
    for number in (networks, errata, len(list_visuals())):
        assert re.search(rf"(?<!\d){number}(?!\d)", text), number


def test_the_architecture_of_the_documentation_is_one():
    text = read("docs/explanation/architecture-as-data.md")
    building = next(b for b in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "mine" in b)
    done = subprocess.run(
        [sys.executable, "-c", building], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert "| fc | Linear | 10 |" in done.stdout
