"""Drawings in Chromium: every payload and some diagrams of the gallery, by mouse and keyboard."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from convscope.payload import Heatmap, from_json
from e2e.build import WEB, vite
from e2e.site import Site
from e2e.visit import Visit

ROOT = Path(__file__).parents[1]
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SETTINGS = [("en", "light", 1280), ("zh", "dark", 360)]


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built gallery, with its data."""
    sys.path.append(str(ROOT / "tools"))
    import page_gallery

    folder = tmp_path_factory.mktemp("gallery")
    options = ["--config", "vite.config.ts", "--outDir", str(folder), "--emptyOutDir"]
    vite("src/pages/gallery", *options)
    page_gallery.write(folder / "data")
    return folder


@pytest.fixture
def visit(
    gallery: Path, serve: Callable[..., Site], open_page: Callable[..., Visit]
) -> Callable[..., Page]:
    """Return a function that opens a drawing of the gallery by its name."""

    def visit(name: str, *, lang: str = "en", theme: str = "light", width: int = 1280) -> Page:
        site = serve(gallery)
        address = f"{site.url}?lang={lang}&theme={theme}#{quote(name)}"
        page = open_page(address, width=width).page
        page.add_style_tag(content="* { transition: none !important }")
        page.locator("main > *").first.wait_for()
        return page

    return visit


def names(gallery: Path, kind: str) -> list[str]:
    return [*json.loads((gallery / "data" / f"{kind}.json").read_text(encoding="utf-8"))]


def show(page: Page, name: str) -> None:
    page.get_by_label("Drawing", exact=True).select_option(name)
    page.wait_for_timeout(60)


