"""The computation that the page shows under a pixel equals what the engine computed."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Export
from e2e.harness import call, raw, started
from e2e.look_page import LINE, TIMEOUT, draw, opened
from e2e.models import MODELS, random_pixels
from e2e.site import Site
from e2e.visit import Visit

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]

NUM_UNITS = 200
TOLERANCE = 1e-5


@pytest.mark.parametrize("name", MODELS)
def test_explanations_equal_the_engines_activations(
    name: str, exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported(name)
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    started(visit)
    random = np.random.default_rng(0)
    steps = [step for step in model.card.architecture.trace.steps if not step.auxiliary]
    chosen = random.integers(len(steps), size=NUM_UNITS)
    units = [
        (steps[step].path, int(random.integers(steps[step].output_shape.numel))) for step in chosen
    ]
    results = call(visit, "explained", raw(random_pixels(model, 5)), units)
    assert "failure" not in results, results
    assert len(results) == NUM_UNITS
    for result in results:
        difference = abs(result["value"] - result["activation"])
        assert difference <= TOLERANCE * result["largest"], result
    assert len({round(result["activation"], 6) for result in results}) > NUM_UNITS / 4


STATES = (
    ("mixed", "layer=stem.conv&map=3&pixel=0,19"),  # padding
    ("mixed", "layer=stem.norm&map=3&pixel=5,6"),
    ("mixed", "layer=mixed.pool.pool&map=2&pixel=0,0"),
    ("mixed", "layer=mixed&map=7&pixel=3,4"),
    ("mixed", "layer=lrn&map=7&pixel=3,4"),
    ("mixed", "layer=block&map=20&pixel=3,4"),
    ("mixed", "layer=gate&map=2&pixel=3,4"),
    ("mixed", "layer=fc1&map=3"),
    ("lenet5_1998", "layer=c3&map=9&pixel=2,2"),
    ("lenet5_1998", "layer=output&map=3"),
)


@pytest.mark.parametrize(("name", "state"), STATES)
def test_the_page_shows_the_computation_of_the_chosen_unit(
    name: str, state: str, exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    for language, words in (("en", "the activation that the network computed"), ("zh", "激活值")):
        site = serve(page_folder, model=exported(name).folder / "model")
        page = open_page(f"{site.url}#lang={language}&{state}", width=1440).page
        expect(page.get_by_test_id("inspector")).to_be_visible(timeout=TIMEOUT)
        pad = page.locator(".pad")  # hidden where the page starts with a sample
        if pad.is_visible() and not page.locator("[data-best]").count():
            draw(page, LINE)
        shown = page.get_by_test_id("explain")
        expect(shown.get_by_role("status")).to_contain_text(words)
        value, activation, largest = (
            float(shown.get_attribute(f"data-{key}") or "nan")
            for key in ("value", "activation", "largest")
        )
        assert abs(value - activation) <= TOLERANCE * largest


@pytest.fixture
def convolution(exported: Exported, page_folder: Path, serve: Serve, open_page: Open) -> Page:
    """Return the page of LeNet-5 with a unit of its second convolution."""
    folder = exported("lenet5").folder
    state = "lang=en&layer=conv2&map=3&pixel=4,5"
    return opened(serve, open_page, page_folder, folder, state, width=1440, height=1600).page


def test_arrow_keys_move_the_window(convolution: Page) -> None:
    shown = convolution.get_by_test_id("explain")
    before = shown.get_attribute("data-value")
    shown.get_by_role("slider", name="Output conv2").press("ArrowRight")
    expect(shown.get_by_role("heading", name="Map 4, row 5, column 7")).to_be_visible()
    expect(shown).not_to_have_attribute("data-value", before or "")
    expect(convolution).to_have_url(re.compile("pixel=4,6"))


def test_the_pointer_moves_the_window_and_a_click_chooses(convolution: Page) -> None:
    shown = convolution.get_by_test_id("explain")
    output = shown.get_by_role("slider", name="Output conv2")
    box = output.bounding_box()
    assert box is not None
    corner = {"x": box["width"] - 3, "y": box["height"] - 3}
    output.hover(position=corner)
    expect(shown.get_by_role("heading", name="Map 4, row 10, column 10")).to_be_visible()
    assert "pixel=4,5" in convolution.url
    convolution.mouse.move(2, 2)
    expect(shown.get_by_role("heading", name="Map 4, row 5, column 6")).to_be_visible()
    output.click(position=corner)
    expect(convolution).to_have_url(re.compile("pixel=9,9"))


def test_a_pixel_of_the_input_shows_the_units_that_use_it(convolution: Page) -> None:
    shown = convolution.get_by_test_id("explain")
    # the middle of 14 x 14 maps is in 25 windows of 5 x 5
    shown.get_by_role("slider", name="Input pool1").hover()
    expect(shown).to_contain_text("Units of this map that use the input pixel: 25")


def test_cells_tell_all_their_digits(convolution: Page) -> None:
    shown = convolution.get_by_test_id("explain")
    cells = shown.get_by_role("slider", name="Window on input map")
    cells.press("ArrowRight")
    words = cells.get_attribute("aria-valuetext") or ""
    assert words.startswith("row 5, column 6: ")
    left, right = words.removeprefix("row 5, column 6: ").replace("−", "-").split(" = ")
    value, weight = (float(part) for part in left.split(" × "))
    assert value * weight == pytest.approx(float(right), rel=1e-6)
    expect(shown.get_by_text(words)).to_be_visible()


def test_play_moves_on_and_pause_chooses_the_unit(convolution: Page) -> None:
    shown = convolution.get_by_test_id("explain")
    start = shown.get_by_role("heading", name="Map 4, row 5, column 6")
    expect(start).to_be_visible()
    shown.get_by_role("button", name="Play").click()
    expect(start).to_have_count(0)
    shown.get_by_role("button", name="Pause").click()
    expect(convolution).not_to_have_url(re.compile("pixel=4,5"))


def test_every_input_map_can_be_reached(convolution: Page) -> None:
    shown = convolution.get_by_test_id("explain")
    for number in range(1, 7):
        shown.get_by_role("button", name=f"Input map {number} contributes").click()
        expect(shown.get_by_role("slider", name=f"Window on input map {number}.")).to_be_visible()
