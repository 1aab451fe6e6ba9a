"""Every figure of every chapter in both languages; the rows are those of the course."""

import re

import pytest
from playwright.sync_api import Page, expect

from convscope.lessons import load_chapter, load_course
from convscope.lessons.records import Chapter, FigureBlock, QuestionBlock
from e2e.course.chapter_page import (
    change,
    frame,
    settle,
    shown,
    too_wide,
    wait_for_change,
    wait_for_words,
    words,
)
from e2e.course.conftest import OpenPlace
from e2e.test_page_access import violations

CHAPTERS = tuple(entry.id for entry in load_course("en").chapters)
WIDTHS = (360, 768, 1024, 1440, 1920)
PLACES = '.place[id^="figure-"]'
MOVING = ("train",)
"""Labs whose drawing is not the same after a reload: they compute with random numbers."""


def figures(chapter: Chapter) -> list[FigureBlock]:
    return [block for block in chapter.blocks if isinstance(block, FigureBlock)]


def react(page: Page, figure: FigureBlock) -> None:
    """Press every preset of a figure: each shows something else than the one before it."""
    buttons = frame(page, figure.id).locator("[data-preset]")
    expect(buttons).to_have_count(len(figure.presets))
    if len(figure.presets) > 1:
        buttons.last.click()  # one of them may be what the figure shows at first
        page.wait_for_timeout(300)
    for number in range(len(figure.presets)):
        button = buttons.nth(number)
        before = shown(page, figure.id)
        if button.get_attribute("aria-pressed") == "true":
            continue
        button.click()
        wait_for_change(page, figure.id, before)
        expect(button).to_have_attribute("aria-pressed", "true")
    expect(frame(page, figure.id).locator(".failure, .unknown")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("id", CHAPTERS)
def test_a_chapter_works_for_everyone(id: str, language: str, open_place: OpenPlace) -> None:
    chapter = load_chapter(id, language)
    # light with English, dark with Chinese: all four take twice as long and are one set of styles
    options = {"width": 1440, "dark": language == "zh"}
    page = open_place(f"index.html#chapter={id}&lang={language}", **options).page
    settle(page)
    expect(page.locator("main h1")).to_have_text(chapter.title)
    expect(page.locator(PLACES)).to_have_count(len(figures(chapter)))
    for figure in figures(chapter):
        react(page, figure)
    states = {figure.id: words(page, figure.id) for figure in figures(chapter)}
    page.wait_for_timeout(200)  # the address is written a little later
    page.reload()
    settle(page)
    for figure in figures(chapter):
        if figure.lab not in MOVING:
            wait_for_words(page, figure.id, states[figure.id])
    if language == "zh":
        page.set_viewport_size({"width": 360, "height": 740})
    assert violations(page) == []
    assert too_wide(page, WIDTHS) == []


@pytest.mark.parametrize("id", CHAPTERS)
def test_phrases_drive_the_figures(id: str, open_place: OpenPlace) -> None:
    page = open_place(f"index.html#chapter={id}&lang=en", width=1440).page
    settle(page)
    phrases = page.locator(".drive")
    for number in range(phrases.count()):
        phrase = phrases.nth(number)
        figure = str(phrase.get_attribute("data-figure"))
        before = shown(page, figure)
        phrase.click()
        expect(phrase).to_have_attribute("aria-pressed", "true")
        expect(frame(page, figure).locator("[data-lab]")).to_be_in_viewport()
        page.keyboard.press("Escape")  # undocks it
        page.wait_for_timeout(100)
        presets = frame(page, figure).locator("[data-preset]")
        if shown(page, figure) == before and presets.count() > 1:
            # a phrase may say what the figure shows at first: it has to bring that back
            changed = change(page, figure)
            phrase.click()
            wait_for_change(page, figure, changed)
    expect(page.locator(".failure, .unknown")).to_have_count(0)


@pytest.mark.parametrize("id", CHAPTERS)
def test_questions_ask_before_they_tell(id: str, open_place: OpenPlace) -> None:
    questions = [b for b in load_chapter(id, "en").blocks if isinstance(b, QuestionBlock)]
    page = open_place(f"index.html#chapter={id}&lang=en", width=1440).page
    settle(page)
    for question in questions:
        place = page.locator(f'[data-question="{question.id}"]')
        expect(place.locator(".why")).to_have_count(0)
        expect(place.get_by_text("correct", exact=True)).to_have_count(0)
        expect(place.get_by_role("button", name="Check")).to_be_disabled()
        if question.type == "choice":
            place.locator(f'input[value="{question.answer}"]').check()
        else:
            place.get_by_label("Your answer").fill(f"{question.answer:.12g}")
        place.get_by_role("button", name="Check").click()
        expect(place.locator(".verdict")).to_have_text("Your prediction is correct.")
    page.reload()
    settle(page)
    expect(page.locator(".question .verdict")).to_have_count(len(questions))
    page.get_by_role("button", name="Chapters").click()
    answered = page.get_by_role("dialog").get_by_text(re.compile(f"answered: {len(questions)}"))
    expect(answered).to_have_count(1 if questions else 0)
