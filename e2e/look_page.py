"""Steps of the tests of the page: open it, draw, read the answer."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from e2e.site import Site
from e2e.visit import Visit

Serve = Callable[..., Site]
Open = Callable[..., Visit]
Points = list[tuple[float, float]]

LINE: Points = [(0.55, 0.2), (0.52, 0.4), (0.5, 0.6), (0.48, 0.8)]
"""A 1 on the pad, from 0 to 1 of its sides."""
TIMEOUT = 30_000


def opened(
    serve: Serve,
    open_page: Open,
    page_folder: Path,
    model: Path,
    state: str = "",
    **options: object,
) -> Visit:
    """Open the page of an exported model, and wait for its answer."""
    visit = open_page(f"{serve(page_folder, model=model / 'model').url}#{state}", **options)
    expect(answer(visit.page)).to_be_visible(timeout=TIMEOUT)
    return visit


def answer(page: Page) -> Locator:
    return page.locator("[data-best]")


def shares(page: Page) -> list[str]:
    """Return the probabilities of the listed classes, as they are written."""
    return page.locator("ol[aria-label] .share").all_inner_texts()


def wait_for_change(page: Page, before: list[str]) -> None:
    """Wait until the probabilities are others."""
    page.wait_for_function(
        "before => [...document.querySelectorAll('ol[aria-label] .share')]"
        ".map(one => one.innerText).join() !== before",
        arg=",".join(before),
        timeout=TIMEOUT,
    )


def begins(start: str) -> re.Pattern[str]:
    """Return a pattern of the texts that begin so."""
    return re.compile(f"^{re.escape(start)}")


def draw(page: Page, points: Points) -> None:
    """Draw a stroke on the pad with the pointer."""
    pad = page.locator(".pad .paper svg")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
