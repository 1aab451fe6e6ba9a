"""The site around the chapters: front page, teacher's page, embedding, printing, offline."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from convscope.lessons import load_course
from e2e.course.chapter_page import LOADED_MS, frame, lab, settle, shown, too_wide, wait_for_change
from e2e.course.conftest import OpenPlace, Served
from e2e.site import Site
from e2e.test_page_access import violations
from e2e.visit import Visit

TRAINED_MS = 120_000
ENOUGH = 0.97
TRAINED = f"""() => {{
  const text = document.querySelector('[data-testid="accuracy"]')?.dataset.accuracy;
  return Number(text) >= {ENOUGH};
}}"""
KEPT = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  return active.state === "activated" && navigator.serviceWorker.controller !== null;
}"""
WIDTHS = (320, 360, 768, 1024, 1440, 1920)
CONVOLUTION = "index.html#chapter=convolution"


def train(page: Page) -> None:
    """Tap once, and wait until LeNet-5 knows the held-out digits."""
    expect(page.get_by_text("1,000 held out", exact=False)).to_be_visible(timeout=LOADED_MS)
    page.get_by_role("button", name="Train now").click()
    page.wait_for_function(TRAINED, timeout=TRAINED_MS)


def test_one_tap_on_a_phone_trains_lenet5(open_place: OpenPlace) -> None:
    page = open_place("index.html#lang=en", width=360, height=740).page
    button = page.get_by_role("button", name="Train now")
    expect(button).to_be_in_viewport()
    train(page)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_lenet5_is_trained_in_its_chapter(open_place: OpenPlace) -> None:
    page = open_place("index.html#chapter=lenet&lang=en", width=1440).page
    settle(page)
    lab(page, "train").scroll_into_view_if_needed()
    train(page)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("address", ["", "page=teach", "page=sheet&chapter=convolution"])
def test_a_page_is_for_everyone(address: str, language: str, open_place: OpenPlace) -> None:
    options = {"width": 1440, "dark": language == "zh"}
    page = open_place(f"index.html#{address}&lang={language}", **options).page
    settle(page)
    page.wait_for_timeout(300)
    assert violations(page) == []
    assert too_wide(page, WIDTHS) == []


def test_the_front_page_lists_all_chapters_and_continues(open_place: OpenPlace) -> None:
    chapters = load_course("en").chapters
    page = open_place("index.html#lang=en", width=1440).page
    cards = page.get_by_role("main").get_by_role("listitem")
    links = page.locator("main .chapters a")
    expect(links).to_have_count(len(chapters))
    assert cards.count() >= len(chapters)
    links.nth(4).click()
    expect(page.locator("main h1")).to_have_text(chapters[4].title)
    expect(page).to_have_title(re.compile(re.escape(chapters[4].title)))
    page.go_back()
    expect(
        page.get_by_role("link", name=f"Continue with chapter 5: {chapters[4].title}")
    ).to_be_visible()
    page.get_by_role("button", name="Forget my progress").click()
    expect(page.get_by_role("link", name="Start with chapter 1")).to_be_visible()


def test_the_language_changes_where_one_reads(open_place: OpenPlace) -> None:
    page = open_place(f"{CONVOLUTION}&lang=en&window.stride=2", width=1440).page
    settle(page)
    question = page.locator('[data-question="size"]')
    question.scroll_into_view_if_needed()
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("main h1")).not_to_have_text(load_course("en").chapters[4].title)
    expect(question).to_be_in_viewport()
    assert "window.stride=2" in page.url


def test_chapters_have_their_place_in_the_history(open_place: OpenPlace) -> None:
    page = open_place(f"{CONVOLUTION}&lang=en", width=1440).page
    settle(page)
    page.locator("a[rel=next]").click()
    settle(page)
    expect(page.locator("main h1")).to_be_focused()
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.locator("main h1")).to_have_text(load_course("en").chapters[4].title)


def test_a_phrase_docks_a_figure_that_is_out_of_view(open_place: OpenPlace) -> None:
    page = open_place(f"{CONVOLUTION}&lang=en", width=390, height=800).page
    settle(page)
    phrase = page.locator('.drive[data-figure="window"]').last
    phrase.scroll_into_view_if_needed()
    page.mouse.wheel(0, 500)
    page.wait_for_timeout(200)
    phrase.click()
    docked = frame(page, "window").locator(".docked")
    expect(docked).to_be_in_viewport()
    box = docked.bounding_box()
    assert box is not None
    assert box["height"] <= 0.65 * 800
    page.get_by_role("button", name="Put the figure back into the text").click()
    expect(docked).to_have_count(0)


def test_a_term_and_a_source_open_beside_the_text(open_place: OpenPlace) -> None:
    page = open_place(f"{CONVOLUTION}&lang=en", width=360, height=740).page
    settle(page)
    for kind in ("term", "source"):
        word = page.locator(f"button.{kind}").first
        word.scroll_into_view_if_needed()
        word.click()
        note = page.locator(".note:popover-open")
        expect(note).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")
        expect(note).to_have_count(0)


