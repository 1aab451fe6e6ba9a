"""The studio of an installed wheel, in an environment of its own, without Node and sources."""

import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from e2e.build import WEB
from e2e.studio.process import Studio
from e2e.studio.test_views import VIEWS, settle

ROOT = WEB.parent
MINUTES = 15


def _run(*words: str | Path, cwd: Path, path: str | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=None if path is None else {"PATH": path, "HOME": str(cwd)},
        capture_output=True,
        text=True,
        timeout=60 * MINUTES,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with the wheel; PyTorch and the rest are shared."""
    place = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "hatch_build.py", cwd=ROOT)
    venv.create(place / "build", with_pip=True)
    builder = place / "build" / "bin"
    _run(builder / "python", "-m", "pip", "install", "-q", "hatchling", cwd=place)
    command = (builder / "hatchling", "build", "-t", "wheel", "-d", place)
    _run(*command, cwd=ROOT, path=str(builder))
    (wheel,) = place.glob("*.whl")
    venv.create(place / "own", with_pip=True)
    python = place / "own" / "bin" / "python"
    _run(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel, cwd=place)
    shared = [one for one in sys.path if Path(one).name in ("site-packages", "dist-packages")]
    (site,) = (place / "own").glob("lib/python*/site-packages")
    (site / "shared.pth").write_text("\n".join(shared) + "\n")
    return python


@pytest.fixture(scope="module")
def installed_studio(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("elsewhere")
    place = {"PATH": str(installed.parent), "PYTHONPATH": ""}
    origin = _run(installed, "-c", "import convscope; print(convscope.__file__)", cwd=folder)
    assert origin.startswith(str(installed.parents[1]))
    program = (installed, "-m", "convscope")
    studio = Studio(folder, program=program, options=["--stop-runs"], environment=place)
    yield studio
    studio.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_view_of_an_installed_wheel_opens(
    language: str, installed_studio: Studio, chromium: Browser
) -> None:
    problems = []
    for view in VIEWS:
        visit = installed_studio.open(chromium, f"view={view}&lang={language}", width=1440)
        settle(visit.page)
        expect(visit.page.locator("main h1")).to_have_count(1)
        expect(visit.page.get_by_role("alert")).to_have_count(0)
        problems += [f"{view}: {problem}" for problem in visit.problems]
        visit.context.close()
    assert problems == []
