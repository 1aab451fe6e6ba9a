"""Every view of the studio: opens, for everyone, at every width, in both languages and schemes."""

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.build import WEB
from e2e.studio.conftest import OpenView
from e2e.test_page_access import violations

VIEWS = re.findall(
    r'^    id: "(\w+)",$',
    (WEB / "src" / "pages" / "studio" / "views.ts").read_text(encoding="utf-8"),
    re.MULTILINE,
)
WIDTHS = (320, 360, 768, 1024, 1440, 1920)
SETTLED_MS = 400
LOADED_MS = 120_000  # a network is prepared for the tab


def test_there_are_all_views() -> None:
    assert [
        *(
            "home",
            "lessons",
            "zoo",
            "build",
            "data",
            "training",
            "runs",
            "look",
            "evaluate",
            "filters",
        ),
        "convolution",
    ] == VIEWS


def settle(page: Page) -> None:
    """Wait until nothing is loading."""
    expect(page.locator('main [role="status"]:has(progress)')).to_have_count(0, timeout=LOADED_MS)
    page.wait_for_timeout(SETTLED_MS)


def too_wide(page: Page) -> list[tuple[int, int]]:
    """Return the widths at which the page scrolls sideways, and by how much."""
    result = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(150)
        rest = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if rest > 0:
            result.append((width, rest))
    return result


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_opens_for_everyone_at_every_width(
    view: str, language: str, open_view: OpenView
) -> None:
    # light with English, dark with Chinese: all four take twice as long and are one set of styles
    page = open_view(view, f"lang={language}", width=1440, dark=language == "zh").page
    settle(page)
    assert page.locator("html").get_attribute("lang") == ("en" if language == "en" else "zh-Hans")
    expect(page.locator("main h1")).to_have_count(1)
    assert violations(page) == []
    assert too_wide(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="light" if language == "zh" else "dark")
    page.wait_for_timeout(SETTLED_MS)
    assert violations(page) == []
