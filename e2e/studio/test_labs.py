"""Filters and Convolution in the studio: what a user changes is in the numbers that are shown."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from convscope import filters
from e2e.studio.conftest import OpenView


def total(page: Page) -> str:
    """Return the value at the end of the sum that the view shows."""
    text = page.locator(".total").inner_text()
    return text.rsplit("=", 1)[1].strip()


def outputs(page: Page, channel: int) -> list[float]:
    grid = page.get_by_role("group", name=f"Output, channel {channel}", exact=True)
    texts = grid.get_by_role("button").all_inner_texts()
    return [float(text.replace("−", "-")) for text in texts]


def test_a_preset_is_one_word_of_the_address(open_view: OpenView) -> None:
    page = open_view("convolution").page
    page.get_by_label("Example").select_option("transposed")
    expect(page.locator("output", has_text="1 of 49")).to_be_visible()
    page.wait_for_function("() => location.hash.endsWith('example=transposed')")
    page.reload()
    expect(page.locator("output", has_text="1 of 49")).to_be_visible()


def test_the_window_moves_and_numbers_can_be_edited(open_view: OpenView) -> None:
    page = open_view("convolution", "example=lecture").page
    assert outputs(page, 1) == [4, 3, 4, 2, 4, 3, 2, 3, 4]
    assert total(page) == "4"
    page.get_by_role("button", name="Next output value").click()
    assert total(page) == "3"
    cell = page.get_by_role("group", name="Input, channel 1").get_by_label("Row 1, column 2")
    cell.fill("5")
    cell.press("Enter")
    expect(page.locator(".total")).to_contain_text("= 7")  # the kernel has 1 there
    assert outputs(page, 1)[0] == 4
    kernel = page.get_by_role("group", name="Kernel 1, channel 1").get_by_label("Row 1, column 1")
    kernel.press("PageUp")
    expect(page.locator(".total")).to_contain_text("= 12")
    page.wait_for_function("() => location.hash.includes('x=1,5')")
    page.reload()
    expect(page.locator(".total")).to_contain_text("= 12")
    expect(page.get_by_label("Example")).to_have_value("own")


def test_the_arrow_keys_choose_an_output(open_view: OpenView) -> None:
    page = open_view("convolution").page
    first = page.get_by_role("group", name="Output, channel 2").get_by_role("button").first
    first.click()
    first.press("ArrowRight")
    expect(page.get_by_text("y[1, 0, 1]")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("y[1, 1, 1]")).to_be_visible()


def test_a_window_that_does_not_fit_is_explained(open_view: OpenView) -> None:
    page = open_view("convolution", "size=1x3x3&kernel=5").page
    expect(page.get_by_role("alert")).to_contain_text("The window spans 5 positions")
    page.get_by_label("Padding", exact=True).fill("1")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_playing_moves_the_window(open_view: OpenView) -> None:
    page = open_view("convolution").page
    page.get_by_role("button", name="Play").click()
    expect(page.locator("output", has_text="3 of 18")).to_be_visible(timeout=5000)
    page.get_by_role("button", name="Pause").click()


def shown(page: Page, name: str) -> np.ndarray:
    """Return the pixels of one of the two photos."""
    picture = page.get_by_role("slider", name=f"{name}: the chosen pixel")
    data = picture.locator("canvas").evaluate(
        """canvas => { const {data} = canvas.getContext('2d').getImageData(
        0, 0, canvas.width, canvas.height); return [canvas.width, canvas.height, ...data] }"""
    )
    width, height = data[:2]
    return np.array(data[2:], np.uint8).reshape(height, width, 4)[..., :3]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    pixels = np.kron(rng.integers(0, 256, (6, 8, 3)), np.ones((12, 12, 1))).astype(np.uint8)
    path = tmp_path / "<img src=x onerror=alert(1)>.png"
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "png")
    path.write_bytes(data.getvalue())
    return path


def test_a_photo_of_ones_own_is_filtered_as_in_python(open_view: OpenView, photo: Path) -> None:
    page = open_view("filters", "filter=median&size=5").page
    page.locator('input[type="file"]').set_input_files(photo)
    expect(page.get_by_text("96 × 72 pixels")).to_be_visible()
    pixels = np.array(Image.open(photo))
    assert np.array_equal(shown(page, "Before"), pixels)
    assert np.array_equal(shown(page, "After"), filters.apply(pixels, filters.Median(5)))


def test_a_kernel_is_edited_and_kept_by_the_address(open_view: OpenView, photo: Path) -> None:
    page = open_view("filters").page
    page.locator('input[type="file"]').set_input_files(photo)
    expect(page.get_by_text("96 × 72 pixels")).to_be_visible()
    kernel = page.get_by_role("group", name="Kernel", exact=True).last
    for place in ("Row 1, column 3", "Row 2, column 3", "Row 3, column 3"):
        kernel.get_by_label(place).fill("0")
        kernel.get_by_label(place).press("Enter")
    expect(page.get_by_role("button", name="My own kernel")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="Sum to 1").click()
    expect(page.get_by_text("Sum of the weights: 1.")).to_be_visible()
    pixels = np.array(Image.open(photo))
    rows = np.array([[-1, 0, 0], [-2, 0, 0], [-1, 0, 0]]) / -4
    expected = filters.correlate(pixels, rows)
    page.wait_for_function("() => location.hash.includes('divisor')")
    page.wait_for_timeout(300)
    assert np.abs(shown(page, "After").astype(int) - expected).max() <= 1
    assert "kernel=-1,0,0/-2,0,0/-1,0,0" in page.url
    page.get_by_role("tab", name="Separability").click()
    expect(page.get_by_text("This kernel is separable")).to_be_visible()


def test_noise_is_removed_and_that_is_measured(open_view: OpenView) -> None:
    page = open_view("filters", "filter=median&pepper=0.1").page
    rows = page.locator(".quality tbody tr")
    expect(rows).to_have_count(2)
    noisy, filtered = (float(row.locator("td").first.inner_text().split()[0]) for row in rows.all())
    assert filtered > noisy + 5


def test_a_file_that_is_no_image_is_refused(open_view: OpenView, tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_text("no image")
    page = open_view("filters").page
    page.get_by_text("Use a photo of your own").click()
    page.locator('input[type="file"]').set_input_files(path)
    expect(page.get_by_role("alert")).to_contain_text("text.png")
