"""The moving picture of the READMEs: LeNet-5 trains in the studio, then reads a drawn digit.

    python -m tools.studio_film

Trains once. The frames follow the steps of the training and the strokes of the pen, not the
clock, so that a busy machine gives the same film. Needs playwright with Chromium, and the built
page (`make web`).
"""

import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tools.shots.browser import FLAGS, find_chromium
from tools.studio_pictures import WEBGL, running_studio

FILM = Path(__file__).parents[1] / "docs" / "pictures" / "studio.webp"
SIZE = {"width": 1440, "height": 900}
SHOWN = (1080, 675)  # pixels of the film
QUALITY = 62  # of WebP
MOST_BYTES = 2_000_000
FRAME_MS, PAUSE_MS = 160, 1800
TRAINING = ("train", "lenet5", "mnist", "--epochs", "2", "--watch", "-o", "runs/digits")
NUM_TRAINING = 26  # frames of the training
LOOK_MS = 500  # between screenshots while it trains
OPENED_MS = 240_000  # until a network is prepared for the tab
STROKE = (  # a 5, in fractions of the drawing pad
    *((0.68, 0.22), (0.58, 0.21), (0.48, 0.22), (0.38, 0.23), (0.36, 0.34), (0.34, 0.45)),
    *((0.44, 0.42), (0.54, 0.43), (0.63, 0.49), (0.67, 0.58), (0.64, 0.69), (0.56, 0.77)),
    *((0.46, 0.79), (0.37, 0.76), (0.30, 0.70)),
)
PIXELS = ((1, 1), (1, 3), (1, 5), (2, 7), (4, 7), (5, 5), (5, 3), (6, 2), (7, 4), (7, 6))
"""Row and column of units of conv2 whose sums are shown."""

Frame = tuple[bytes, int]
"""A screenshot and the milliseconds that it is shown."""


def trained(page: Page, workspace: Path) -> Iterator[Frame]:
    """Yield frames of a training, evenly over its steps."""
    command = [sys.executable, "-m", "convscope", *TRAINING]
    training = subprocess.Popen(command, cwd=workspace, stderr=subprocess.DEVNULL)
    shots: list[bytes] = []
    try:
        while not (workspace / "runs" / "digits" / "events.jsonl").is_file():
            page.wait_for_timeout(LOOK_MS)
        _show(page, "view=training&run=digits")
        page.get_by_text("Predictions on validation images").wait_for()
        while training.poll() is None:
            page.wait_for_timeout(LOOK_MS)
            shot = page.screenshot()
            if not shots or shot != shots[-1]:
                shots.append(shot)
        page.get_by_text("Finished").first.wait_for()
    finally:
        training.kill()
        training.wait()
    step = max(1, len(shots) // NUM_TRAINING)
    for shot in shots[::step]:
        yield shot, FRAME_MS
    yield page.screenshot(), PAUSE_MS


def drawn(page: Page) -> Iterator[Frame]:
    """Yield frames of a digit that is drawn, and of the sums behind pixels of a map."""
    _show(page, "view=look&model=runs/digits&layer=conv2&map=3&pixel=4,5")
    page.get_by_role("button", name="conv2, map 4 of 16").wait_for(timeout=OPENED_MS)
    page.get_by_role("button", name="Close this hint").click()
    page.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(LOOK_MS)
    yield page.screenshot(), FRAME_MS
    box = page.locator(".pad .paper svg").first.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in STROKE]
    page.mouse.move(*places[0])
    page.mouse.down()
    for (x0, y0), (x1, y1) in pairwise(places):
        page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
        page.mouse.move(x1, y1)
        page.wait_for_timeout(LOOK_MS)
        yield page.screenshot(), FRAME_MS
    page.mouse.up()
    page.wait_for_timeout(LOOK_MS)
    yield page.screenshot(), PAUSE_MS // 2
    for row, column in PIXELS:
        _show(page, f"view=look&model=runs/digits&layer=conv2&map=3&pixel={row},{column}")
        page.wait_for_timeout(LOOK_MS)
        yield page.screenshot(), 2 * FRAME_MS
    yield page.screenshot(), PAUSE_MS


def _show(page: Page, state: str) -> None:
    page.evaluate("state => { location.hash = state }", f"lang=en&theme=light&{state}")


def save(frames: list[Frame]) -> None:
    """Write the frames as an animated WebP."""
    images = [
        Image.open(io.BytesIO(shot)).convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS)
        for shot, _ in frames
    ]
    film = io.BytesIO()
    images[0].save(
        film,
        format="WEBP",
        save_all=True,
        append_images=images[1:],
        duration=[shown_ms for _, shown_ms in frames],
        loop=0,
        quality=QUALITY,
        method=6,
        minimize_size=True,
    )
    num_bytes = len(film.getvalue())
    print(f"{FILM.name}: {len(frames)} frames, {num_bytes:,} bytes")
    assert num_bytes <= MOST_BYTES, "the film is too long, or its quality too high"
    FILM.write_bytes(film.getvalue())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "mine"
        workspace.mkdir()
        with running_studio(workspace) as link, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=[*FLAGS, *WEBGL]
            )
            page = browser.new_page(viewport=SIZE, locale="en-GB", color_scheme="light")
            page.goto(link)
            page.locator("main h1").wait_for()
            frames = [*trained(page, workspace), *drawn(page)]
            browser.close()
    save(frames)


if __name__ == "__main__":
    main()
