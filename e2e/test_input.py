"""Files that users bring to the page: hostile names are text, and failures are sentences."""

from collections.abc import Callable

from e2e.conftest import Export
from e2e.site import Site
from e2e.visit import Visit

NAME = "<img src=x onerror=globalThis.hit=1>.png"


def test_a_hostile_file_name_is_text(
    exported: Callable[[str], Export], serve: Callable[..., Site], open_page: Callable[..., Visit]
) -> None:
    visit = open_page(serve(exported("lenet5_1998").folder).url)
    file = {"name": NAME, "mimeType": "image/png", "buffer": b"no image"}
    chooser = visit.page.locator("input[type=file][accept*=png]").first
    chooser.wait_for(state="attached")
    chooser.set_input_files(files=[file])
    alert = visit.page.get_by_role("alert").filter(has_text=NAME)
    alert.wait_for(state="attached")
    assert "not an image" in str(alert.text_content())
    assert visit.page.evaluate("globalThis.hit") is None
