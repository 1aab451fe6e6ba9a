"""The page for everyone: languages, narrow and wide screens, keyboard, screen readers."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.build import WEB
from e2e.conftest import Export
from e2e.look_page import LINE, Open, Serve, answer, draw, opened, shares, wait_for_change
from e2e.site import Site

Exported = Callable[[str], Export]

AXE = (WEB / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
WIDTHS = (360, 390, 760, 768, 960, 1024, 1180, 1440, 1920)


def violations(page: Page) -> list[str]:
    """Return what axe objects to: rule, and the first element."""
    page.evaluate(AXE)
    found = page.evaluate(
        "rules => axe.run(document, { runOnly: rules }).then(({ violations }) => violations.map("
        "one => `${one.id}: ${one.nodes.length} x ${one.nodes[0].html.slice(0, 200)}`))",
        RULES,
    )
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("state", "options"),
    [
        ("lang=en&layer=conv2&map=3&pixel=4,5", {"width": 1440}),
        ("lang=zh&layer=pool1&shift=4", {"width": 1440, "dark": True}),
        ("lang=en&layer=conv1", {"width": 360, "height": 740}),
        ("lang=zh&layer=fc1", {"width": 768, "height": 1024, "dark": True}),
    ],
    ids=["wide", "wide, dark, Chinese", "phone", "tablet, dark, Chinese"],
)
def test_axe_finds_nothing(
    state: str,
    options: dict[str, int],
    exported: Exported,
    page_folder: Path,
    serve: Serve,
    open_page: Open,
) -> None:
    folder = exported("lenet5").folder
    page = opened(serve, open_page, page_folder, folder, state, **options).page
    page.get_by_test_id("inspector").get_by_role("button").last.scroll_into_view_if_needed()
    assert violations(page) == []


@pytest.mark.parametrize("name", ["lenet5", "mixed", "efficientnet_lite0"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_width_needs_horizontal_scrolling(
    name: str,
    language: str,
    exported: Exported,
    page_folder: Path,
    serve: Serve,
    open_page: Open,
) -> None:
    folder = exported(name).folder
    page = opened(serve, open_page, page_folder, folder, f"lang={language}").page
    page.locator(".tile").first.click()
    too_wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(200)
        rest = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if rest > 0:
            too_wide.append((width, rest))
    assert too_wide == []


def test_both_languages_are_complete(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported("lenet5").folder
    page = opened(serve, open_page, page_folder, folder, "lang=en&layer=conv1", width=1440).page
    english = set(page.locator("main").inner_text().split("\n"))
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("button", name="关闭这个通道")).to_be_visible()
    chinese = set(page.locator("main").inner_text().split("\n"))
    # names of layers, numbers and formulas are the same; sentences and labels are not
    sentences = {line for line in english & chinese if len(line.split()) > 2 and "=" not in line}
    same = {line for line in sentences if line[0].isalpha()}
    assert same == set()


def test_the_language_of_the_browser_is_the_first(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported("lenet5").folder
    page = opened(serve, open_page, page_folder, folder, locale="zh-CN").page
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def _tab_to(page: Page, name: str, most: int = 80) -> None:
    """Press Tab until the element with this label or text has the focus, and it shows."""
    for _ in range(most):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "() => { const { activeElement: one } = document;"
            "return one.getAttribute('aria-label') || one.innerText"
            "|| one.querySelector('img')?.alt; }"
        )
        if (label or "").strip().startswith(name):
            style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert style != "none", f"the focus on {name} cannot be seen"
            return
    raise AssertionError(f"Tab does not reach {name}")


def test_the_keyboard_is_enough(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported("lenet5").folder
    page = opened(serve, open_page, page_folder, folder, "lang=en", width=1440).page
    first = shares(page)
    _tab_to(page, "Draw")
    page.keyboard.press("ArrowRight")
    _tab_to(page, "Sample")
    page.keyboard.press("Enter")
    wait_for_change(page, first)
    sample = shares(page)
    _tab_to(page, "conv1, map 1")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    inspector = page.get_by_test_id("inspector")
    expect(inspector).to_contain_text("Map 2 / 6")
    _tab_to(page, "Switch this channel off")
    page.keyboard.press("Enter")
    wait_for_change(page, sample)
    _tab_to(page, "Output conv1, map 2")
    before = page.evaluate("document.activeElement.getAttribute('aria-valuetext')")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "before => document.activeElement.getAttribute('aria-valuetext') !== before", arg=before
    )


def test_reduced_motion_is_respected(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported("lenet5").folder
    page = opened(serve, open_page, page_folder, folder, "lang=en").page
    page.emulate_media(reduced_motion="reduce")
    durations = page.evaluate(
        "[...document.querySelectorAll('*')].map(one => getComputedStyle(one).transitionDuration)"
        ".filter(one => parseFloat(one) > 0.001)"
    )
    assert durations == []


def test_a_phone_keeps_the_answer_in_view(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported("lenet5").folder
    page = opened(serve, open_page, page_folder, folder, "lang=en", width=360, height=740).page
    box = page.get_by_role("banner").bounding_box()
    assert box is not None
    assert box["height"] < 160  # two rows
    label = answer(page).inner_text().split()[0]
    page.get_by_role("button", name="linear, 10 fc2").scroll_into_view_if_needed()
    bar = page.get_by_role("button", name="Back to the input")
    expect(bar).to_contain_text(label)
    bar.click()
    expect(answer(page)).to_be_in_viewport()


def test_nothing_leaves_the_page_and_it_works_offline(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported("lenet5").folder
    site: list[Site] = []

    def serving(*args: Path, **options: Path) -> Site:
        site.append(serve(*args, **options))
        return site[-1]

    visit = opened(serving, open_page, page_folder, folder, "lang=en", width=1440)
    page = visit.page
    visit.context.set_offline(True)
    requests = len(site[0].log)
    before = shares(page)
    page.get_by_role("button", name="Clear").click()
    draw(page, LINE)
    expect(answer(page)).to_be_visible()
    wait_for_change(page, before)
    page.get_by_role("button", name="tanh2, map 5 of 16").click()
    expect(page.get_by_test_id("inspector")).to_contain_text("Map 5 / 16")
    assert len(site[0].log) == requests
