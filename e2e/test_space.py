"""The 3-D view in Chromium: the scene, lines of a unit, the walk, and a browser without WebGL."""

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

from e2e.conftest import Export
from e2e.site import Site
from e2e.visit import Visit

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]

NO_WEBGL = """
const context = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...others) {
  return /webgl/.test(kind) ? null : context.call(this, kind, ...others);
};
"""
# what the driver says of screenshots, not of the page
DRIVER = ("GPU stall due to ReadPixels", "software WebGL")


def opened(visit: Visit) -> Page:
    """Return the page when the layers have their colours."""
    page = visit.page
    page.locator(".space canvas").wait_for()
    page.wait_for_function("() => document.querySelector('.space .note') === null")
    page.wait_for_timeout(500)
    return page


def pixels(page: Page) -> NDArray[np.uint8]:
    """Return the scene as it is on the screen, (H, W, 3)."""
    shot = page.locator(".space canvas").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))


def changed(page: Page, before: NDArray[np.uint8]) -> None:
    """Wait until the scene differs in at least 200 pixels."""
    for _ in range(40):
        if int((pixels(page) != before).any(axis=2).sum()) >= 200:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the scene does not change")


@pytest.mark.parametrize("name", ["lenet5", "mixed"])
def test_the_scene_shows_the_activations(
    name: str, exported: Exported, serve: Serve, open_page: Open
) -> None:
    visit = open_page(f"{serve(exported(name).folder).url}#tab=space")
    page = opened(visit)
    scene = pixels(page)
    colours = np.unique(scene.reshape(-1, 3), axis=0)
    assert len(colours) > 100
    assert page.locator(".space [role=alert]").count() == 0
    visit.expect(*DRIVER)


def test_a_unit_is_followed_back_and_shown_in_the_look_view(
    exported: Exported, serve: Serve, open_page: Open
) -> None:
    visit = open_page(f"{serve(exported('lenet5').folder).url}#tab=space")
    page = opened(visit)
    before = pixels(page)
    page.locator(".space select").select_option(label="fc1")
    changed(page, before)
    words = page.locator(".space .unit").inner_text()
    match = re.match(r"fc1 → \S+, unit (\d+): -?[\d.]+", words)
    assert match is not None, words
    page.get_by_role("button", name="Show in the Look view").click()
    page.wait_for_function("() => location.hash.includes('map=')")
    assert f"map={int(match[1]) - 1}" in page.url
    visit.expect(*DRIVER)


def test_the_keyboard_turns_the_scene_and_the_walk_ends_at_the_classes(
    exported: Exported, serve: Serve, open_page: Open
) -> None:
    visit = open_page(f"{serve(exported('lenet5').folder).url}#tab=space&lang=zh")
    page = opened(visit)
    before = pixels(page)
    page.locator(".space canvas").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    changed(page, before)
    page.locator(".walk button").click()
    count = int(re.findall(r"\d+", page.locator(".walk .small").inner_text())[-1])
    for _ in range(count - 1):
        page.locator(".walk .primary").click()
    assert "10 个类别" in page.locator(".walk").inner_text()
    assert page.locator(".walk .primary").is_disabled()
    visit.expect(*DRIVER)


def test_a_browser_without_webgl_gets_a_sentence_and_keeps_the_rest(
    exported: Exported, serve: Serve, open_page: Open
) -> None:
    url = f"{serve(exported('lenet5').folder).url}#tab=space"
    visit = open_page(url, script=NO_WEBGL)
    alert = visit.page.locator(".space [role=alert]")
    alert.wait_for()
    assert "WebGL" in alert.inner_text()
    visit.page.locator("#tab-look").click()
    visit.page.locator(".look").wait_for()
    visit.expect("WebGL")  # what the library writes to the console
