"""The view Look of the studio: networks, images, visuals with their settings, two side by side."""

import json
import re
import shlex
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from e2e.look_page import LINE, TIMEOUT, answer, draw, shares, wait_for_change
from e2e.studio.conftest import OpenView
from e2e.studio.process import Studio

FIRST_S = 120_000  # the worker imports PyTorch, and the network is written as ONNX


def ready(page: Page) -> Page:
    """Wait for the answer."""
    expect(answer(page).first).to_be_visible(timeout=FIRST_S)
    return page


@pytest.fixture
def digits(open_view: OpenView) -> Page:
    """Return the view with the trained LeNet-5."""
    return ready(open_view("look", "lang=en&model=runs/digits", width=1440).page)


def test_a_run_is_chosen_drawn_on_and_explained(digits: Page) -> None:
    expect(answer(digits)).to_contain_text("3")  # the drawing that is there at first
    digits.get_by_role("button", name="Clear").click()
    draw(digits, LINE)
    expect(answer(digits)).to_contain_text("1")
    digits.get_by_role("button", name="conv2, map 4 of 16").click()
    inspector = digits.get_by_test_id("inspector")
    output = inspector.get_by_role("slider", name="Output conv2, map 4.")
    output.click(position={"x": 5, "y": 5})
    shown = digits.get_by_test_id("explain")
    expect(shown.get_by_role("heading", name="Map 4, row 1, column 1")).to_be_visible()
    expect(shown.get_by_role("status")).to_contain_text("the activation that the network computed")
    digits.wait_for_function("() => location.hash.includes('pixel=0,0')")


def test_a_network_is_chosen_from_the_list(digits: Page) -> None:
    digits.get_by_role("button", name="Network runs/digits").click()
    digits.get_by_role("searchbox").fill("lenet5 1998")
    digits.get_by_role("dialog").get_by_role("button").filter(has_text="lenet5_1998").click()
    digits.wait_for_function("() => location.hash.includes('model=lenet5_1998')")
    ready(digits)
    expect(digits.locator("[data-layer=c3]")).to_be_visible(timeout=TIMEOUT)


def test_an_unknown_network_is_said(open_view: OpenView) -> None:
    page = open_view("look", "lang=en&model=%3Cimg%20onerror%3E").page
    expect(page.locator("main")).to_contain_text("There is no network <img onerror> here.")


def test_a_kernel_and_a_channel_change_the_answer(digits: Page) -> None:
    original = shares(digits)
    digits.get_by_role("button", name="conv1, map 2 of 6").click()
    digits.get_by_role("button", name="Switch this channel off").click()
    wait_for_change(digits, original)
    without = shares(digits)
    digits.get_by_role("button", name="Next map").click()
    digits.get_by_role("button", name="Edit the kernel").click()
    cell = digits.get_by_role("slider", name="Weight in row 3, column 3")
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    assert box is not None
    digits.mouse.move(box["x"] + 5, box["y"] + 5)
    digits.mouse.down()
    digits.mouse.move(box["x"] + 5, box["y"] - 150, steps=6)
    digits.mouse.up()
    wait_for_change(digits, without)
    digits.wait_for_function(
        "() => location.hash.includes('off=conv1/1') && location.hash.includes('set=conv1.weight/')"
    )


def test_a_visual_is_computed_with_its_settings(digits: Page, studio: Studio) -> None:
    digits.get_by_role("tab", name="Visuals").click()
    digits.get_by_role("combobox", name="Visual", exact=True).select_option("smooth_grad")
    digits.get_by_label("samples").fill("3")
    expect(digits.get_by_text("3 backward passes")).to_be_visible(timeout=FIRST_S)
    digits.get_by_role("button", name="Compute").click()
    first = digits.locator('[data-visual="smooth_grad"]')
    expect(first.locator("figure").first).to_be_visible(timeout=FIRST_S)
    expect(first).to_contain_text("samples 3")
    command = digits.get_by_role("group", name="Command line").inner_text()
    assert re.search(r"^convscope look smooth_grad runs/digits \S+\.png --set samples=3", command)
    # the command line computes the same payload
    words = [sys.executable, "-m", "convscope", *shlex.split(command)[1:], "--json"]
    done = subprocess.run(words, cwd=studio.folder, capture_output=True, text=True, check=True)
    with digits.expect_download() as saved:
        first.get_by_role("button", name="Save").click()
        first.get_by_role("menuitem", name="JSON").click()
    assert json.loads(saved.value.path().read_text()) == json.loads(done.stdout)
    with digits.expect_download() as picture:
        first.get_by_role("button", name="Save").click()
        first.get_by_role("menuitem", name="SVG").click()
    assert picture.value.suggested_filename == "smooth_grad-runs-digits.svg"
    assert picture.value.path().read_bytes().lstrip().startswith(b"<svg")
    # a second result stands beside the first one
    digits.get_by_role("combobox", name="Visual", exact=True).select_option("filters")
    digits.get_by_role("button", name="Compute").click()
    expect(digits.locator('[data-visual="filters"] figure').first).to_be_visible(timeout=FIRST_S)
    expect(first).to_have_count(1)
    first.get_by_role("button", name="Remove this result").click()
    expect(first).to_have_count(0)


