"""Pictures of docs/reference/studio.md: views of a studio in a new folder with a run of LeNet-5.

    convscope train lenet5 mnist --epochs 3 --watch -o runs/digits
    python -m tools.studio_pictures runs/digits

Needs playwright with Chromium, and the built page (`make web`).
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.looking_pictures import save
from tools.shots.browser import FLAGS, find_chromium

WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
SIZE = {"width": 1440, "height": 900}
SETTLED_MS = 4000  # until the curves and maps are there
OPENED_MS = 120_000  # until a network is prepared for the tab


def nothing(_page: Page) -> None:
    """Leave the view as it opens."""


def home(page: Page) -> None:
    """Show a folder of a reader in place of the temporary one."""
    page.get_by_text("Workspace:").evaluate("line => { line.textContent = 'Workspace: ~/mine'; }")


def look(page: Page) -> None:
    """Wait for the network, and show the sum behind a pixel."""
    page.get_by_role("button", name="conv2, map 4 of 16").click(timeout=OPENED_MS)
    page.get_by_role("button", name="Close this hint").click()
    page.wait_for_timeout(SETTLED_MS)


VIEWS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "studio-home.png": ("view=home", home),
    "studio-build.png": ("view=build", nothing),
    "studio-train.png": ("view=training&run=digits", nothing),
    "studio-look.png": ("view=look&model=runs/digits&layer=conv2&map=3&pixel=4,5", look),
}
"""By name of the picture: state of the page in its address, and what is done before."""


def take(link: str) -> None:
    """Save a picture of each view."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, *WEBGL])
        context = browser.new_context(viewport=SIZE, locale="en-GB", color_scheme="light")
        page = context.new_page()
        page.goto(link)
        page.locator("main h1").wait_for()
        address = page.url.split("#")[0]
        for name, (state, prepare) in VIEWS.items():
            page = context.new_page()
            page.goto(f"{address}#lang=en&theme=light&{state}")
            page.locator("main h1").wait_for()
            page.wait_for_timeout(SETTLED_MS)
            prepare(page)
            save(page.screenshot(), name)
            page.close()
        browser.close()


@contextmanager
def running_studio(workspace: Path) -> Iterator[str]:
    """Yield the link of a studio in a folder; stop it afterwards."""
    command = ["studio", str(workspace), "--port", "0", "--no-browser", "--json"]
    studio = subprocess.Popen(
        [sys.executable, "-m", "convscope", *command], stdout=subprocess.PIPE, text=True
    )
    try:
        assert studio.stdout is not None
        yield json.loads(studio.stdout.readline())["link"]
    finally:
        studio.send_signal(signal.SIGINT)
        studio.wait()


def main(run: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "mine"
        shutil.copytree(run, workspace / "runs" / "digits")
        with running_studio(workspace) as link:
            take(link)


if __name__ == "__main__":
    main(sys.argv[1])
