"""Frames of the studio while one drags a block in a network of 200, and scrolls 10,000 thumbnails.

    python benchmarks/studio_frames.py [--rounds 3]

Prints gaps between animation frames in Chromium. GoogLeNet unfolded has 210 cards; the thumbnails
are MNIST's test images, from the first to the last in 4 seconds. A gap over 25 ms is a late frame.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.append(str(Path(__file__).parents[1]))

from e2e.studio.process import Studio
from e2e.visit import FLAGS

SLOW_MS = 60_000
LATE_MS = 25
COUNT = """() => {
    window.gaps = [];
    let last = 0;
    const frame = (time) => {
        if (last) window.gaps.push(time - last);
        last = time;
        window.request = requestAnimationFrame(frame);
    };
    window.request = requestAnimationFrame(frame);
}"""
GAPS = "() => { cancelAnimationFrame(window.request); return window.gaps; }"
SCROLL = """(seconds) => new Promise((done) => {
    const box = document.querySelector('.scroller');
    const end = box.scrollHeight - box.clientHeight, start = performance.now();
    const step = () => {
        const share = Math.min(1, (performance.now() - start) / (1000 * seconds));
        box.scrollTop = share * end;
        if (share < 1) requestAnimationFrame(step); else done();
    };
    requestAnimationFrame(step);
})"""


def report(name: str, gaps: list[float]) -> None:
    gaps = sorted(gaps)
    late = sum(gap > LATE_MS for gap in gaps)
    print(
        f"{name}: {1000 * len(gaps) / sum(gaps):.1f} frames/s, median "
        f"{statistics.median(gaps):.1f} ms, 95th percentile {gaps[int(0.95 * len(gaps))]:.1f} ms, "
        f"longest {gaps[-1]:.0f} ms, {late} of {len(gaps)} late"
    )


def drag(page: Page) -> list[float]:
    """Drag the first layer over the network for 150 moves; return the gaps between frames."""
    head = page.locator("[data-path] > .head .name").first
    box = head.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 8, y + 8)
    page.wait_for_timeout(300)
    page.evaluate(COUNT)
    for move in range(150):
        page.mouse.move(450 + 550 * move / 150, 300 + 400 * move / 150)
        page.wait_for_timeout(12)
    gaps: list[float] = page.evaluate(GAPS)
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(600)
    return gaps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        workspace = Path(name) / "workspace"
        workspace.mkdir()
        studio = Studio(workspace)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        try:
            page = studio.open(browser, "view=home").page
            page.set_viewport_size({"width": 1440, "height": 900})
            page.evaluate(COUNT)
            page.wait_for_timeout(3000)
            report("nothing happens", page.evaluate(GAPS))
            page.evaluate("() => { location.hash = '#view=build&zoo=googlenet'; }")
            page.locator("[data-path]").first.wait_for(timeout=SLOW_MS)
            page.get_by_role("button", name="Fold", exact=True).click()
            page.get_by_text("Unfold all").click()
            page.wait_for_timeout(2000)
            print(f"{page.locator('[data-path]').count()} cards")
            for _ in range(rounds):
                report("drag", drag(page))
            page.evaluate("() => { location.hash = '#view=data&set=mnist&split=test'; }")
            page.locator(".scroller").wait_for(timeout=SLOW_MS)
            page.wait_for_timeout(3000)
            for _ in range(rounds):
                page.evaluate(COUNT)
                page.evaluate(SCROLL, 4)
                report("scroll", page.evaluate(GAPS))
        finally:
            browser.close()
            studio.close()


if __name__ == "__main__":
    main()
