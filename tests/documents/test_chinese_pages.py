"""Each English page has a Chinese one, with the same commands and code."""

import importlib.util
import os
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

BOTH_LANGUAGES = {"docs/glossary.md"}


def _pages():
    spec = importlib.util.spec_from_file_location("pages", HERE / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages = _pages()
NAMES = [name for name in pages.pages() if name.startswith("docs/") and name not in BOTH_LANGUAGES]


def code(page):
    """Return the commands and the Python of a page, without comments."""
    items = pages.items(page)
    commands = [str(item) for item in items if isinstance(item, pages.Command)]
    python = [re.sub(r" *#.*", "", i.text) for i in items if isinstance(i, pages.Python)]
    return commands, python


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_its_chinese_one_with_the_same_code(name):
    chinese = name.replace("docs/", "docs/zh/")
    assert code(name) == code(chinese)
    first = [(ROOT / page).read_text(encoding="utf-8").splitlines()[0] for page in (name, chinese)]
    there, back = (
        os.path.relpath(target, Path(page).parent)
        for page, target in ((name, chinese), (chinese, name))
    )
    assert first == [f"English · [简体中文]({there})", f"[English]({back}) · 简体中文"]
