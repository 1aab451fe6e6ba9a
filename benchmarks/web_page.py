"""Latency of an exported page in Chromium, with software rendering.

    convscope export lenet5@mnist --to web -o lenet5
    python benchmarks/web_page.py lenet5

For networks of digits: milliseconds from the end of a stroke to the answer (budget for LeNet-5:
30), and until all maps that are in view are painted (budget: 100). For others: milliseconds from
the click on a sample to its answer (budget for EfficientNet-Lite0: 1,500). Medians and maxima.
Needs Chromium and playwright.
"""

import argparse
import json
import shutil
import statistics
from pathlib import Path

from browser import FLAGS, served
from playwright.sync_api import Page, sync_playwright

MARKS = ("look.answer", "look.maps")
LISTEN = """
addEventListener("pointerup", () => {
  for (const name of ["look.answer", "look.maps"]) performance.clearMarks(name);
  window.since = performance.now();
}, true);
"""
WAIT = "() => performance.getEntriesByName('look.maps').length > 0"
READ = "name => performance.getEntriesByName(name).at(-1).startTime - window.since"


def measured(page: Page) -> list[float]:
    """Wait for an answer, and return its marks in milliseconds since the last event."""
    page.wait_for_function(WAIT, timeout=60_000)
    page.wait_for_timeout(300)
    return [page.evaluate(READ, name) for name in MARKS]


def strokes(page: Page, num: int) -> list[list[float]]:
    """Draw strokes on the pad."""
    box = page.locator(".pad .paper svg").bounding_box()
    assert box is not None
    rows = []
    for stroke in range(num):
        page.get_by_role("button", name="Clear").click()
        x = box["x"] + box["width"] * (0.3 + 0.4 * (stroke % 5) / 4)
        page.mouse.move(x, box["y"] + box["height"] * 0.2)
        page.mouse.down()
        page.mouse.move(x - 20, box["y"] + box["height"] * 0.8, steps=15)
        page.mouse.up()
        rows.append(measured(page))
    return rows


def samples(page: Page, num: int) -> list[list[float]]:
    """Choose samples, each another one than before."""
    buttons = page.locator("section ul button:has(img)")
    count = buttons.count()
    rows = []
    for place in range(1, num + 1):
        buttons.nth(place % count).click()
        rows.append(measured(page))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--num", type=int, default=20)
    options = parser.parse_args()
    manifest = json.loads((options.folder / "model" / "model.json").read_text(encoding="utf-8"))
    with served(options.folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(LISTEN)
        page.goto(f"{address}#lang=en")
        page.locator("[data-best]").wait_for(timeout=60_000)
        page.wait_for_timeout(1000)
        measure = strokes if manifest["input"][0] == 1 else samples
        rows = measure(page, options.num)
        browser.close()
    for name, values in zip(MARKS, zip(*rows, strict=True), strict=True):
        print(
            f"{manifest['name']} {name}: median {statistics.median(values):.1f} ms, "
            f"largest {max(values):.1f} ms of {len(values)}"
        )


if __name__ == "__main__":
    main()
