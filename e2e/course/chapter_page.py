"""A chapter of the site as a page: its figures, what they show, and how they are driven."""

import re
import time

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

LOADED_MS = 30_000
SHOWN = """
element => {
  const canvases = [...element.querySelectorAll("canvas")].map((one) => one.toDataURL());
  const inputs = [...element.querySelectorAll("input, select")].map((one) =>
    one.type === "radio" || one.type === "checkbox" ? String(one.checked) : one.value);
  return [element.innerHTML, ...canvases, ...inputs].join("\\n");
}
"""
"""What a figure shows: elements, canvases, and the values of its controls."""


def settle(page: Page) -> None:
    """Wait until the chapter and all its figures are loaded, and none has failed."""
    expect(page.locator("main h1")).to_be_visible(timeout=LOADED_MS)
    expect(page.locator('main [role="status"]:has(progress)')).to_have_count(0, timeout=LOADED_MS)
    expect(page.locator(".failure, .unknown")).to_have_count(0)


def frame(page: Page, figure: str) -> Locator:
    """Return a figure with its presets and caption."""
    return page.locator(f'[id="figure-{figure}"]')


def lab(page: Page, figure: str) -> Locator:
    """Return what a figure draws."""
    return frame(page, figure).locator(".lab")


def shown(page: Page, figure: str) -> str:
    """Return what a figure shows now."""
    return str(lab(page, figure).evaluate(SHOWN))


def wait_for_change(page: Page, figure: str, before: str, within_ms: int = LOADED_MS) -> None:
    """Wait until a figure shows something else than before."""
    script = f"([element, before]) => ({SHOWN.strip()})(element) !== before"
    handle = lab(page, figure).element_handle()
    page.wait_for_function(script, arg=[handle, before], timeout=within_ms)


def change(page: Page, figure: str) -> str:
    """Press presets until the figure shows something else; return what it shows then."""
    before = shown(page, figure)
    presets = frame(page, figure).locator("[data-preset]")
    for number in range(presets.count()):
        presets.nth(number).click()
        try:
            wait_for_change(page, figure, before, within_ms=1_000)
        except PlaywrightTimeout:  # this one is what the figure shows already
            continue
        return shown(page, figure)
    raise AssertionError(f"{figure}: no preset changes what it shows")


def words(page: Page, figure: str) -> str:
    """Return the text of a figure, without the milliseconds that something took."""
    return re.sub(r"[\d.]+\s?(ms|毫秒)", "", lab(page, figure).inner_text())


def wait_for_words(page: Page, figure: str, expected: str) -> None:
    """Wait until a figure has this text."""
    end = time.monotonic() + LOADED_MS / 1000
    while words(page, figure) != expected and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert words(page, figure) == expected


def too_wide(page: Page, widths: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the widths at which the page scrolls sideways, and by how much."""
    result = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(120)
        rest = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if rest > 0:
            result.append((width, rest))
    return result
