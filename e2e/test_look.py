"""The view that looks inside: draw, choose, switch off, edit, disturb, share the address."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Export
from e2e.look_page import LINE, Open, Serve, answer, begins, draw, opened, shares, wait_for_change

Exported = Callable[[str], Export]


@pytest.fixture
def lenet5(exported: Exported, page_folder: Path, serve: Serve, open_page: Open) -> Page:
    """Return the page of LeNet-5 in English."""
    folder = exported("lenet5").folder
    return opened(serve, open_page, page_folder, folder, "lang=en", width=1440).page


def test_a_drawn_digit_is_recognised(lenet5: Page) -> None:
    expect(answer(lenet5)).to_contain_text("3")  # the drawing that is there at first
    lenet5.get_by_role("button", name="Clear").click()
    expect(answer(lenet5)).to_have_count(0)
    draw(lenet5, LINE)
    expect(answer(lenet5)).to_contain_text("1")
    expect(lenet5.get_by_test_id("answer")).to_contain_text("1, ")
    assert len(shares(lenet5)) == 10


def test_a_map_and_a_pixel_are_explained(lenet5: Page) -> None:
    lenet5.get_by_role("button", name="conv2, map 4 of 16").click()
    inspector = lenet5.get_by_test_id("inspector")
    expect(inspector).to_contain_text("Map 4 / 16")
    figure = inspector.get_by_role("slider", name="Output conv2, map 4. Arrow keys move")
    figure.click(position={"x": 5, "y": 5})
    expect(figure).to_have_attribute("aria-valuetext", begins("row 1, column 1"))
    expect(inspector.get_by_role("region", name="Computation")).to_contain_text("row 1, column 1")
    lenet5.wait_for_function(
        "() => location.hash.includes('layer=conv2') && location.hash.includes('pixel=0,0')"
    )


def test_a_channel_that_is_switched_off_changes_the_answer(lenet5: Page) -> None:
    original = shares(lenet5)
    lenet5.get_by_role("button", name="conv1, map 2 of 6").click()
    lenet5.get_by_role("button", name="Switch this channel off").click()
    wait_for_change(lenet5, original)
    expect(lenet5.get_by_text("1 change", exact=True)).to_be_visible()
    expect(lenet5.get_by_role("button", name="conv1, map 2 of 6, switched off")).to_be_visible()
    changed = shares(lenet5)
    lenet5.get_by_role("button", name="Reset everything").click()
    wait_for_change(lenet5, changed)
    assert shares(lenet5) == original


def test_a_kernel_is_edited_with_mouse_and_keyboard(lenet5: Page) -> None:
    original = shares(lenet5)
    lenet5.get_by_role("button", name="conv1, map 1 of 6").click()
    lenet5.get_by_role("button", name="Edit the kernel").click()
    cell = lenet5.get_by_role("slider", name="Weight in row 1, column 1")
    learned = float(cell.get_attribute("aria-valuenow") or "nan")
    cell.focus()
    lenet5.keyboard.press("PageUp")
    wait_for_change(lenet5, original)
    assert float(cell.get_attribute("aria-valuenow") or "nan") > learned
    by_key = shares(lenet5)
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    assert box is not None
    lenet5.mouse.move(box["x"] + 5, box["y"] + 5)
    lenet5.mouse.down()
    lenet5.mouse.move(box["x"] + 5, box["y"] + 90, steps=5)
    lenet5.mouse.up()
    wait_for_change(lenet5, by_key)
    assert float(cell.get_attribute("aria-valuenow") or "nan") < learned
    by_mouse = shares(lenet5)
    lenet5.get_by_role("button", name="Learned values").click()
    wait_for_change(lenet5, by_mouse)
    assert shares(lenet5) == original
    assert float(cell.get_attribute("aria-valuenow") or "nan") == learned


def test_a_bias_and_weights_of_a_linear_layer_are_edited(lenet5: Page) -> None:
    original = shares(lenet5)
    lenet5.get_by_role("slider", name="Units of fc2").press("Home")
    lenet5.get_by_role("button", name="Edit the weights").click()
    editor = lenet5.get_by_test_id("inspector")
    expect(editor.get_by_role("slider", name=re.compile("^Weight of input"))).to_have_count(84)
    editor.get_by_role("slider", name="bias of channel 1").press("PageUp")
    lenet5.wait_for_function("() => location.hash.includes('set=fc2.bias/0,')")
    weight = editor.get_by_role("slider", name="Weight of input 7", exact=True)
    weight.press("PageDown")
    # an input near 0 changes no digit of the answer: the address has the number
    lenet5.wait_for_function("() => /set=fc2.bias.0,[^*]+[*]fc2.weight.6,/.test(location.hash)")
    lenet5.get_by_role("button", name="Learned values").click()
    lenet5.wait_for_function(
        "original => [...document.querySelectorAll('ol[aria-label] .share')]"
        ".map(one => one.innerText).join() === original",
        arg=",".join(original),
    )


def test_a_link_holds_the_changes(lenet5: Page, open_page: Open) -> None:
    original = shares(lenet5)
    lenet5.get_by_role("button", name="conv1, map 2 of 6").click()
    lenet5.get_by_role("button", name="Switch this channel off").click()
    wait_for_change(lenet5, original)
    lenet5.get_by_role("button", name="Edit the kernel").click()
    without = shares(lenet5)
    lenet5.get_by_role("button", name="Next map").click()
    lenet5.get_by_role("slider", name="bias of channel 3").press("PageUp")
    wait_for_change(lenet5, without)
    lenet5.wait_for_function("() => /off=conv1.1&/.test(location.hash)")
    lenet5.wait_for_function("() => location.hash.includes('set=conv1.bias/2,')")
    expected = shares(lenet5)
    other = open_page(lenet5.url, width=1440).page
    expect(other.get_by_text("2 changes", exact=True)).to_be_visible()
    other.wait_for_function(
        "expected => [...document.querySelectorAll('ol[aria-label] .share')]"
        ".map(one => one.innerText).join() === expected",
        arg=",".join(expected),
    )


def test_a_link_with_changes_of_another_network_says_so(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported("lenet5").folder
    state = "lang=en&off=conv9/3&set=%3Cimg%3E/0,1"
    page = opened(serve, open_page, page_folder, folder, state, width=1440).page
    expect(page.get_by_role("alert")).to_contain_text("do not fit this network")
    page.wait_for_function("() => !location.hash.includes('conv9')")


def test_the_receptive_field_is_shown_on_the_picture_of_the_user(lenet5: Page) -> None:
    lenet5.get_by_role("button", name="conv1, map 1 of 6").click()
    inspector = lenet5.get_by_test_id("inspector")
    output = inspector.get_by_role("slider", name="Output conv1, map 1.")
    for _ in range(6):
        output.press("Shift+ArrowUp")
        output.press("Shift+ArrowLeft")
    for key in ("ArrowDown", "ArrowRight") * 12:
        output.press(key)
    box = inspector.locator("rect.field")
    prepared = [float(box.get_attribute(name) or "nan") for name in ("x", "y", "width", "height")]
    assert prepared == [12, 12, 5, 5]
    inspector.get_by_role("button", name="Your picture").click()
    # 28 x 28 pixels, to which LeNet-5's preprocessing adds a border of 2
    own = [float(box.get_attribute(name) or "nan") for name in ("x", "y", "width", "height")]
    assert own == [10, 10, 5, 5]


def test_a_slider_disturbs_the_image_and_draws_the_curve(lenet5: Page) -> None:
    original = shares(lenet5)
    slider = lenet5.get_by_role("slider", name="Rotation")
    slider.focus()
    for _ in range(3):
        lenet5.keyboard.press("PageUp")
    wait_for_change(lenet5, original)
    angle = slider.input_value()
    assert float(angle) > 0
    curve = lenet5.locator(".curve svg")
    expect(curve).to_contain_text("degrees clockwise")
    expect(curve).to_contain_text("now")
    lenet5.wait_for_function(f"() => location.hash.includes('rotation={angle}')")
    disturbed = shares(lenet5)
    lenet5.get_by_role("button", name="Back to 0").click()
    wait_for_change(lenet5, disturbed)
    assert shares(lenet5) == original


def test_the_address_holds_the_state(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported("lenet5").folder
    state = "lang=zh&layer=pool1&map=3&pixel=2,7&shift=8&theme=dark"
    page = opened(serve, open_page, page_folder, folder, state, width=1440).page
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="pool1，第 4 张特征图，共 6 张")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_role("slider", name="输出 pool1，第 4 张特征图")).to_have_attribute(
        "aria-valuetext", begins("第 3 行，第 8 列")
    )
    expect(page.get_by_role("slider", name="向右平移")).to_have_value("8")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.wait_for_function("() => location.hash.includes('lang=en')")
    page.reload()
    expect(page.get_by_role("slider", name="Shift right")).to_have_value("8")


def test_units_of_vectors_are_chosen(lenet5: Page) -> None:
    bars = lenet5.get_by_role("slider", name="Units of fc2")
    bars.focus()
    lenet5.keyboard.press("Home")
    lenet5.keyboard.press("ArrowRight")
    expect(bars).to_have_attribute("aria-valuetext", begins("1 (unit 2 of 10)"))
    expect(lenet5.get_by_test_id("inspector")).to_contain_text("fc2")


def test_outputs_that_use_a_pixel_are_outlined(lenet5: Page) -> None:
    lenet5.get_by_role("button", name="conv1, map 1 of 6").click()
    image = lenet5.get_by_role("slider", name="Prepared image")
    image.hover(position={"x": 60, "y": 60})
    expect(lenet5.locator("rect.used")).to_have_count(1)
    # 5 x 5 outputs of conv1 use an inner pixel
    assert lenet5.locator("rect.used").get_attribute("width") == "5"


@pytest.mark.parametrize("name", ["mixed", "efficientnet_lite0"])
def test_other_networks_are_looked_into(
    name: str, exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported(name).folder
    page = opened(serve, open_page, page_folder, folder, "lang=en", width=1440).page
    first = page.locator("[data-layer]").first.locator(".tile").first
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    last = page.locator("[data-layer]").last
    last.scroll_into_view_if_needed()
    expect(last.get_by_role("slider")).to_be_visible(timeout=30_000)
    last.get_by_role("slider").click()
    expect(
        page.get_by_test_id("inspector").get_by_role("region", name="Computation")
    ).to_be_visible()
