"""The page of /docs in Chromium: it classifies, and asks nobody but the service."""

import io
import shutil

import pytest
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_the_page_classifies_and_loads_nothing_from_elsewhere(program):
    served = program()
    buffer = io.BytesIO()
    Image.new("L", (28, 28)).save(buffer, "PNG")
    name = "<img src=x onerror=alert(1)>.png"
    file = {"name": name, "mimeType": "image/png", "buffer": buffer.getvalue()}
    urls, problems = [], []
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: urls.append(request.url))
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{served.facts['url']}/docs")
        page.set_input_files("input[name=image]", [file])
        page.click("button")
        page.wait_for_selector("#answer h3")
        assert page.inner_text("#answer h3") == name
        assert page.locator("#answer td").count() == 10
        browser.close()
    own = (served.facts["url"] + "/", f"blob:{served.facts['url']}/", "data:")
    assert [url for url in urls if not url.startswith(own)] == []
    assert problems == []
