"""The frame of the studio: navigation, history, focus, settings, jobs, loads."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from convscope.server.studio.pages import PAGE
from e2e.studio.conftest import OpenView
from e2e.test_page_access import violations

FIRST_VIEW_BYTES = 300_000


def heading(page: Page) -> str:
    return page.locator("main h1").inner_text()


def test_links_history_title_and_focus_follow_the_view(open_view: OpenView) -> None:
    page = open_view("home", "lang=en", width=1440).page
    navigation = page.get_by_role("navigation", name="Views")
    navigation.get_by_role("link", name="Zoo").click()
    expect(page.locator("main h1")).to_have_text("Zoo")
    expect(page).to_have_title("Zoo: convscope studio")
    expect(page.locator("main h1")).to_be_focused()
    assert re.search(r"#view=zoo\b", page.url)
    navigation.get_by_role("link", name="Filters").click()
    expect(page.locator("main h1")).to_have_text("Filters")
    expect(navigation.get_by_role("link", name="Filters")).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.locator("main h1")).to_have_text("Zoo")
    page.go_forward()
    expect(page.locator("main h1")).to_have_text("Filters")


def test_leaving_a_view_clears_its_state_in_the_address(open_view: OpenView) -> None:
    page = open_view("zoo", "lang=en&sort=macs", width=1440).page
    page.get_by_role("navigation").get_by_role("link", name="Build").click()
    expect(page.locator("main h1")).to_have_text("Build")
    assert "sort" not in page.url
    page.go_back()
    expect(page.locator("main h1")).to_have_text("Zoo")
    assert "sort=macs" in page.url


def test_an_unknown_view_leads_home(open_view: OpenView) -> None:
    page = open_view("nonsense", "lang=en").page
    expect(page.locator("main")).to_contain_text("nonsense")
    page.get_by_role("link", name="Go to the first page").click()
    expect(page.locator("main h1")).to_be_visible()


def test_language_and_colours_are_kept(open_view: OpenView) -> None:
    page = open_view("zoo", width=1440).page
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_label("配色").select_option("dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_keyboard_opens_a_view(open_view: OpenView) -> None:
    page = open_view("home", "lang=en", width=1440).page
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find a view or an action")).to_be_focused()
    page.keyboard.type("convol")
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_have_text("Convolution")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_skip_link_is_the_first(open_view: OpenView) -> None:
    page = open_view("home", "lang=en", width=1440).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#view")).to_be_focused()


def test_a_phone_has_all_views_in_a_menu(open_view: OpenView) -> None:
    page = open_view("zoo", "lang=en", width=320, height=640).page
    page.get_by_role("button", name="Menu").click()
    menu = page.get_by_role("dialog")
    menu.get_by_role("link", name="Data").click()
    expect(page.locator("main h1")).to_have_text("Data")
    expect(menu).to_have_count(0)


def test_reduced_motion_is_respected(open_view: OpenView) -> None:
    page = open_view("home", "lang=en").page
    page.emulate_media(reduced_motion="reduce")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].map(one => getComputedStyle(one).transitionDuration)"
        ".filter(one => parseFloat(one) > 0.001)"
    )
    assert moving == []


def _scripts(page: Page) -> set[str]:
    """Return the names of the scripts that the page has loaded, its own and those of workers."""
    names = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    return {
        name.rsplit("/", 1)[-1] for name in names if name.split("?")[0].endswith((".js", ".gz"))
    }


def test_the_first_view_is_small_and_large_libraries_wait(open_view: OpenView) -> None:
    page = open_view("home", "lang=en").page
    page.wait_for_load_state("load")
    scripts = _scripts(page)
    assert scripts  # resources are timed
    size = sum(len(gzip.compress((PAGE / "assets" / name).read_bytes())) for name in scripts)
    assert size <= FIRST_VIEW_BYTES
    for text in ("three.js", "onnxruntime", "WebGLRenderer"):
        holders = {file.name for file in _assets() if text.encode() in file.read_bytes()}
        assert holders & scripts == set(), text


def _assets() -> list[Path]:
    return list((PAGE / "assets").glob("*.js"))


def test_the_tour_leads_through_the_views_and_can_be_skipped(open_view: OpenView) -> None:
    page = open_view("home", "lang=en", width=1440).page
    assert page.get_by_role("dialog").count() == 0  # it does not start by itself
    page.get_by_role("button", name="Start the tour").click()
    tour = page.get_by_role("dialog")
    expect(tour).to_contain_text("1 of 11")
    titles = []
    for number in range(2, 12):
        page.keyboard.press("ArrowRight")
        expect(tour).to_contain_text(f"{number} of 11")
        titles.append(page.locator("main h1").inner_text())
    assert {"Zoo", "Build", "Data", "Train", "Runs", "Look inside", "Evaluate"} <= set(titles)
    tour.get_by_role("button", name="Done").click()
    expect(tour).to_have_count(0)
    expect(page.get_by_role("button", name="Start the tour")).to_have_count(0)
    page.reload()
    expect(page.locator("main h1")).to_be_visible()
    expect(page.get_by_role("button", name="Start the tour")).to_have_count(0)
    page.get_by_role("navigation").get_by_role("button", name="Two-minute tour").click()
    expect(tour).to_contain_text("1 of 11")
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_axe_finds_nothing_in_the_dialogues(language: str, open_view: OpenView) -> None:
    page = open_view("home", f"lang={language}", width=360, height=740).page
    for name in ("studio.menu", "palette", "jobs"):
        button = page.locator(f"[data-tour={name}]" if name != "studio.menu" else "button.menu")
        button.first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.wait_for_timeout(300)  # colours of the button under the mouse change slowly
        assert violations(page) == [], name
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
