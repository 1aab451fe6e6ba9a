"""The export as one HTML file, opened from file://, and the folder under `convscope web`."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Export
from e2e.visit import Visit

Exported = Callable[[str], Export]
Open = Callable[..., Visit]
READY_MS = 30_000


@pytest.fixture(scope="module")
def one_file(exported: Exported, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return LeNet-5 with digits to train on, as one file."""
    path = tmp_path_factory.mktemp("single") / "digits.html"
    exported("lenet5").model.export("web", path, single_file=True)
    return path


@pytest.fixture
def served(exported: Exported) -> Iterator[str]:
    """Return the address of a folder under `convscope web`."""
    words = ["web", str(exported("lenet5").folder), "--port", "0", "--json"]
    command = [sys.executable, "-m", "convscope", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        yield json.loads(program.stdout.readline())["url"]
        program.terminate()


def answers(page: Page) -> None:
    """Wait until the page has computed an answer for its first image."""
    expect(page.get_by_text("WebAssembly", exact=False).first).to_be_visible(timeout=READY_MS)


def test_one_file_answers_from_file_and_connects_to_nothing(
    one_file: Path, open_page: Open
) -> None:
    visit = open_page(one_file.as_uri())
    requests: list[str] = []
    visit.context.on("request", lambda request: requests.append(request.url))
    answers(visit.page)
    visit.page.get_by_role("tab", name="3-D").click()
    space = visit.page.get_by_role("region", name="The network in space")
    expect(space).to_be_visible(timeout=READY_MS)
    assert all(url.startswith("blob:") for url in requests), requests
    assert not visit.page.evaluate("crossOriginIsolated")
    visit.expect("GL Driver Message")  # software rendering


def test_one_file_allows_no_connection(one_file: Path, open_page: Open) -> None:
    visit = open_page(one_file.as_uri())
    answers(visit.page)
    tried = "fetch('https://example.invalid/').then(() => 'sent', () => 'refused')"
    assert visit.page.evaluate(tried) == "refused"
    refused = visit.expect("Content Security Policy", "Refused to connect", "example.invalid")
    assert refused
    scripts = visit.page.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); return window.ran ?? 0 })()"
    )
    assert scripts == 0
    assert visit.expect("Content Security Policy", "script-src")


def test_one_file_trains(one_file: Path, open_page: Open) -> None:
    page = open_page(one_file.as_uri()).page
    answers(page)
    page.get_by_role("tab", name="Train").click()
    page.get_by_role("button", name="Start", exact=False).first.click(timeout=READY_MS)
    step = re.compile(r"Step\s*[1-9]")
    expect(page.locator("main")).to_contain_text(step, timeout=READY_MS)


def test_one_file_in_chinese(one_file: Path, open_page: Open) -> None:
    visit = open_page(one_file.as_uri(), locale="zh-CN")
    answers(visit.page)
    assert visit.page.evaluate("document.documentElement.lang").startswith("zh")


def test_the_folder_under_convscope_web_is_isolated(served: str, open_page: Open) -> None:
    visit = open_page(served)
    answers(visit.page)
    assert visit.page.evaluate("crossOriginIsolated")


def test_the_folder_in_an_iframe_of_its_site(
    exported: Exported, tmp_path: Path, open_page: Open, serve: Callable[..., object]
) -> None:
    (tmp_path / "digits").symlink_to(exported("lenet5").folder)
    frame = '<iframe src="digits/index.html" width="1000" height="800" title="digits"></iframe>'
    (tmp_path / "index.html").write_text(f'<!doctype html><link rel="icon" href="data:,">{frame}')
    visit = open_page(serve(tmp_path).url)  # type: ignore[attr-defined]
    inside = visit.page.frame_locator("iframe")
    expect(inside.get_by_text("WebAssembly", exact=False).first).to_be_visible(timeout=READY_MS)


def test_the_folder_from_file_says_how_to_open_it(exported: Exported, open_page: Open) -> None:
    visit = open_page((exported("lenet5").folder / "index.html").as_uri())
    sentence = visit.page.get_by_text("The page has not started.", exact=False)
    expect(sentence).to_be_visible(timeout=READY_MS)
    assert visit.expect("file://", "CORS", "ERR_FAILED")
