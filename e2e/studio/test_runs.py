"""Runs in the studio: curves, differences, notes, exports, and the brushes of a sweep."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.studio.conftest import OpenView

HOSTILE = "<img src=x onerror=alert(1)>"
LONG = "long-" * 38


@pytest.fixture(scope="module", autouse=True)
def more_runs(workspace: Path) -> None:
    """Add runs with another learning rate and hostile names, and a sweep of six trials."""
    for name, lr in (("slow", 0.0005), (HOSTILE, 0.01), (LONG, 0.02)):
        copied(workspace / "runs" / "digits", workspace / "runs" / name, lr)
    sweep = workspace / "sweeps" / "lenet5-mnist-1"
    trials = []
    for number in range(6):
        lr = 0.001 * 2**number
        copied(workspace / "runs" / "digits", sweep / "trials" / f"{number:03d}", lr)
        trials.append(
            {
                "number": number,
                "state": "done",
                "settings": [f"lr={lr}"],
                "accuracy": 0.9 + 0.01 * number,
                "loss": 0.5,
                "epochs": {},
                "message": "",
            }
        )
    vary = [
        {"name": "lr", "type": "Range", "low": 0.001, "high": 0.032, "whole": False, "log": True}
    ]
    definition = {"architecture": "lenet5", "data": "mnist", "vary": vary}
    (sweep / "sweep.json").write_text(json.dumps(definition))
    (sweep / "results.json").write_text(json.dumps({"trials": trials}))


def copied(run: Path, place: Path, lr: float) -> None:
    """Copy a run with another learning rate."""
    shutil.copytree(run, place)
    recipe = json.loads((place / "recipe.json").read_text())
    (place / "recipe.json").write_text(json.dumps(recipe | {"lr": lr}))


def test_marked_runs_share_charts_and_their_difference_is_shown(open_view: OpenView) -> None:
    page = open_view("runs").page
    for name in ("digits", "slow"):
        page.get_by_role("checkbox", name=f"Select runs/{name}", exact=True).check()
    expect(page.get_by_role("tab", name="Curves (2)")).to_be_visible()
    expect(page.get_by_role("img", name="Validation accuracy of 2 runs.")).to_be_visible()
    page.get_by_role("tab", name="Differences").click()
    row = page.get_by_role("tabpanel").get_by_role("row", name="lr ")
    expect(row.get_by_role("cell").last).to_be_visible()
    values = row.get_by_role("cell").all_inner_texts()
    assert "0.0005" in values
    expect(page.get_by_text("settings are the same in all runs")).to_be_visible()
    page.wait_for_function("() => location.hash.includes('tab=difference')")
    page.reload()  # the choice is in the address
    expect(page.get_by_role("tab", name="Curves (2)")).to_be_visible()


def test_search_and_filters(open_view: OpenView) -> None:
    page = open_view("runs").page
    rows = page.get_by_role("region", name="Runs").locator("tbody tr")
    expect(rows).to_have_count(4)
    page.get_by_label("Trials of sweeps too (6)").check()
    expect(rows).to_have_count(10)
    page.get_by_role("searchbox").fill("slow")
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    page.get_by_label("State", exact=True).select_option("failed")
    expect(page.get_by_text("No run matches")).to_be_visible()


def test_hostile_names_stay_text(open_view: OpenView) -> None:
    page = open_view("runs", width=320, height=720).page
    link = page.get_by_role("link", name=HOSTILE)
    expect(link).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    assert page.locator("img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_note_survives_a_reload(open_view: OpenView, workspace: Path) -> None:
    text = "lr <b>too</b> high\nsecond line"
    page = open_view("runs", "run=digits").page
    note = page.get_by_role("textbox", name="Note")
    note.fill(text)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert (workspace / "runs" / "digits" / "note.txt").read_text() == text
    page.reload()
    expect(page.get_by_role("textbox", name="Note")).to_have_value(text)


def test_an_export_is_verified_and_downloaded(open_view: OpenView, tmp_path: Path) -> None:
    page = open_view("runs", "run=digits").page
    page.get_by_role("button", name="ONNX", exact=True).click()
    expect(page.get_by_text("Verified: same class for 100 of 100 images")).to_be_visible(
        timeout=120_000
    )
    with page.expect_download() as started:
        page.get_by_role("link", name="Download digits.onnx").click()
    started.value.save_as(tmp_path / "digits.onnx")
    import onnx

    assert onnx.load(tmp_path / "digits.onnx").producer_name == "convscope"


def test_a_run_gets_another_name_and_goes_to_the_trash(
    open_view: OpenView, workspace: Path
) -> None:
    copied(workspace / "runs" / "digits", workspace / "runs" / "gone", 0.1)
    page = open_view("runs", "run=gone").page
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="New name").fill("gone-2")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("gone-2")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Move to trash").click()
    page.get_by_role("dialog").get_by_role("button", name="Move to trash").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    assert (workspace / "runs" / ".trash" / "gone-2" / "recipe.json").is_file()


def test_brushes_keep_trials_in_the_table(open_view: OpenView) -> None:
    page = open_view("runs").page
    page.get_by_role("link", name="lenet5-mnist-1").click()
    rows = page.get_by_role("region", name="Trials").locator("tbody tr")
    expect(rows).to_have_count(6)
    axis = page.locator("svg .reach").first
    box = axis.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(middle, box["y"] + 0.5 * box["height"], steps=5)
    page.mouse.up()
    expect(rows).to_have_count(3)  # learning rates above the middle of the axis
    page.get_by_role("button", name="Clear limits").click()
    expect(rows).to_have_count(6)
    low = page.get_by_role("slider", name="Lower limit of Validation accuracy")
    low.focus()
    for _ in range(45):  # steps of 0.02
        page.keyboard.press("ArrowRight")
    expect(rows).to_have_count(1)
    expect(page.locator(".importance")).to_contain_text("1.00")  # rank correlation


def test_an_empty_workspace(open_view: OpenView, workspace: Path) -> None:
    hidden = workspace / "elsewhere"
    hidden.mkdir()
    for name in ("runs", "sweeps"):
        (workspace / name).rename(hidden / name)
    opened = open_view("runs")
    try:
        empty = opened.page.get_by_role("heading", name="No runs yet")
        expect(empty).to_be_visible(timeout=10_000)
    finally:
        opened.page.close()  # it would load the runs again while they come back
        for name in ("runs", "sweeps"):
            (hidden / name).rename(workspace / name)
    opened.expect("404")  # of runs that vanished while the page loaded
