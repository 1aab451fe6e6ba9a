"""Fixtures of the tests of the course: the site, served below a path, and its pages.

The path shows that the site has relative addresses only. The tests of chapters take their rows
from the course itself, so that a new chapter, figure or preset is tested without a line here.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from e2e.build import built_site
from e2e.site import Site
from e2e.visit import Visit, visit

PATH = "a/path"
"""Folder of the server in which the site is."""

OpenPlace = Callable[..., Visit]


class Served(NamedTuple):
    """The site on a server of files."""

    server: Site
    folder: Path

    @property
    def base(self) -> str:
        return f"{self.server.origin}/{PATH}/"


@pytest.fixture(scope="session")
def course_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return the built site on a server, below a path."""
    folder = built_site()
    root = tmp_path_factory.mktemp("host")
    place = root / PATH
    place.parent.mkdir(parents=True)
    place.symlink_to(folder, target_is_directory=True)
    served = Served(Site(root), folder)
    yield served
    served.server.close()


@pytest.fixture
def open_place(course_site: Served, chromium: Browser) -> Iterator[OpenPlace]:
    """Return a function that opens an address of the site, as `index.html#chapter=padding`.

    At the end of the test its problems must be none: console errors, exceptions, requests to
    other hosts or outside the path.
    """
    visits: list[Visit] = []

    def open_place(address: str, **options: object) -> Visit:
        visits.append(visit(chromium, course_site.base + address, **options))  # type: ignore[arg-type]
        return visits[-1]

    yield open_place
    for each in visits:
        each.expect("GPU stall due to ReadPixels")  # the tests compare what canvases show
    problems = [problem for each in visits for problem in each.problems]
    for each in visits:
        each.context.close()
    assert problems == []
    outside = [path for path in course_site.server.log if not path.startswith(f"/{PATH}/")]
    assert set(outside) <= {"/favicon.ico"}
