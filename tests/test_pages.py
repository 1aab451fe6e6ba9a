"""Pages in Chromium: none scrolls sideways at 400 pixels, cuts its text or is hard to read.

In both colour schemes and both languages. Skipped where playwright or Chromium is missing.
"""

import json
from pathlib import Path

import pytest

from tools.shots import subjects

browser_of = pytest.importorskip("playwright.sync_api", reason="pip install 'convscope[shots]'")

PAGES = [
    "report-digits.html",
    "look-all-digit.html",
    "evaluate-digits.html",
    "notebook.html",
]
BROKEN = """<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width">
<div style="width:{width}px;overflow:hidden;white-space:nowrap;color:{ink};background:{paper}">
a sentence that is much longer than it should be</div>"""


@pytest.fixture(scope="module")
def browser():
    from tools.shots.browser import chromium, find_chromium

    path = find_chromium()
    if not path:
        pytest.skip("Chromium is not installed")
    with chromium(path) as opened:
        yield opened


@pytest.fixture(scope="module", params=["en", "zh"])
def folder(request, tmp_path_factory, browser):
    """All pages in one language; the run is trained once."""
    from convscope import lang

    shared = tmp_path_factory.getbasetemp() / "pages"
    before = lang.current()
    try:
        failures = subjects.produce(
            request.param, shared / request.param, only="digit", photos=False
        )
    finally:
        lang.use(before)
    assert failures == []
    return shared / request.param


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read(browser, folder, name, width, scheme):
    from tools.shots.browser import opened, problems

    zh = folder.name == "zh"
    with opened(browser, folder / name, width=width, scheme=scheme, zh=zh) as page:
        assert problems(page) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"width": 390, "ink": "#000", "paper": "#fff"}, None),
        ({"width": 900, "ink": "#000", "paper": "#fff"}, "scrolls sideways"),
        ({"width": 90, "ink": "#000", "paper": "#fff"}, "clipped"),
        ({"width": 390, "ink": "#999", "paper": "#fff"}, "contrast 2.8"),
    ],
)
def test_a_page_with_a_fault_is_noticed(browser, tmp_path: Path, fields, fault):
    from tools.shots.browser import opened, problems

    page_file = tmp_path / "page.html"
    page_file.write_text(BROKEN.format(**fields), encoding="utf-8")
    with opened(browser, page_file, width=400, scheme="light", zh=False) as page:
        found = problems(page)
    assert json.dumps(found).count(fault or "no fault") == (1 if fault else 0)
    assert bool(found) == bool(fault)
