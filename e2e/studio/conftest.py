"""Fixtures of the studio's tests: a workspace with a trained LeNet-5, a studio, its pages.

One studio for a file of tests. `open_view("zoo", "lang=zh")` opens a page; at the end of the test
its problems must be none (see e2e/visit.py).
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import convscope
from e2e.build import built_studio
from e2e.models import TRAINED
from e2e.studio.process import Studio
from e2e.visit import Visit

OpenView = Callable[..., Visit]


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder of LeNet-5 on MNIST, trained for one epoch."""
    known = os.environ.get(TRAINED)
    if known and Path(known).is_dir():
        return Path(known)
    run = tmp_path_factory.mktemp("trained") / "lenet5"
    for _ in convscope.train("lenet5", "mnist", out=run, epochs=1):
        pass
    return run


@pytest.fixture(scope="module")
def workspace(trained_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `runs/digits`, a trained LeNet-5."""
    folder = tmp_path_factory.mktemp("workspace")
    shutil.copytree(trained_run, folder / "runs" / "digits")
    return folder


@pytest.fixture(scope="module")
def studio(workspace: Path) -> Iterator[Studio]:
    """Return a studio in the workspace; it stops its trainings with itself."""
    built_studio()
    running = Studio(workspace, options=["--stop-runs"])
    yield running
    running.close()


@pytest.fixture
def open_view(studio: Studio, chromium: Browser) -> Iterator[OpenView]:
    """Return a function that opens a view; see `Studio.open`."""
    visits: list[Visit] = []

    def open_view(view: str, state: str = "", **options: Any) -> Visit:
        address = "&".join(part for part in (f"view={view}", state) if part)
        visits.append(studio.open(chromium, address, **options))
        return visits[-1]

    yield open_view
    problems = [problem for each in visits for problem in each.problems]
    for each in visits:
        each.context.close()
    assert problems == []
