"""Fixtures of the tests in Chromium: the page, servers, watched pages, exported models.

Run by `make e2e`. A test that visits a page fails if the console shows an error or a warning, if
an exception is uncaught, or if a request leaves the origin: see `visit.Visit`.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, sync_playwright

from convscope.model import Model
from e2e.build import built_harness, built_page
from e2e.models import MODELS
from e2e.site import Site
from e2e.visit import FLAGS, WEBGL_FLAGS, Visit, visit


class Export(NamedTuple):
    """A model, and the folder of its export; `model` in the folder holds its files."""

    model: Model
    folder: Path


@pytest.fixture(scope="session")
def page_folder() -> Path:
    """Return the folder of the built page."""
    return built_page()


@pytest.fixture(scope="session")
def harness_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the harness: `harness` in the page has parts of the page to call."""
    return built_harness(tmp_path_factory.mktemp("harness"))


@pytest.fixture(scope="session")
def exported(
    page_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Export]:
    """Return a function from a name of `models.MODELS` to its export, made once."""
    assert page_folder.is_dir()  # what is exported carries the page
    exports: dict[str, Export] = {}

    def export(name: str) -> Export:
        if name not in exports:
            folder = tmp_path_factory.mktemp(name)
            model = MODELS[name](folder)
            model.export("web", folder / "web")
            exports[name] = Export(model, folder / "web")
        return exports[name]

    return export


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return Debian's Chromium, headless, with WebGL in software."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*FLAGS, *WEBGL_FLAGS]
        )
        yield browser
        browser.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Site]]:
    """Return a function that serves a folder until the end of the test; see `site.Site`."""
    sites: list[Site] = []

    def serve(folder: Path, **options: Any) -> Site:
        sites.append(Site(folder, **options))
        return sites[-1]

    yield serve
    for site in sites:
        site.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens an address; see `visit.visit`.

    At the end of the test its problems must be none; `Visit.expect` takes off those expected.
    """
    visits: list[Visit] = []

    def open_page(url: str, *, browser: Browser = chromium, **options: Any) -> Visit:
        visits.append(visit(browser, url, **options))
        return visits[-1]

    yield open_page
    problems = [problem for each in visits for problem in each.problems]
    for each in visits:
        each.context.close()
    assert problems == []
