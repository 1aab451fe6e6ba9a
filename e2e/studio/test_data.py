"""The views Data and Evaluate in Chromium: images, checks, wrong labels, linked filters."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import convscope.data
from e2e.studio.conftest import OpenView
from e2e.test_page_access import violations

HOSTILE = ("<img src=x onerror=alert(1)>", "c{{1+1}}")
JOB_MS = 120_000


@pytest.fixture(scope="module")
def workspace(workspace: Path) -> Path:
    """Add a folder with hostile names, duplicates and a damaged file."""
    random = np.random.default_rng(0)
    for split, number in (("train", 6), ("val", 2)):
        for label in HOSTILE:
            place = workspace / "photos" / split / label
            place.mkdir(parents=True)
            for index in range(number):
                pixels = random.integers(0, 256, (70, 90, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{index} <b>bold<b>.png")
    first = workspace / "photos" / "train" / HOSTILE[0] / "0 <b>bold<b>.png"
    (workspace / "photos" / "val" / HOSTILE[0] / "copy.png").write_bytes(first.read_bytes())
    damaged = workspace / "photos" / "train" / HOSTILE[1] / "damaged.png"
    damaged.write_bytes(first.read_bytes()[:500])
    return workspace


def grid(page: Page) -> None:
    """Wait until the thumbnails in view are drawn."""
    expect(page.get_by_role("listbox")).to_have_attribute("aria-busy", "false", timeout=30_000)


def test_a_contact_sheet_scrolls_and_an_image_opens(open_view: OpenView) -> None:
    page = open_view("data").page
    page.get_by_role("button", name="mnist ready", exact=True).click()
    box = page.get_by_role("listbox")
    grid(page)
    expect(box).to_be_visible()
    option = box.get_by_role("option")
    expect(option).to_have_attribute("aria-setsize", "55000")
    box.evaluate("element => { element.scrollTop = element.scrollHeight }")
    grid(page)
    box.focus()
    page.keyboard.press("End")
    expect(option).to_have_attribute("aria-posinset", "55000")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("28 × 28")
    assert violations(page) == []
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("train 54,998")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_check_shows_its_problems_and_hostile_names_stay_text(open_view: OpenView) -> None:
    page = open_view("data", "set=photos&part=check").page
    page.get_by_role("button", name="Check the data").click()
    leak = page.locator("details", has_text="identical files in two splits")
    expect(leak).to_be_visible(timeout=JOB_MS)
    leak.locator("summary").click()
    expect(leak.locator("img")).to_have_count(2)
    page.wait_for_function(
        "() => [...document.querySelectorAll('details[open] img')].every(i => i.naturalWidth > 0)"
    )
    expect(leak).to_contain_text(f"train/{HOSTILE[0]}/0 <b>bold<b>.png")
    page.locator("details", has_text="damaged or truncated").locator("summary").click()
    assert page.locator("b", has_text="bold").count() == 0
    assert violations(page) == []
    page.get_by_role("tab", name="Figures").click()
    expect(page.get_by_role("rowheader", name=HOSTILE[0])).to_be_visible()


def test_corrected_labels_are_saved_and_applied_on_the_command_line(
    open_view: OpenView, workspace: Path
) -> None:
    page = open_view("data", "set=mnist&part=labels&split=test&model=run-digits").page
    page.get_by_role("button", name="Find doubtful labels").click()
    review = page.get_by_role("group", name="Doubtful labels")
    expect(review).to_be_visible(timeout=JOB_MS)
    assert violations(page) == []
    review.focus()
    first, suggested = review.locator("dd.name").all_inner_texts()[:2]
    page.keyboard.press("Enter")
    page.keyboard.press("x")
    page.keyboard.press("k")
    page.keyboard.press("s")
    page.keyboard.press("k")
    page.keyboard.press("u")
    expect(page.get_by_text("New labels: 1 · removed: 1 · confirmed: 1")).to_be_visible()
    expect(page.get_by_text("saved in corrections/mnist.csv")).to_be_visible()
    saved = workspace / "corrections" / "mnist.csv"
    with saved.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["action"] for row in rows] == ["relabel", "remove", "keep"]
    assert (rows[0]["label"], rows[0]["new_label"]) == (first, suggested)
    page.reload()
    expect(page.get_by_text("New labels: 1 · removed: 1 · confirmed: 1")).to_be_visible()
    line = ["data", "correct", "mnist", str(saved), "-o", str(workspace / "data" / "fixed")]
    subprocess.run([sys.executable, "-m", "convscope", *line], check=True, timeout=300)
    fixed = convscope.data.open(workspace / "data" / "fixed")
    original = convscope.data.open("mnist")
    assert len(fixed.split("test")) == len(original.split("test")) - 1
    index = int(rows[0]["index"]) - (int(rows[1]["index"]) < int(rows[0]["index"]))
    assert fixed.classes[int(fixed.split("test").labels_N[index])] == suggested


def test_matrix_plane_and_images_filter_one_another(open_view: OpenView) -> None:
    page = open_view("evaluate", "model=run-digits&data=mnist&split=test").page
    page.get_by_role("button", name="Evaluate", exact=True).click()
    images = page.locator("h2", has_text="Images (")
    expect(images).to_have_text("Images (10,000)", timeout=JOB_MS)
    grid(page)
    assert violations(page) == []
    matrix = page.get_by_role("application").first
    matrix.focus()
    for key in ("ArrowDown", *4 * ("ArrowDown",), *9 * ("ArrowRight",), "Enter"):
        page.keyboard.press(key)
    chips = page.get_by_role("list", name="Filters in use")
    expect(chips).to_contain_text("Class: 4")
    expect(chips).to_contain_text("Predicted: 9")
    number = int(images.inner_text().strip("Images ()"))
    assert 0 < number < 200
    page.get_by_role("button", name="right", exact=True).click()
    expect(images).to_have_text("Images (0)")
    page.wait_for_function("() => location.hash.includes('outcome=right')")
    page.reload()
    expect(images).to_have_text("Images (0)", timeout=30_000)
    expect(chips.get_by_role("listitem")).to_have_count(4)  # three, and "remove all"
    chips.get_by_role("button", name="right").click()
    expect(images).to_have_text(f"Images ({number})")
    chips.get_by_role("button", name="Remove all").click()
    expect(images).to_have_text("Images (10,000)")


def test_a_lasso_and_a_box_by_keyboard_select_images(open_view: OpenView) -> None:
    page = open_view("evaluate", "model=run-digits&data=mnist&split=test").page
    page.get_by_role("button", name="Evaluate", exact=True).click()
    images = page.locator("h2", has_text="Images (")
    expect(images).to_have_text("Images (10,000)", timeout=JOB_MS)
    plane = page.get_by_role("application").nth(1)
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    for x, y in ((80, 0), (80, 80), (0, 80), (-20, 40)):
        page.mouse.move(middle[0] + x, middle[1] + y, steps=4)
    page.mouse.up()
    chips = page.get_by_role("list", name="Filters in use")
    expect(chips).to_contain_text("Part of the embedding")
    expect(images).not_to_have_text("Images (10,000)")
    lasso = images.inner_text()
    page.wait_for_function("() => location.hash.includes('region=')")
    page.reload()
    expect(images).to_have_text(lasso, timeout=30_000)
    plane.focus()
    page.keyboard.press("Escape")
    expect(images).to_have_text("Images (10,000)")
    for key in ("ArrowLeft", "b", *12 * ("ArrowRight",), *12 * ("ArrowDown",), "b"):
        page.keyboard.press(key)
    expect(images).not_to_have_text("Images (10,000)")
