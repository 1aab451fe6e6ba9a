"""The built page, and the harness: parts of the page that tests call."""

import subprocess
import sys
from pathlib import Path

from convscope.export.web.page import FOLDER
from convscope.server.studio.pages import PAGE

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"
TOOLS = ROOT / "tools"
LESSONS = ROOT / "src" / "convscope" / "lessons"
SITE = ROOT / "build" / "site"
SOURCES = ("src", "kernels", "build", "tests/harness")


def newest() -> float:
    """Return the time of the last change of the page's sources."""
    files = [WEB / "vite.config.ts", WEB / "package-lock.json"]
    for folder in SOURCES:
        files += [file for file in (WEB / folder).rglob("*") if file.is_file()]
    return max(file.stat().st_mtime for file in files)


def vite(*options: str) -> None:
    command = ["npx", "vite", "build", *options]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def built_page() -> Path:
    """Return the folder of the page; build it if a source is newer."""
    index = FOLDER / "index.html"
    if not index.exists() or index.stat().st_mtime < newest():
        vite()
        vite("--mode", "single")
    return FOLDER


def built_studio() -> Path:
    """Return the folder of the studio's page; build it if a source is newer."""
    built_page()  # has the files of ONNX Runtime
    index = PAGE / "index.html"
    if not index.exists() or index.stat().st_mtime < newest():
        vite("--mode", "studio")
    return PAGE


def built_harness(folder: Path) -> Path:
    vite("--mode", "harness", "--outDir", str(folder), "--emptyOutDir")
    return folder


def built_site() -> Path:
    """Return the folder of the course as a static site; build it if a source is newer."""
    last = SITE / "sw.js"  # what tools/site.py writes last
    chapters = [file for file in LESSONS.rglob("*") if file.is_file()]
    latest = max(newest(), *(file.stat().st_mtime for file in chapters))
    if not last.exists() or last.stat().st_mtime < latest:
        command = [sys.executable, str(TOOLS / "site.py"), "-o", str(SITE)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return SITE
