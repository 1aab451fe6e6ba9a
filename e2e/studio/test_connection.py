"""The page when the studio stops and comes back."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from e2e.build import built_studio
from e2e.studio.process import Studio

LOST = "The connection to the studio is lost"


def test_a_studio_that_was_killed_is_reported_and_its_page_goes_on_after_a_restart(
    workspace: Path, chromium: Browser
) -> None:
    built_studio()
    first = Studio(workspace)
    visit = first.open(chromium, "view=home&lang=en", width=1440)
    page = visit.page
    expect(page.get_by_role("alert")).to_have_count(0)
    first.kill()
    expect(page.get_by_role("alert")).to_contain_text(LOST, timeout=20_000)
    expect(page.get_by_role("alert")).to_contain_text("convscope studio")
    second = Studio(workspace, options=["--port", first.url.rsplit(":", 1)[-1]])
    try:
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text(LOST)).to_have_count(0, timeout=20_000)
        page.get_by_role("navigation").get_by_role("link", name="Convolution").click()
        expect(page.locator("main h1")).to_have_text("Convolution")
        assert visit.expect("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING")
        assert visit.problems == []
    finally:
        visit.context.close()
        second.close()
