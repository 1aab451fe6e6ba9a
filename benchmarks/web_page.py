"""Latency of an exported page in Chromium, with software rendering.

    convscope export lenet5@mnist --to web -o lenet5
    python benchmarks/web_page.py lenet5
    python benchmarks/web_page.py --link LINK --model runs/mine

The last one measures the view Look of a studio: LINK is what `convscope studio --no-browser`
prints. For networks of digits: milliseconds from the end of a stroke to the answer (budget for
LeNet-5: 30), and until all maps that are in view are painted (budget: 100). For others:
milliseconds from the click on a sample to its answer (budget for EfficientNet-Lite0: 1,500).
Medians and maxima. Needs Chromium and playwright.
"""

import argparse
import json
import shutil
import statistics
from contextlib import ExitStack
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


def page_of_studio(page: Page, link: str, model: str) -> tuple[str, bool]:
    """Open the view Look of a studio; return the name, and whether it is drawn on."""
    page.goto(link)
    page.wait_for_url("**/", timeout=30_000)
    page.goto(f"{page.url}#view=look&lang=en&model={model}")
    page.locator("[data-best]").wait_for(timeout=120_000)
    return f"studio, {model}", page.locator(".pad .paper svg").is_visible()


def report(name: str, rows: list[list[float]]) -> None:
    for mark, values in zip(MARKS, zip(*rows, strict=True), strict=True):
        print(
            f"{name} {mark}: median {statistics.median(values):.1f} ms, "
            f"largest {max(values):.1f} ms of {len(values)}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--link", help="of a studio, in place of a folder")
    parser.add_argument("--model", default="lenet5", help="in the studio")
    parser.add_argument("--num", type=int, default=20)
    options = parser.parse_args()
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(LISTEN)
        if options.link:
            name, is_drawn = page_of_studio(page, options.link, options.model)
        else:
            text = (options.folder / "model" / "model.json").read_text(encoding="utf-8")
            manifest = json.loads(text)
            name, is_drawn = manifest["name"], manifest["input"][0] == 1
            page.goto(f"{stack.enter_context(served(options.folder))}#lang=en")
            page.locator("[data-best]").wait_for(timeout=60_000)
        page.wait_for_timeout(1000)
        report(name, (strokes if is_drawn else samples)(page, options.num))


if __name__ == "__main__":
    main()
