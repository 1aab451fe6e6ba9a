"""Zoo in the studio: filters, sorting, the page of a network, several side by side."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from convscope.zoo import list_architectures, load
from e2e.studio.conftest import OpenView


def names(page: Page) -> list[str]:
    """Return the networks of the table, in their order."""
    return page.locator("tbody tr th").all_inner_texts()


def test_cards_show_every_network_and_filters_combine(open_view: OpenView) -> None:
    page = open_view("zoo").page
    number = len(list_architectures())
    expect(page.get_by_text(f"{number} networks")).to_be_visible(timeout=30_000)
    expect(page.locator("li svg").first).to_be_visible(timeout=30_000)
    page.get_by_role("searchbox").fill("residual 2016")
    page.get_by_label("Size", exact=True).select_option("tiny")
    page.get_by_label("Family").select_option("residual")
    expect(page.get_by_role("heading", name="resnet20", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="resnet50", exact=True)).to_have_count(0)
    page.wait_for_function("() => location.hash.includes('size=tiny')")
    page.reload()
    expect(page.get_by_role("heading", name="resnet20", exact=True)).to_be_visible()
    page.get_by_role("searchbox").fill("nothing has this name")
    expect(page.get_by_role("heading", name="No network fits these filters")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_text(f"{number} networks")).to_be_visible()


def test_the_table_sorts_and_arrow_keys_move(open_view: OpenView) -> None:
    page = open_view("zoo", "show=table").page
    head = page.get_by_role("columnheader", name="MACs")
    expect(head).to_have_attribute("aria-sort", "none", timeout=30_000)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    order = names(page)
    macs = [load(name).table().totals.macs for name in order[:12]]
    assert macs == sorted(macs)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert names(page)[0] != order[0]
    first = page.locator("tbody tr").first.get_by_role("link")
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("tbody tr").nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash.includes('net=')")
    name = page.evaluate("new URLSearchParams(location.hash.slice(1)).get('net')")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_points_of_the_chart_are_links(open_view: OpenView) -> None:
    page = open_view("zoo", "show=chart").page
    point = page.get_by_role("link", name=re.compile("^resnet50: "))
    expect(point).to_have_count(1, timeout=30_000)
    assert "top-1" in (point.get_attribute("aria-label") or "")
    point.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("resnet50")


def test_the_page_of_a_network(open_view: OpenView) -> None:
    page = open_view("zoo", "net=googlenet").page
    expect(page.get_by_role("heading", level=1)).to_have_text("googlenet")
    expect(page.get_by_text("6,998,552").first).to_be_visible()
    rows = page.get_by_role("region", name="Layers").locator("tbody tr")
    expect(rows).to_have_count(len(load("googlenet").table().rows))
    page.get_by_role("tab", name="Paper and ours").click()
    expect(page.get_by_text("differs").first).to_be_visible()
    page.get_by_role("tab", name="Errata").click()
    expect(page.get_by_text("Correct", exact=True).first).to_be_visible()
    page.get_by_role("tab", name="Source").click()
    expect(page.locator("pre")).to_contain_text("class Googlenet", timeout=30_000)
    page.get_by_role("button", name="JSON").click()
    assert json.loads(page.locator("pre").inner_text())["name"] == "googlenet"


def test_a_layer_of_the_table_is_the_layer_of_the_diagram(open_view: OpenView) -> None:
    page = open_view("zoo", "net=lenet5").page
    page.get_by_role("button", name="conv2", exact=True).click()
    expect(page.locator("tr[aria-current=true] code")).to_have_text("conv2")
    # conv1 5, pool1 2, conv2 5: 1 + 4 + 1 + 4 * 2
    expect(page.get_by_text("A unit reads 14 pixels of the 32 input.")).to_be_visible()


def test_networks_side_by_side(open_view: OpenView) -> None:
    page = open_view("zoo", "search=vgg16").page
    for name in ("vgg16", "vgg16_bn"):
        page.get_by_role("checkbox", name=f"Compare {name}", exact=True).check(timeout=30_000)
    page.get_by_role("region", name="Chosen networks").get_by_role("link", name="Compare").click()
    expect(page.get_by_text("39 of 52 lines are equal.")).to_be_visible()
    page.get_by_label("Only what differs").check()
    expect(page.get_by_role("region", name="Layers aligned").locator("tbody tr")).to_have_count(13)
    expect(page.get_by_text("convscope compare vgg16 vgg16_bn --layers")).to_be_visible()


@pytest.mark.parametrize("name", ["resnet19", "<img src=x onerror=alert(1)>"])
def test_an_unknown_network_is_a_sentence(open_view: OpenView, name: str) -> None:
    visit = open_view("zoo", f"net={name}")
    expect(visit.page.get_by_role("alert")).to_contain_text("no architecture named")
    visit.problems.clear()  # the browser notes the answer 422
