"""The webcam, with the browser's own test picture: answers follow, it ends, and denial is said."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from e2e.conftest import Export
from e2e.look_page import opened, shares, wait_for_change
from e2e.site import Site
from e2e.visit import FLAGS, Visit

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]
TEST_PICTURE = "--use-fake-device-for-media-stream"


@pytest.fixture(scope="module")
def with_camera(chromium: Browser) -> Iterator[Browser]:
    """Return a Chromium whose webcam is a moving test picture."""
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"), args=[*FLAGS, TEST_PICTURE]
    )
    yield browser
    browser.close()


def test_the_answer_follows_the_webcam_until_it_is_stopped(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open, with_camera: Browser
) -> None:
    folder = exported("efficientnet_lite0").folder
    options = {"browser": with_camera, "permissions": ["camera"]}
    page = opened(serve, open_page, page_folder, folder, **options).page
    before = shares(page)
    page.get_by_role("tab", name="Webcam").click()
    page.get_by_role("button", name="Start webcam").click()
    wait_for_change(page, before)
    video = page.locator("video")
    assert video.evaluate("video => video.videoWidth") > 0
    page.get_by_role("button", name="Stop webcam").click()
    expect(page.get_by_role("button", name="Start webcam")).to_be_visible()
    assert video.evaluate("video => video.srcObject") is None


def test_a_webcam_that_is_denied_is_a_sentence(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    page = opened(serve, open_page, page_folder, exported("lenet5").folder).page
    page.get_by_role("tab", name="Webcam").click()
    page.get_by_role("button", name="Start webcam").click()
    expect(page.get_by_role("alert").filter(has_text="webcam")).to_be_visible()
