"""The layout of the packages: maps of the documentation name all of it, no folder grows flat."""

import re
from pathlib import Path

import pytest

import convscope

SOURCES = Path(convscope.__file__).parent
ROOT = SOURCES.parent.parent
MAPS = ["docs/explanation/project-layout.md", "docs/zh/explanation/project-layout.md"]
MOST_MODULES = 20  # of one folder; more are grouped by idea


def modules(folder):
    return sorted(path.name for path in folder.glob("*.py") if not path.name.startswith("__"))


def packages(folder):
    return sorted(path.parent.name for path in folder.glob("*/__init__.py"))


@pytest.mark.parametrize("page", MAPS)
def test_the_map_names_every_package_and_module(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    layout = text.partition("src/convscope/\n")[2].partition("\ntests/ ")[0]
    heads = " ".join(line.strip().partition("   ")[0] for line in layout.splitlines())
    named = {word.rstrip("/") for word in re.findall(r"\w+(?:\.py|/)", heads)}
    assert named == {*modules(SOURCES), *packages(SOURCES)}


@pytest.mark.parametrize("page", MAPS)
def test_folders_named_inside_a_line_of_the_map_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    layout = text.partition("src/convscope/\n")[2].partition("\ntests/ ")[0]
    for line in layout.splitlines():
        head, _, rest = line.strip().partition(" ")
        for inner in re.findall(r"(?<![\w/])([a-z]+)/(?!\w)", rest):
            known = (SOURCES / head / inner).is_dir() or (SOURCES / inner).is_dir()
            assert known, f"{head}{inner}/"


def test_no_folder_holds_more_modules_than_can_be_read_at_a_glance():
    folders = [SOURCES, *(path.parent for path in SOURCES.rglob("__init__.py"))]
    assert {f: len(modules(f)) for f in folders if len(modules(f)) > MOST_MODULES} == {}
