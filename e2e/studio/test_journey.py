"""The whole way through the studio, as a user goes it: build, train, look inside, edit, export."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.build import built_studio
from e2e.studio.process import Studio

LONG_MS = 240_000  # an epoch of a small network on a busy machine


@pytest.fixture
def empty_studio(tmp_path: Path) -> Iterator[Studio]:
    built_studio()
    folder = tmp_path / "mine"
    folder.mkdir()
    studio = Studio(folder, options=["--stop-runs"])
    yield studio
    studio.close()


def build(page: Page) -> None:
    """Put a block with branches behind the second convolution, and save the network."""
    page.get_by_role("treeitem", name=re.compile("^conv2 ")).click()
    page.get_by_role("button", name="Inception", exact=True).click()
    expect(page.get_by_text("The network fits")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("treeitem", name=re.compile("^inception Branches"))).to_be_visible()
    page.get_by_role("button", name="Use it").click()
    page.get_by_role("menuitem", name="Train it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("branched")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("main h1")).to_have_text("Train")


def train(page: Page) -> None:
    """Train one epoch; meanwhile pause, change the learning rate, and continue."""
    epochs = page.get_by_role("textbox", name="Epochs", exact=True)
    epochs.wait_for(timeout=LONG_MS)
    epochs.fill("1")
    epochs.press("Enter")
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled(timeout=LONG_MS)
    start.click()
    page.get_by_role("button", name="Pause").click(timeout=LONG_MS)
    expect(page.get_by_role("button", name="Continue")).to_be_visible(timeout=LONG_MS)
    rate = page.get_by_role("textbox", name="Learning rate")
    rate.fill("0.002")
    rate.press("Enter")
    page.get_by_role("button", name="Continue").click()
    finished = page.get_by_role("heading", name="Finished")
    expect(finished).to_be_visible(timeout=LONG_MS)


def look(page: Page) -> None:
    """Look at a map of the trained network, and change a kernel with the keyboard."""
    page.get_by_role("link", name="Look inside").last.click()
    expect(page.locator("main h1")).to_have_text("Look inside")
    page.get_by_role("button", name="conv1, map 1 of 16").click(timeout=LONG_MS)
    page.get_by_role("button", name="Edit the kernel").click()
    cell = page.get_by_role("slider", name="Weight in row 1, column 1")
    before = cell.get_attribute("aria-valuenow")
    cell.press("ArrowUp")
    page.wait_for_function(
        "([cell, before]) => cell.getAttribute('aria-valuenow') !== before",
        arg=[cell.element_handle(), before],
    )
    expect(page.get_by_role("button", name="Learned values")).to_be_enabled()


def export(page: Page) -> None:
    """Write the trained network as ONNX."""
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Runs").click()
    page.get_by_role("link", name="branched").first.click()
    page.get_by_role("button", name="ONNX").click()
    expect(page.get_by_text("Verified: same class for")).to_be_visible(timeout=LONG_MS)


def test_a_network_is_built_trained_looked_at_edited_and_exported(
    empty_studio: Studio, chromium: Browser
) -> None:
    visit = empty_studio.open(chromium, "view=build&lang=en", width=1440)
    page = visit.page
    build(page)
    network = empty_studio.folder / "networks" / "branched.json"
    assert "Concat" in network.read_text()
    train(page)
    look(page)
    export(page)
    assert list(empty_studio.folder.rglob("*.onnx"))
    assert visit.problems == []
    visit.context.close()
