"""Screenshots of every page and picture at two widths, in both schemes and languages.

    python -m tools.shots [FOLDER] [--only TEXT]

Writes build/shots/index.html, a contact sheet for looking at them one by one, and prints what the
checks found: pages that scroll sideways, clipped text, weak contrast.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tools.shots.browser import chromium, find_chromium, opened, problems, shoot
from tools.shots.contact_sheet import Shot, write_index

WIDTHS = (400, 1280)
SCHEMES = ("light", "dark")
LANGUAGES = ("en", "zh")
MISSING = """Chromium was not found
  expected: chromium, google-chrome, or the path of one in the variable CHROMIUM
  fix: apt-get install chromium, or: python -m playwright install chromium
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.shots")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/shots"))
    parser.add_argument("--only", default="", help="subjects whose name contains this")
    options = parser.parse_args()
    browser = find_chromium()
    if not browser:
        sys.stderr.write(MISSING)
        return 1
    started = time.monotonic()
    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    failures = 0
    for language in LANGUAGES:
        command = [sys.executable, "-m", "tools.shots.subjects", language, str(folder / language)]
        made = subprocess.run([*command, options.only], text=True, capture_output=True, check=False)
        sys.stdout.write(made.stdout)
        failures += made.stdout.count("FAILED ") + bool(made.returncode)
        sys.stderr.write(made.stderr if made.returncode else "")
    shots = take(browser, folder, only=options.only)
    write_index(folder / "index.html", shots)
    found = sum(bool(shot.problems) for shot in shots)
    sys.stdout.write(
        f"{len(shots)} screenshots, {found} with problems, {failures} failures, "
        f"{time.monotonic() - started:.0f} s: {folder / 'index.html'}\n"
    )
    return 1 if failures else 0


def take(browser_path: str, folder: Path, *, only: str = "") -> list[Shot]:
    """Take all screenshots of the subjects in a folder; check the pages."""
    shots: list[Shot] = []
    (folder / "shots").mkdir(exist_ok=True)
    with chromium(browser_path) as browser:
        for language in LANGUAGES:
            for file in sorted((folder / language).glob("*.*")):
                if only not in file.name or file.suffix not in (".html", ".svg", ".png"):
                    continue
                is_page = file.suffix == ".html"
                for width in WIDTHS if file.suffix != ".png" else WIDTHS[-1:]:
                    for scheme in SCHEMES if file.suffix != ".png" else SCHEMES[:1]:
                        name = f"{file.stem}-{language}-{width}-{scheme}.jpg"
                        target = folder / "shots" / name
                        zh = language == "zh"
                        with opened(browser, file, width=width, scheme=scheme, zh=zh) as page:
                            shoot(page, target)
                            faults = problems(page) if is_page else []
                        shots.append(Shot(file.name, language, width, scheme, target, faults))
                        for fault in faults:
                            sys.stdout.write(f"{name}: {fault}\n")
    return shots


if __name__ == "__main__":
    sys.exit(main())