def violations(page: Page) -> list[str]:
    """Return what axe finds."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=str(AXE))
    results = page.evaluate("(rules) => axe.run({ runOnly: rules })", RULES)
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in results["violations"]
        for node in each["nodes"]
    ]


def beyond(page: Page) -> list[str]:
    """Return whether the page is wider than the window."""
    pixels = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{pixels} pixels beyond the window"] if pixels > 0 else []


@pytest.mark.parametrize(("lang", "theme", "width"), SETTINGS)
@pytest.mark.parametrize("kind", ["payloads", "diagrams"])
def test_every_drawing(
    visit: Callable[..., Page], gallery: Path, kind: str, lang: str, theme: str, width: int
) -> None:
    """Accessible, within the window, without an error in the console."""
    every = names(gallery, kind)
    assert len(every) > 10
    page = visit(every[0], lang=lang, theme=theme, width=width)
    faults = {}
    for name in every:
        show(page, name)
        assert page.get_by_role("alert").count() == 0, name
        faults[name] = beyond(page)
        if kind == "diagrams" or name.endswith("short"):
            faults[name] += violations(page)
    assert {name: each for name, each in faults.items() if each} == {}


def test_walk_through_a_network(visit: Callable[..., Page]) -> None:
    page = visit("googlenet")
    diagram = page.get_by_role("group", name=re.compile("Diagram of googlenet"))
    diagram.get_by_role("button", name=re.compile("^input")).focus()
    for key in ("ArrowDown", "Enter"):
        page.keyboard.press(key)
    chosen = diagram.locator("[aria-pressed=true]")
    assert "7×7 conv, 64, /2 · ReLU" in (chosen.get_attribute("aria-label") or "")
    steps = page.get_by_role("group", name="Layers of the chosen box")
    assert steps.get_by_role("button").all_text_contents() == ["conv1.conv", "conv1.relu"]
    steps.get_by_role("button", name="conv1.relu").click()
    assert steps.locator("[aria-pressed=true]").inner_text() == "conv1.relu"
    diagram.locator("[aria-pressed=true]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    first = page.evaluate("document.activeElement.ariaLabel")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.ariaLabel")
    assert first != second
    page.keyboard.press("End")
    assert "linear, 1000" in page.evaluate("document.activeElement.ariaLabel")


def test_every_box_is_reached_by_arrows_down(visit: Callable[..., Page]) -> None:
    """Down from the input to the last layer; no step leads upwards."""
    page = visit("resnet18")
    page.get_by_role("button", name=re.compile("^input")).focus()
    heights = []
    for _ in range(200):
        box = page.evaluate("document.activeElement.getBoundingClientRect().top + 0")
        scroll = page.evaluate("document.querySelector('.viewport').scrollTop")
        heights.append(box + scroll)
        before = page.evaluate("document.activeElement.dataset.id")
        page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.dataset.id") == before:
            break
    assert heights == sorted(heights)
    assert "linear, 1000" in page.evaluate("document.activeElement.ariaLabel")


def test_fold_and_unfold(visit: Callable[..., Page]) -> None:
    page = visit("resnet18")
    boxes = page.locator("g.node")
    opened = boxes.count()
    page.get_by_role("button", name="Fold stages", exact=True).click()
    folded = boxes.count()
    assert folded < opened
    page.get_by_role("button", name="Unfold stage2 ×2").click()
    assert folded < boxes.count() < opened
    page.get_by_role("button", name="Fold stages", exact=True).click()
    assert boxes.count() == folded
    page.get_by_role("button", name="Unfold stages", exact=True).click()
    assert boxes.count() == opened
    page.get_by_role("button", name="Unfold ×2").first.focus()
    page.keyboard.press("Enter")
    assert boxes.count() > opened


def test_zoom(visit: Callable[..., Page]) -> None:
    """What lies under the pointer stays there; the buttons and the wheel change the size."""
    page = visit("googlenet")
    paper, view = page.locator(".paper"), page.locator(".viewport")
    before = paper.bounding_box()
    area = view.bounding_box()
    assert before is not None
    assert area is not None
    page.get_by_role("button", name="Zoom in").click()
    after = paper.bounding_box()
    assert after is not None
    assert after["height"] > before["height"]
    x, y = area["x"] + 0.5 * area["width"], area["y"] + 200
    page.mouse.move(x, y)
    share = (y - after["y"]) / after["height"]
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    zoomed = paper.bounding_box()
    assert zoomed is not None
    assert zoomed["height"] > after["height"]
    assert (y - zoomed["y"]) / zoomed["height"] == pytest.approx(share, abs=0.003)


def test_two_fingers(visit: Callable[..., Page]) -> None:
    """A pinch makes the diagram larger; what lies between the fingers stays there."""
    page = visit("googlenet", width=360)
    paper = page.locator(".paper")
    before = paper.bounding_box()
    client = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 20), ("touchMove", 30), ("touchMove", 60)):
        points = [{"x": 180, "y": 400 - apart}, {"x": 180, "y": 400 + apart}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(50)
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    after = paper.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] > 1.5 * before["height"]
    middle = (400 - before["y"]) / before["height"]
    assert (400 - after["y"]) / after["height"] == pytest.approx(middle, abs=0.01)


def test_the_list_has_every_layer(visit: Callable[..., Page], gallery: Path) -> None:
    data = json.loads((gallery / "data" / "diagrams.json").read_text(encoding="utf-8"))
    page = visit("resnet18")
    page.get_by_role("button", name="List", exact=True).click()
    paths = set(re.findall(r'"layers": \[([^\]]*)\]', json.dumps(data["resnet18"])))
    layers = {path for row in paths for path in re.findall(r'"([^"]+)"', row)}
    shown = page.locator(".listing button").all_text_contents()
    assert {text.strip() for text in shown} >= layers
    page.get_by_role("button", name="fc", exact=True).click()
    assert page.locator(".listing [aria-pressed=true]").inner_text() == "fc"


def test_numbers_of_a_map_by_keyboard(visit: Callable[..., Page], gallery: Path) -> None:
    """The live region has the exact float32, and so has the table."""
    text = (gallery / "data" / "payloads.json").read_text(encoding="utf-8")
    heatmap = from_json(json.dumps(json.loads(text)["heatmap, short"]))
    assert isinstance(heatmap, Heatmap)
    page = visit("heatmap, short")
    page.get_by_role("group", name=re.compile("Map of")).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    spoken = page.locator("[aria-live=polite]").inner_text()
    place = re.fullmatch(r"row (\d+), column (\d+): (.+)", spoken)
    assert place is not None
    row, column = int(place[1]), int(place[2])
    assert (row, column) == (1, 1)
    assert np.float32(place[3]) == heatmap.values[row, column]
    page.get_by_text("Numbers as a table").click()
    expect(page.locator("tbody td")).to_have_count(5 * 8)
    cells = page.locator("tbody td").all_text_contents()
    numbers = np.array(cells, np.float32).reshape(5, 8)[:, 1:]
    assert np.array_equal(numbers, heatmap.values)


def test_pixels_of_a_map(visit: Callable[..., Page], gallery: Path) -> None:
    """The canvas has the bytes of `Heatmap.pixels`."""
    text = (gallery / "data" / "payloads.json").read_text(encoding="utf-8")
    heatmap = from_json(json.dumps(json.loads(text)["heatmap, short"]))
    assert isinstance(heatmap, Heatmap)
    page = visit("heatmap, short")
    page.wait_for_timeout(100)
    pixels = page.evaluate(
        "() => { const c = document.querySelector('.map canvas');"
        " return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data] }"
    )
    shown = np.array(pixels, np.uint8).reshape(5, 7, 4)[..., :3]
    assert np.array_equal(shown, heatmap.pixels())


def test_values_of_a_chart_under_the_pointer(visit: Callable[..., Page]) -> None:
    page = visit("logarithmic curves, short")
    chart = page.get_by_role("group", name=re.compile("Chart with"))
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    assert page.locator(".tip").is_visible()
    chart.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    spoken = page.locator("[aria-live=polite]").inner_text()
    assert spoken.startswith("class score 10, class score: ")
