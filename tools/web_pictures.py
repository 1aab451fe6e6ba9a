"""Pictures of docs/reference/web.md: the exported page of a digit network, and its 3-D view.

    convscope train lenet5 mnist --recipe lenet5_mnist_quick --seed 0 -o runs/mine
    python -m tools.web_pictures runs/mine

Needs playwright with Chromium, and the built page (`make web`).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.looking_pictures import save
from tools.shots.browser import FLAGS, find_chromium

WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
SIZE = {"width": 1440, "height": 900}
SETTLED_MS = 3000  # until the answer and the colours of a scene are there


def look(page: Page) -> None:
    """Show the sum behind a pixel of the second convolution."""
    page.get_by_role("button", name="Close this hint").click()


def space(page: Page) -> None:
    """Follow the strongest class back to the image."""
    page.locator(".space select").select_option(label="fc2")
    page.wait_for_timeout(SETTLED_MS)
    page.get_by_role("button", name="Whole").click()


VIEWS = {
    "web-look.png": ("lang=en&theme=light&layer=conv2&map=3&pixel=4,5", look),
    "web-space.png": ("lang=en&theme=light&tab=space", space),
}
"""By name of the picture: state of the page in its address, and what is done before."""


def main(model: str) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "page.html"
        command = ["export", model, "--to", "web", "--single-file", "-o", str(file)]
        subprocess.run([sys.executable, "-m", "convscope", *command], check=True)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, *WEBGL])
        for name, (state, prepare) in VIEWS.items():
            page = browser.new_page(viewport=SIZE)
            page.goto(f"{file.as_uri()}#{state}")
            page.wait_for_timeout(SETTLED_MS)
            prepare(page)
            page.wait_for_timeout(SETTLED_MS)
            save(page.screenshot(), name)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
