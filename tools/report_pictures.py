"""Screenshots of a run's report for the READMEs, in English and Chinese.

    python tools/report_pictures.py runs/lenet5-mnist-1

Needs Chromium and a Chinese font; writes docs/pictures/report.png and report.zh.png.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
SIZE = (840, 908)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def screenshot(html: str, picture: Path) -> None:
    """Write the first screen of a page as PNG."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(html, encoding="utf-8")
        command = ["chromium", *FLAGS, f"--user-data-dir={folder}/profile"]
        command += [f"--window-size={SIZE[0]},{SIZE[1]}", f"--screenshot={picture}"]
        subprocess.run([*command, page.as_uri()], check=True, timeout=60)


def main(run: Path) -> None:
    english = (run / "report.html").read_text(encoding="utf-8")
    chinese = english.replace('id="show-en" checked', 'id="show-en"').replace(
        'id="show-zh"', 'id="show-zh" checked'
    )
    screenshot(english, PICTURES / "report.png")
    screenshot(chinese, PICTURES / "report.zh.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