def test_a_slow_visual_is_cancelled(digits: Page) -> None:
    digits.get_by_role("tab", name="Visuals").click()
    digits.get_by_role("combobox", name="Visual", exact=True).select_option("maximise")
    digits.get_by_label("steps").fill("100000")
    digits.get_by_role("combobox", name="Time").select_option("null")
    digits.get_by_role("button", name="Compute").click()
    running = digits.locator('[data-visual="maximise"]')
    expect(running).to_contain_text(re.compile(r"\d+ of [\d,]+ steps"), timeout=FIRST_S)
    running.get_by_role("button", name="Cancel").click()
    expect(running).to_have_count(0)
    # the worker is free again
    digits.get_by_role("combobox", name="Visual", exact=True).select_option("saliency")
    digits.get_by_role("button", name="Compute").click()
    expect(digits.locator('[data-visual="saliency"] figure').first).to_be_visible(timeout=FIRST_S)


def test_what_a_visual_cannot_do_is_a_sentence(open_view: OpenView) -> None:
    visit = open_view("look", "lang=en&model=runs/digits", width=1440)
    digits = ready(visit.page)
    digits.get_by_role("tab", name="Visuals").click()
    digits.get_by_role("combobox", name="Visual", exact=True).select_option("guided_backprop")
    digits.get_by_role("button", name="Compute").click()
    failed = digits.locator('[data-visual="guided_backprop"]').get_by_role("alert")
    expect(failed).to_contain_text("ReLU", timeout=FIRST_S)
    assert visit.expect("422")  # the browser lists the refused request
    digits.get_by_role("combobox", name="Visual", exact=True).select_option("top_patches")
    expect(digits.get_by_text("This visual needs a data set.")).to_be_visible()
    expect(digits.get_by_role("button", name="Compute")).to_be_disabled()


def test_an_image_of_a_data_set_is_looked_at(digits: Page) -> None:
    before = shares(digits)
    digits.get_by_role("tab", name="Data set").click()
    digits.get_by_role("combobox", name="Data set").select_option(label="mnist")
    digits.get_by_role("combobox", name="Class").select_option(label="7")
    grid = digits.get_by_role("grid").or_(digits.get_by_role("listbox")).first
    expect(grid).to_be_visible(timeout=FIRST_S)
    grid.focus()
    digits.keyboard.press("Home")
    digits.keyboard.press("Enter")
    wait_for_change(digits, before)
    expect(answer(digits)).to_contain_text("7")


def test_two_networks_are_compared_on_one_picture(open_view: OpenView) -> None:
    state = "lang=en&model=runs/digits&model2=lenet5"
    page = ready(open_view("look", state, width=1440).page)
    second = page.locator('[data-network="2"]')
    expect(second.locator("[data-best]")).to_be_visible(timeout=FIRST_S)
    words = page.get_by_test_id("agreement")
    # the untrained network has other names for its classes
    expect(words).to_contain_text("runs/digits: 3")
    expect(words).to_contain_text("lenet5: class")
    page.locator('[data-network="1"]').get_by_role("button", name="conv1, map 3 of 6").click()
    second.get_by_role("button", name="conv2, map 5 of 16").click()
    page.wait_for_function(
        "() => ['layer=conv1', 'map=2', 'layer2=conv2', 'map2=4']"
        ".every(part => location.hash.includes(part))"
    )
    expect(page.get_by_test_id("inspector")).to_have_count(2)
    other = second.locator("[data-best]").inner_text()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("[data-best]")).to_have_count(0)
    draw(page, LINE)
    expect(page.locator("[data-best]")).to_have_count(2)
    expect(words).to_contain_text("runs/digits: 1")
    assert other
    page.get_by_role("button", name="End comparison").click()
    expect(second).to_have_count(0)
    page.wait_for_function("() => !location.hash.includes('2=')")


def test_the_same_network_agrees_with_itself(open_view: OpenView) -> None:
    state = "lang=zh&model=runs/digits&model2=runs/digits&off2=conv1/0,1,2,3,4,5"
    page = open_view("look", state, width=1440).page
    words = page.get_by_test_id("agreement")
    expect(words).to_contain_text("概率相差最大的类别", timeout=FIRST_S)
    expect(page.locator('[data-network="2"]').get_by_text("6 处改动")).to_be_visible()


def test_a_network_that_is_too_large_for_a_tab_runs_in_the_studio(open_view: OpenView) -> None:
    state = "lang=en&model=vgg16&layer=fc3&map=3"
    page = ready(open_view("look", state, width=1440).page)
    expect(page.get_by_role("note")).to_contain_text("PyTorch computes the answer")
    expect(page.locator(".engine").first).to_contain_text("PyTorch · in the studio")
    shown = page.get_by_test_id("explain")
    expect(shown.get_by_role("status")).to_contain_text(
        "the activation that the network computed", timeout=FIRST_S
    )
    value, activation, largest = (
        float(shown.get_attribute(f"data-{key}") or "nan")
        for key in ("value", "activation", "largest")
    )
    assert abs(value - activation) <= 1e-5 * largest


def test_the_runtime_and_three_are_loaded_only_when_used(
    studio: Studio, open_view: OpenView
) -> None:
    page = open_view("zoo").page
    page.wait_for_timeout(1500)
    loaded = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert not [name for name in loaded if re.search(r"ort-wasm|three|Space", name)]
    look = ready(open_view("look", "model=runs/digits").page)
    loaded = look.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert [name for name in loaded if "ort-wasm" in name]
    assert not [name for name in loaded if re.search(r"three|Space", name)]
