"""The view Build: dragging, fixes, undo, JSON, source, links, keyboard, challenges."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.studio.conftest import OpenView
from e2e.studio.process import Studio
from e2e.visit import Visit

FITS = "The network fits"


def head(page: Page, path: str) -> Locator:
    return page.locator(f'[data-path="{path}"] > .head').first


@pytest.fixture
def visited(open_view: OpenView) -> Visit:
    """Return the visit of the view, with a small network."""
    opened = open_view("build", width=1440)
    expect(opened.page.get_by_text(FITS)).to_be_visible(timeout=30_000)
    return opened


@pytest.fixture
def build(visited: Visit) -> Page:
    return visited.page


def names(page: Page) -> Any:
    return page.locator("[data-path]").evaluate_all("cards => cards.map(c => c.dataset.path)")


def drag(page: Page, start: Locator, to: Locator, *, below: bool = True) -> None:
    """Drag by the mouse, in steps, to the lower or upper edge of an element."""
    start.scroll_into_view_if_needed()
    box, aim = start.bounding_box(), to.bounding_box()
    assert box
    assert aim
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] / 2)
    page.mouse.down()
    y = aim["y"] + (aim["height"] + 3 if below else -3)
    page.mouse.move(box["x"] + 60, box["y"] + 30, steps=3)
    page.mouse.move(aim["x"] + aim["width"] / 2, y, steps=8)
    page.wait_for_timeout(100)
    page.mouse.up()


def test_a_branch_is_dragged_in_and_a_block_into_it(build: Page) -> None:
    branches = build.locator(".entry", has_text=re.compile("^Branches$"))
    drag(build, branches, head(build, "pool1"))
    expect(build.locator('[data-path="concat"]')).to_be_visible()
    assert names(build)[:5] == ["conv1", "relu1", "pool1", "concat", "concat.left"]
    expect(head(build, "concat.left")).to_contain_text("16 × 14×14")  # cards stand where they stay
    drag(build, head(build, "relu2"), head(build, "concat.left"), below=False)
    expect(build.locator('[data-path="concat.left.relu2"]')).to_be_visible()
    expect(build.locator('[data-path="relu2"]')).to_have_count(0)
    expect(build.get_by_text(FITS)).to_be_visible()


def test_a_clash_is_marked_and_mended_by_a_button_and_undone(build: Page) -> None:
    head(build, "conv2").click()
    field = build.get_by_label("Kernel size")
    field.fill("40")
    expect(build.locator('[data-path="conv2"].wrong')).to_be_visible()
    expect(build.locator('[data-path="fc"].unreached')).to_be_visible()
    expect(build.get_by_role("button", name="1 block does not fit: show it")).to_be_visible()
    fix = build.locator(".clash button").first
    expect(fix).to_have_text(re.compile("^Set "))
    fix.click()
    expect(build.get_by_text(FITS)).to_be_visible()
    build.get_by_role("button", name="Undo").click()
    expect(build.locator('[data-path="conv2"].wrong')).to_be_visible()
    build.get_by_role("button", name="Undo").click()
    expect(build.get_by_text(FITS)).to_be_visible()
    expect(field).to_have_value("3")
    build.get_by_role("button", name="Redo").click()
    expect(field).to_have_value("40")


def test_a_wrong_number_is_said_beside_its_field(build: Page) -> None:
    head(build, "conv1").click()
    field = build.get_by_label("Output channels")
    field.fill("-3")
    expect(build.get_by_text("a whole number of at least 1")).to_be_visible()
    expect(build.get_by_text(FITS)).to_be_visible()
    field.fill("24")
    expect(build.get_by_text("a whole number of at least 1")).to_have_count(0)
    expect(head(build, "conv1")).to_contain_text("24 × 28×28")


def test_json_is_edited(build: Page) -> None:
    build.get_by_role("button", name="Source").click()
    area = build.get_by_label("The network as JSON")
    text = area.input_value()
    area.fill(text.replace('"out_channels": 16', '"out_channels": 12'))
    expect(head(build, "conv1")).to_contain_text("12 × 28×28")
    area.fill(text.replace('"conv2":', '"conv2"'))
    expect(build.locator('.fault[role="alert"]')).to_contain_text(re.compile(r"Line \d+"))


def test_source_is_read_and_written(build: Page, visited: Visit) -> None:
    build.get_by_role("button", name="Source").click()
    build.get_by_role("button", name="PyTorch").click()
    area = build.get_by_label("The network as PyTorch source")
    expect(area).to_have_value(re.compile("class MyNetwork"), timeout=90_000)
    area.fill(area.input_value().replace("nn.Conv2d(1, 16,", "nn.Conv2d(1, 20,"))
    alert = build.locator('.fault[role="alert"]')
    expect(alert).to_contain_text("in_channels=16")
    area.fill(area.input_value().replace("nn.Conv2d(16, 32,", "nn.Conv2d(20, 32,"))
    expect(head(build, "conv1")).to_contain_text("20 × 28×28")
    area.fill("import os\nos.system('true')\n")
    expect(alert).to_contain_text("there is no network in this source")
    assert len(visited.expect("422")) == 2


def test_a_link_holds_the_network(build: Page) -> None:
    head(build, "conv1").click()
    build.get_by_label("Output channels").fill("11")
    build.wait_for_function("() => location.hash.includes('net=')")
    build.wait_for_timeout(800)
    address = build.url
    build.evaluate("localStorage.clear()")
    build.goto("about:blank")
    build.goto(address)
    expect(head(build, "conv1")).to_contain_text("11 × 28×28")


@pytest.mark.parametrize("net", ["!!", "AAAA", "A" * 61_000])
def test_a_hostile_link_gets_a_sentence(net: str, open_view: OpenView) -> None:
    page = open_view("build", f"net={quote(net)}").page
    expect(page.get_by_text(re.compile("this link|too large for a link"))).to_be_visible()
    expect(page.locator('[data-path="conv1"]')).to_be_visible()


def test_a_hostile_name_is_text(open_view: OpenView) -> None:
    page = open_view("build").page
    expect(page.get_by_text(FITS)).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Source").click()
    blocks = {"<img src=x onerror=alert(1)>": {"type": "<b>x</b>"}}
    text = {"name": "x", "input": [1, 8, 8], "num_classes": 2}
    whole = text | {"block": {"type": "Chain", "blocks": blocks}}
    page.get_by_label("The network as JSON").fill(json.dumps(whole))
    expect(page.locator(".clash").first).to_contain_text("cannot name a block")
    assert page.locator("main img").count() == 0


def test_a_network_is_built_by_the_keyboard_alone(build: Page) -> None:
    head(build, "conv1").click()
    first = head(build, "conv1")
    first.press("End")
    for _ in range(8):
        build.keyboard.press("Delete")
    expect(build.locator("[data-path]")).to_have_count(0)
    search = build.get_by_role("searchbox", name="Search blocks")
    for text in ("Conv, BN, ReLU", "Residual block, stride 2", "Classifier, pooled"):
        search.focus()
        search.fill(text)
        build.keyboard.press("ArrowDown")
        build.keyboard.press("Enter")
        build.wait_for_timeout(150)
    expect(build.get_by_text(FITS)).to_be_visible()
    expect(head(build, "head")).to_be_focused()
    build.keyboard.press("Alt+ArrowUp")
    expect(build.get_by_role("button", name=re.compile("not fit"))).to_be_visible()
    build.keyboard.press("Control+z")
    expect(build.get_by_text(FITS)).to_be_visible()
    build.keyboard.press("Home")
    build.keyboard.press("Control+c")
    build.keyboard.press("Control+v")
    expect(head(build, "conv2")).to_be_focused()
    build.keyboard.press("ArrowRight")
    expect(head(build, "conv2.conv")).to_be_focused()
    build.keyboard.press("Enter")
    build.keyboard.press("Control+a")
    build.keyboard.type("48")
    expect(head(build, "conv2.conv")).to_contain_text("48 × 28×28")
    expect(build.get_by_role("status").last).not_to_be_empty()


def test_blocks_are_wrapped_and_unwrapped(build: Page) -> None:
    head(build, "conv2").click()
    head(build, "relu2").click(modifiers=["Shift"])
    expect(build.get_by_role("heading", name="2 blocks")).to_be_visible()
    build.get_by_role("button", name="Wrap in").click()
    build.get_by_role("menuitem", name="Residual, added").click()
    expect(build.locator('[data-path="residual"].wrong')).to_be_visible()  # 16 and 32 channels
    build.locator(".clash button", has_text="Conv2d + BatchNorm2d").click()
    expect(build.get_by_text(FITS)).to_be_visible()
    head(build, "residual").click()
    build.get_by_role("button", name="Unwrap").click()
    expect(build.locator('[data-path="residual"]')).to_have_count(0)


def test_a_challenge_is_solved(build: Page) -> None:
    build.get_by_role("button", name="Source").click()
    conv = {"type": "Conv2d", "out_channels": 4, "kernel_size": 7, "padding": 3}
    blocks = {
        "one": conv,
        "two": {"type": "MaxPool2d", "kernel_size": 2},
        "three": {**conv, "dilation": 2, "padding": 6},
        "pool": {"type": "GlobalAvgPool2d"},
        "flatten": {"type": "Flatten"},
        "fc": {"type": "Linear", "out_features": 10},
    }
    network = {"name": "far", "input": [3, 64, 64], "num_classes": 10}
    whole = network | {"block": {"type": "Chain", "blocks": blocks}}
    build.get_by_role("button", name="Challenges").click()
    build.get_by_role("button", name="A receptive field of 32 with three layers").click()
    expect(build.get_by_text("1 of 10 solved")).to_have_count(0)
    build.get_by_role("button", name="Source").click()
    build.get_by_label("The network as JSON").fill(json.dumps(whole))
    build.get_by_role("button", name="Challenges").click()
    expect(build.get_by_text("1 of 10 solved")).to_be_visible()


def test_a_network_is_saved_once(build: Page, visited: Visit, studio: Studio) -> None:
    for answer in ("Save", "Replace it"):
        build.locator("main").get_by_role("button", name="Save", exact=True).first.click()
        dialog = build.get_by_role("dialog")
        dialog.get_by_label("Name").fill("by_hand")
        dialog.get_by_role("button", name="Save", exact=True).click()
        if answer == "Replace it":
            dialog.get_by_role("button", name=answer).click()
        expect(build.get_by_role("dialog")).to_have_count(0)
    saved = json.loads((studio.folder / "networks" / "by_hand.json").read_text())
    assert saved["name"] == "by_hand"
    assert len(visited.expect("409")) == 1


def test_a_large_network_is_folded(open_view: OpenView) -> None:
    page = open_view("build", "zoo=resnet152", width=1440).page
    expect(page.get_by_text(FITS)).to_be_visible(timeout=30_000)
    assert page.locator("[data-path]").count() <= 120
    page.get_by_role("button", name="Fold", exact=True).click()
    page.get_by_role("menuitem", name="Unfold all").click()
    expect(page.locator("[data-path]").nth(500)).to_be_attached()
