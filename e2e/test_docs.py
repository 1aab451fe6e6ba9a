"""The documentation that `make docs` builds: both languages, search, narrow screens, no request."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from e2e.site import Site
from e2e.visit import visit

BUILT = Path(__file__).parents[1] / "build" / "docs"
pytestmark = pytest.mark.skipif(
    not (BUILT / "zh" / "index.html").is_file(), reason="the documentation is not built: make docs"
)
PAGES = ["index.html", "tutorial/your-photos.html", "reference/api/models.html", "zh/index.html"]
READY_MS = 30_000  # until the index of the search is read


@pytest.fixture
def site(serve: Callable[..., Site]) -> Site:
    """Return the documentation on a server of static files."""
    return serve(BUILT)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_and_fits_a_phone(chromium: Browser, site: Site, page: str) -> None:
    own = visit(chromium, f"{site.origin}/{page}", width=360)
    expect(own.page.locator("article h1")).to_be_visible()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert own.page.evaluate(wide) <= 0
    assert own.problems == []
    own.context.close()


def test_the_switch_of_languages_leads_to_the_same_page(chromium: Browser, site: Site) -> None:
    own = visit(chromium, f"{site.origin}/reference/data.html")
    own.page.get_by_role("link", name="简体中文").click()
    expect(own.page).to_have_url(f"{site.origin}/zh/reference/data.html")
    assert own.page.locator("html").get_attribute("lang") == "zh"
    own.page.get_by_role("link", name="English", exact=True).click()
    expect(own.page).to_have_url(f"{site.origin}/reference/data.html")
    own.context.close()


@pytest.mark.parametrize(
    ("page", "words", "title"),
    [
        ("index.html", "multiply-accumulates", "How MACs are counted"),
        ("zh/index.html", "乘加次数", "乘加次数怎样计算"),
        ("zh/index.html", "感受野", "乘加次数怎样计算"),
    ],
)
def test_search_finds_in_both_languages(
    chromium: Browser, site: Site, page: str, words: str, title: str
) -> None:
    own = visit(chromium, f"{site.origin}/{page}")
    own.page.locator(".md-search__input").click()
    state = own.page.locator(".md-search-result__meta")
    expect(state).not_to_have_text(re.compile("Initializing|初始化"), timeout=READY_MS)
    own.page.keyboard.insert_text(words)
    own.page.keyboard.press("End")  # the theme listens to keys
    found = own.page.locator(".md-search-result__item h1")
    expect(found.first).to_be_visible(timeout=READY_MS)
    titles = [text.replace("\u200b", "") for text in found.all_text_contents()]
    assert title in titles
    assert own.problems == []
    own.context.close()
