"""The view Train: a run is set up, started, watched, controlled, raced and shown again."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from e2e.test_page_access import violations
from e2e.visit import Visit

OpenView = Callable[..., Visit]

SLOW = 90_000  # milliseconds: the machine may be busy
HOSTILE = "<img src=x onerror=alert(1)>"


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def figure(page: Page, name: str, lane: int = 0) -> str:
    """Return a figure of the head of the page, as text."""
    one = page.locator(".head dl").nth(lane).locator("div", has_text=name)
    return one.locator("dd").first.inner_text()


def step_of(page: Page, lane: int = 0) -> int:
    return int(figure(page, "Step", lane).partition("/")[0].replace(",", ""))


def until_step(page: Page, least: int, lane: int = 0) -> None:
    script = """([lane, least]) => {
        const dd = [...document.querySelectorAll('.head dl')[lane]?.querySelectorAll('div') ?? []]
            .find((div) => div.querySelector('dt')?.textContent === 'Step')?.querySelector('dd');
        return dd && Number(dd.textContent.split('/')[0].replace(/[^0-9]/g, '')) >= least;
    }"""
    page.wait_for_function(script, arg=[lane, least], timeout=SLOW)


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def commands(folder: Path) -> list[str]:
    return [event["command"] for event in events(folder) if event["type"] == "ControlApplied"]


def drawn(page: Page, chart: int) -> int:
    """Return how many pixels of a chart have ink."""
    script = """canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        .data.filter((value, i) => i % 4 === 3 && value > 0).length"""
    return int(page.locator(".charts canvas").nth(chart).evaluate(script))


def started(page: Page, **settings: object) -> str:
    """Start what is set up; return the id of the run."""
    expect(button(page, "Start training")).to_be_enabled(timeout=SLOW)
    button(page, "Start training").click()
    page.wait_for_url(re.compile("run="), timeout=SLOW)
    expect(button(page, "Pause")).to_be_visible(timeout=SLOW)
    return page.url.partition("run=")[2].partition("&")[0]


def test_the_setup_follows_what_is_typed(open_view: OpenView) -> None:
    page = open_view("training", "network=lenet5&data=mnist").page
    plan = page.locator(".plan")
    expect(plan.get_by_text("convscope train lenet5 mnist --watch")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("55,000 images for training")).to_be_visible()

    page.get_by_role("textbox", name="Epochs").fill("3")
    page.get_by_role("textbox", name="Epochs").press("Enter")
    expect(plan.get_by_text("642", exact=False).first).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("epochs=3", exact=True)).to_be_visible()
    expect(plan.get_by_text("epochs=3")).to_be_visible(timeout=SLOW)
    expect(page).to_have_url(re.compile("set=epochs"))

    page.get_by_label("Schedule").select_option("Cosine")
    expect(page.get_by_text("schedule.type=Cosine")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Reset schedule.type").click()
    expect(page.get_by_text("schedule.type=Cosine")).to_have_count(0, timeout=SLOW)
    expect(page.get_by_text("epochs=3", exact=True)).to_be_visible()

    network = page.get_by_role("combobox", name="Network", exact=True)
    network.fill("lenet6")
    network.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("lenet5", timeout=SLOW)
    expect(button(page, "Start training")).to_be_disabled()


def test_a_run_is_started_watched_controlled_and_shown_again(
    open_view: OpenView, workspace: Path
) -> None:
    visit = open_view("training", "network=lenet5&data=mnist&set=epochs=40;log_every=5")
    page = visit.page
    run = started(page)
    folder = workspace / "runs" / run
    until_step(page, 40)
    before = drawn(page, 0)
    assert before > 0
    expect(page.get_by_text(re.compile(r"\d+ of 10 right"))).to_be_visible(timeout=SLOW)
    expect(page.locator(".live ol li").first).to_contain_text("conv1", timeout=SLOW)

    button(page, "Pause").click()
    expect(button(page, "Continue")).to_be_visible(timeout=SLOW)
    page.wait_for_timeout(500)  # a step that was on its way
    paused = step_of(page)
    button(page, "One step").click()
    until_step(page, paused + 1)
    assert step_of(page) == paused + 1
    page.get_by_label("Learning rate", exact=True).fill("0.002")
    page.get_by_label("Learning rate", exact=True).press("Enter")
    changed = page.get_by_title(re.compile("learning rate changed to 0.002"))
    expect(changed.first).to_be_attached(timeout=SLOW)
    assert commands(folder)[:3] == ["pause", "step", "lr"]

    button(page, "Continue").click()
    until_step(page, paused + 30)
    rate = next(e["lr"] for e in events(folder) if e.get("command") == "lr")
    assert rate == 0.002

    page.reload()
    expect(button(page, "Pause")).to_be_visible(timeout=SLOW)
    until_step(page, paused + 30)
    other = open_view("training", f"run={run}").page  # a second tab shows the same
    until_step(other, paused + 30)
    expect(other.locator(".marker").first).to_be_attached()

    assert violations(other) == []
    button(page, "Stop").click()
    expect(button(page, "Resume")).to_be_visible(timeout=SLOW)
    expect(button(other, "Resume")).to_be_visible(timeout=SLOW)
    stopped = step_of(page)
    button(page, "Resume").click()
    expect(button(page, "Pause")).to_be_visible(timeout=SLOW)
    until_step(page, stopped + 10)
    button(page, "Stop").click()
    expect(button(page, "Resume")).to_be_visible(timeout=SLOW)


def test_keys_control_a_run_and_can_be_switched_off(open_view: OpenView) -> None:
    page = open_view("training", "network=lenet5&data=mnist&set=epochs=40;log_every=5").page
    started(page)
    until_step(page, 5)
    page.get_by_role("heading", name="Train", exact=True).click()
    page.keyboard.press("Space")
    expect(button(page, "Continue")).to_be_visible(timeout=SLOW)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    dialog.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    page.wait_for_timeout(800)
    expect(button(page, "Continue")).to_be_visible()
    button(page, "Stop").click()
    expect(button(page, "Resume")).to_be_visible(timeout=SLOW)


def test_the_filmstrip_shows_what_each_epoch_had(open_view: OpenView) -> None:
    page = open_view("training", "network=lenet5&data=mnist&set=epochs=2").page
    started(page)
    expect(page.get_by_role("heading", name=re.compile("^Finished"))).to_be_visible(timeout=SLOW)
    scrubber = page.get_by_label("Epoch that is shown")
    scrubber.scroll_into_view_if_needed()
    expect(scrubber).to_be_enabled(timeout=SLOW)
    tiles = page.get_by_role("img", name="Weights of conv1", exact=False).locator("canvas")
    expect(tiles.first).to_be_visible(timeout=SLOW)
    newest = tiles.first.evaluate("canvas => canvas.toDataURL()")
    scrubber.focus()
    page.keyboard.press("Home")
    expect(page.locator("output")).to_contain_text("epoch 0")
    page.wait_for_function(
        "newest => document.querySelector('.pictures canvas').toDataURL() !== newest",
        arg=newest,
        timeout=SLOW,
    )
    expect(page.locator(".playhead").first).to_be_attached()
    button(page, "Play the filmstrip").click()
    expect(page.locator("output")).to_contain_text("newest", timeout=SLOW)


def test_two_networks_race_on_one_chart(open_view: OpenView) -> None:
    page = open_view("training", "network=lenet5&data=mnist&set=epochs=3").page
    button(page, "Race a second network").click()
    page.get_by_label("Optimiser").nth(1).select_option("SGD")
    expect(button(page, "Start both")).to_be_enabled(timeout=SLOW)
    button(page, "Start both").click()
    page.wait_for_url(re.compile("rival="), timeout=SLOW)
    until_step(page, 20, lane=0)
    until_step(page, 20, lane=1)
    expect(page.get_by_text(re.compile(r"leads: validation loss|^Even"))).to_be_visible(
        timeout=SLOW
    )
    button(page, "Seconds").click()
    expect(page).to_have_url(re.compile("axis=seconds"))
    button(page, "Stop").click()
    expect(button(page, "Resume").or_(page.get_by_text("Finished").first).first).to_be_visible(
        timeout=SLOW
    )


def test_a_hostile_name_stays_text(open_view: OpenView, workspace: Path) -> None:
    shutil.copytree(workspace / "runs" / "digits", workspace / "runs" / HOSTILE)
    page = open_view("training").page
    select = page.get_by_label("Shown")
    option = select.locator("option", has_text=HOSTILE)
    expect(option).to_have_count(1, timeout=SLOW)
    select.select_option(label=option.inner_text())
    expect(page.get_by_role("heading", name=re.compile("^Finished"))).to_be_visible(timeout=SLOW)
    assert page.locator("main img[src='x']").count() == 0
    page.get_by_label("against").select_option("digits")
    expect(page.locator(".legend .name").first).to_have_text(HOSTILE)
    assert page.locator("main img[src='x']").count() == 0


def test_a_run_that_is_not_watched_offers_it(open_view: OpenView, workspace: Path) -> None:
    page = open_view("training", "network=lenet5&data=mnist&set=epochs=40;log_every=5").page
    expect(button(page, "Start training")).to_be_enabled(timeout=SLOW)
    page.get_by_role("checkbox", name=re.compile("Watch the layers")).uncheck()
    started(page)
    until_step(page, 5)
    button(page, "Watch from now on").click()
    expect(page.get_by_text(re.compile(r"\d+ of 10 right"))).to_be_visible(timeout=SLOW)
    button(page, "Stop").click()
    expect(button(page, "Resume")).to_be_visible(timeout=SLOW)
