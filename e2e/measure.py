"""Times of the page in Chromium, and how far decoded JPEGs differ from Pillow's.

    python -m e2e.measure [--model lenet5.safetensors]

Prints medians in milliseconds, for a quiet machine. Axes: H height, W width, C channels.
"""

import argparse
import base64
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from convscope.model import Model
from convscope.predict import raw_pixels
from e2e.build import built_harness, built_page
from e2e.harness import call, decoded, raw, started
from e2e.models import MODELS, TRAINED, answer, random_pixels
from e2e.site import Site
from e2e.visit import FLAGS, WEBGL_FLAGS, Visit, visit

STROKE = ((0.35, 0.3), (0.6, 0.25), (0.65, 0.4), (0.5, 0.5), (0.65, 0.6), (0.6, 0.78), (0.35, 0.75))
"""A 3, in a square."""

# from pointer-up to the last change of the document in the next half second
WATCH = """() => {
  window.stroke = { up: 0, last: 0 };
  window.addEventListener("pointerup", () => (stroke.up = performance.now()), true);
  new MutationObserver(() => (stroke.last = performance.now())).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
}"""


def timed(own: Visit, name: str, count: int, *arguments: Any) -> float:
    """Return the median of a call that returns milliseconds."""
    return statistics.median(call(own, name, *arguments) for _ in range(count))


def answers(browser: Browser, harness: Path, model: Model, folder: Path, count: int) -> None:
    site = Site(harness, model=folder / "model")
    own = visit(browser, site.url)
    started(own)
    step = [each.path for each in model.card.architecture.trace.steps if each.layer]
    pixels = raw(random_pixels(model))
    for label, layers in (("answer", []), ("one layer", [step[len(step) // 2]]), ("all", "all")):
        times = call(own, "times", pixels, layers, count)
        print(f"  {label}: {statistics.median(times):.1f} ms, first {times[0]:.1f}")
    first = call(own, "edit", {}, {step[0]: [0]})
    further = statistics.median(
        call(own, "edit", {}, {step[0]: [k % 3]}) + call(own, "times", pixels, [], 1)[0]
        for k in range(count)
    )
    print(f"  first edit of a layer: {first:.0f} ms; further edits with the answer: {further:.1f}")
    own.context.close()
    site.close()


def strokes(browser: Browser, folder: Path) -> None:
    """Print the time from pointer-up to the answer on the page."""
    site = Site(folder)
    own = visit(browser, site.url)
    page = own.page
    pad = page.locator("svg[role=img] >> visible=true").first
    pad.wait_for()
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    box = pad.bounding_box()
    assert box is not None
    times = []
    for _ in range(15):
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in STROKE]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=6)
        page.mouse.up()
        page.wait_for_timeout(500)
        times.append(page.evaluate("stroke.last - stroke.up"))
        page.keyboard.press("Control+z")
        page.wait_for_timeout(200)
    print(f"  pointer-up to the last change of the page: {statistics.median(times):.0f} ms")
    own.context.close()
    site.close()


def jpegs(browser: Browser, harness: Path, model: Model, folder: Path) -> None:
    """Print differences of decoded samples, and of their probabilities."""
    site = Site(harness, model=folder / "model")
    own = visit(browser, site.url)
    started(own)
    target = {
        "channels": 3,
        "background": [255, 255, 255],
        "digits": False,
        "trained": None,
        "size": [224, 224],
    }
    rows = []
    for file in sorted((folder / "model" / "samples").iterdir()):
        data = file.read_bytes()
        text = base64.b64encode(data).decode()
        result = call(own, "read", text, target)
        pixels = np.frombuffer(base64.b64decode(result["data"]), np.uint8)
        expected_HWC = raw_pixels(data, channels=3)[0][0].permute(1, 2, 0).numpy()
        difference = np.abs(expected_HWC.astype(int).ravel() - pixels)
        probabilities = decoded(call(own, "classify", text, target))
        expected = answer(model, expected_HWC)
        rows.append(
            (
                difference.mean(),
                difference.max(),
                np.abs(expected - probabilities).max(),
                expected.argmax() == probabilities.argmax(),
            )
        )
    mean, most, probability, same = zip(*rows, strict=True)
    print(f"  {len(rows)} JPEGs: mean difference {np.mean(mean):.3f} levels, largest {max(most)}")
    print(f"  probabilities differ by at most {max(probability):.4f}; top-1 agrees: {sum(same)}")
    own.context.close()
    site.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a model of LeNet-5, in place of training one")
    options = parser.parse_args()
    if options.model:
        os.environ[TRAINED] = options.model
    built_page()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        place = Path(name)
        harness = built_harness(place / "harness")
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*FLAGS, *WEBGL_FLAGS]
        )
        for network, count in (("lenet5", 100), ("efficientnet_lite0", 15)):
            (place / network).mkdir()
            model = MODELS[network](place / network)
            folder = place / network / "web"
            model.export("web", folder)
            print(network)
            answers(browser, harness, model, folder, count)
            if network == "lenet5":
                strokes(browser, folder)
            else:
                jpegs(browser, harness, model, folder)
        browser.close()


if __name__ == "__main__":
    main()
