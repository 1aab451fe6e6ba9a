"""Chromium through playwright: screenshots of pages, and checks of what they show.

Headless Chromium's own `--window-size` ends at 500 pixels, and a phone has 400: the size and the
colour scheme are set through the DevTools protocol.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb")
HIGHEST = 9000  # pixels of a picture; the rest of a longer page is cut
LONGEST_MS = 20_000
CHECKS = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8")


def find_chromium() -> str:
    """Return the path of Chromium or Chrome; an empty text where there is none.

    The variable CHROMIUM comes first, then the usual names, then playwright's own download.
    """
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else ""


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """Yield a headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, file: Path, *, width: int, scheme: str, zh: bool) -> Iterator[Page]:
    """Yield a page that shows a file: HTML as it is, a picture as a README shows it."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="zh-CN" if zh else "en-GB",
        offline=True,
    )
    page = context.new_page()
    page.set_default_timeout(LONGEST_MS)
    try:
        if file.suffix == ".html":
            page.goto(file.as_uri())
            if zh:  # the language switch of a report; its buttons are drawn by their labels
                page.evaluate("() => { (document.getElementById('show-zh') || {}).checked = true }")
        else:
            _show_picture(page, file)
        yield page
    finally:
        context.close()


def _show_picture(page: Page, file: Path) -> None:
    """Show a picture as wide as a README is at most."""
    shown = file.with_name(f".{file.name}.html")
    shown.write_text(
        "<!doctype html><meta name=color-scheme content='light dark'><body style='margin:16px'>"
        f"<img src='{file.name}' style='max-width:min(830px,100%);height:auto'>",
        encoding="utf-8",
    )
    page.goto(shown.as_uri())
    page.wait_for_function("document.images[0].complete")
    shown.unlink()


def shoot(page: Page, target: Path) -> None:
    """Write the whole page as a JPEG, at most HIGHEST pixels high."""
    width, height = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollHeight]"
    )
    area = {"x": 0, "y": 0, "width": width, "height": min(height, HIGHEST)}
    page.screenshot(path=target, full_page=True, clip=area, type="jpeg", quality=82)


def problems(page: Page) -> list[str]:
    """Return what is wrong with a page: it scrolls sideways, cuts its text, or is hard to read."""
    size = page.viewport_size or {"width": 0}
    height = page.evaluate("Math.min(document.documentElement.scrollHeight, 15000)")
    page.set_viewport_size({"width": size["width"], "height": height})
    found: list[str] = json.loads(page.evaluate(CHECKS))
    return found