def test_a_figure_fills_the_screen_and_comes_back(open_place: OpenPlace) -> None:
    page = open_place(f"{CONVOLUTION}&lang=en", width=1280, height=800).page
    settle(page)
    window = frame(page, "window")
    window.get_by_role("button", name="Full screen").click()
    box = window.locator(".full").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (1280, 800)
    window.get_by_role("button", name="Leave full screen").click()
    expect(window.locator(".full")).to_have_count(0)


def test_the_line_of_a_figure_embeds_it_in_another_site(
    open_place: OpenPlace,
    course_site: Served,
    serve: Callable[..., Site],
    open_page: Callable[..., Visit],
    tmp_path: Path,
) -> None:
    page = open_place(f"{CONVOLUTION}&lang=zh&window.size=1x7x7&window.stride=2", width=1280).page
    settle(page)
    frame(page, "window").get_by_role("button", name="嵌入").click()
    line = page.locator("dialog code").first.inner_text()
    (tmp_path / "index.html").write_text(f"<!doctype html><title>blog</title>{line}", "utf-8")
    blog = open_page(serve(tmp_path).url)
    inside = blog.page.frame_locator("iframe")
    expect(inside.locator("html")).to_have_attribute("lang", "zh-Hans", timeout=LOADED_MS)
    expect(inside.get_by_role("slider").first).to_be_visible(timeout=LOADED_MS)
    assert "size=1x7x7" in str(blog.page.locator("iframe").get_attribute("src"))
    blog.expect("404")  # its own icon
    # the other site asks for nothing but the embedded page
    requests = blog.expect("request:")
    assert all(course_site.base in request for request in requests)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_figure_alone(theme: str, open_place: OpenPlace) -> None:
    page = open_place(f"embed.html#figure=convolution&stride=2&lang=zh&theme={theme}").page
    expect(page.get_by_role("slider").first).to_be_visible(timeout=LOADED_MS)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    assert violations(page) == []
    assert too_wide(page, (300, 360, 768)) == []


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("index.html#chapter=nonsense&lang=en", "nonsense"),
        ("index.html#chapter=../../etc/passwd&lang=en", "There is no chapter"),
        ("index.html#chapter=%3Cimg%20src=x%20onerror=alert(1)%3E&lang=en", "There is no chapter"),
        ("embed.html#figure=nonsense&lang=en", "There is no figure nonsense"),
        ("embed.html#figure=toString&lang=en", "There is no figure toString"),
    ],
)
def test_a_wrong_address_is_answered_in_words(
    address: str, sentence: str, open_place: OpenPlace
) -> None:
    visit = open_place(address)
    expect(visit.page.get_by_role("alert")).to_contain_text(sentence)
    visit.expect("404")


def test_settings_that_make_no_sense_leave_the_figure_usable(open_place: OpenPlace) -> None:
    nonsense = "window.kernel=99999999&window.size=-1xNaNx&window.x=%00,,,&window.nothing=1"
    page = open_place(f"{CONVOLUTION}&lang=en&{nonsense}").page
    settle(page)
    before = shown(page, "window")
    frame(page, "window").locator("[data-preset]").first.click()
    wait_for_change(page, "window", before)


def test_a_sheet_has_room_for_answers_and_shows_them_on_demand(open_place: OpenPlace) -> None:
    page = open_place("index.html#page=sheet&chapter=convolution&lang=en").page
    settle(page)
    expect(page.locator(".question input")).to_have_count(0)
    expect(page.get_by_role("heading", name="Answers")).to_have_count(0)
    page.get_by_label("with answers").check()
    expect(page.get_by_role("heading", name="Answers")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.locator("header.top")).to_be_hidden()


def test_all_of_it_works_without_a_connection(open_place: OpenPlace, course_site: Served) -> None:
    visit = open_place("index.html#lang=en")
    page = visit.page
    page.wait_for_function(KEPT, timeout=LOADED_MS)
    try:
        course_site.server.faults[""] = lambda _content: 503
        page.reload()
        for entry in load_course("zh").chapters:
            page.goto(f"{course_site.base}index.html#chapter={entry.id}&lang=zh")
            expect(page.locator("main h1")).to_have_text(entry.title, timeout=LOADED_MS)
            settle(page)
        page.goto(f"{course_site.base}embed.html#figure=convolution")
        expect(page.get_by_role("slider").first).to_be_visible(timeout=LOADED_MS)
    finally:
        course_site.server.faults.clear()
    visit.expect("503")  # the browser reports what the worker then answers itself


def test_a_new_version_replaces_what_was_kept(open_place: OpenPlace, course_site: Served) -> None:
    visit = open_place("index.html#lang=en")
    page = visit.page
    page.wait_for_function(KEPT, timeout=LOADED_MS)
    changed = b"Another title"
    try:
        title = load_course("en").chapters[0].title.encode()
        course_site.server.faults["lessons/en.json"] = lambda content: content.replace(
            title, changed
        )
        page.reload()
        expect(page.locator("main .chapters a").first).to_contain_text(changed.decode())
    finally:
        course_site.server.faults.clear()
