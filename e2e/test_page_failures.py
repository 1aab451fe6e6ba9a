"""Failures of an exported folder or a browser: a sentence on the page, in both languages."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.conftest import Export
from e2e.look_page import Open, Serve, answer, opened
from e2e.site import Fault

Exported = Callable[[str], Export]

FIRST_VIEW_BYTES = 300_000
LAZY = ("ort", "three")
HOSTILE = '<img src=x onerror="window.attacked=1"><script>window.attacked=2</script>'


def _without(field: str) -> Fault:
    def fault(content: bytes) -> bytes:
        return json.dumps({k: v for k, v in json.loads(content).items() if k != field}).encode()

    return fault


def _with_format(content: bytes) -> bytes:
    return json.dumps(json.loads(content) | {"format": 9}).encode()


FAULTS: dict[str, tuple[str, Fault, str, str]] = {
    "no manifest": ("model.json", lambda _: 404, "model.json is missing", "缺少文件"),
    "cut manifest": ("model.json", lambda content: content[:900], "is damaged", "已损坏"),
    "empty manifest": ("model.json", lambda _: b"", "is damaged", "已损坏"),
    "other format": ("model.json", _with_format, "has format 9", "格式为 9"),
    "no steps": ("model.json", _without("steps"), '"steps"', '"steps"'),
    "no model": ("model.onnx", lambda _: 404, "model.onnx", "model.onnx"),
    "cut model": ("model.onnx", lambda content: content[:5000], "model.onnx", "model.onnx"),
    "server error": ("model.onnx", lambda _: 500, "500", "500"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_folder_is_named(
    fault: str, exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    file, change, english, chinese = FAULTS[fault]
    site = serve(page_folder, model=exported("lenet5").folder / "model")
    site.faults[file] = change
    for language, part in (("en", english), ("zh", chinese)):
        visit = open_page(f"{site.url}#lang={language}")
        alert = visit.page.get_by_role("alert")
        expect(alert).to_contain_text(part, timeout=30_000)
        expect(alert.get_by_role("button")).to_be_visible()
        visit.expect("Failed to load resource")


def test_a_browser_without_simd_is_told(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    site = serve(page_folder, model=exported("lenet5").folder / "model")
    visit = open_page(f"{site.url}#lang=en", script="WebAssembly.validate = () => false;")
    expect(visit.page.get_by_role("alert")).to_contain_text("SIMD")


def test_a_full_storage_hinders_nothing(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    script = (
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') };"
        "Storage.prototype.getItem = () => { throw new DOMException('', 'SecurityError') };"
    )
    folder = exported("lenet5").folder
    page = opened(serve, open_page, page_folder, folder, "lang=en", script=script).page
    hint = page.get_by_role("complementary", name="Three things to try")
    hint.get_by_role("button").click()
    expect(hint).to_have_count(0)
    expect(answer(page)).to_be_visible()


def test_hostile_names_and_labels_are_text(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    def hostile(content: bytes) -> bytes:
        manifest = json.loads(content)
        manifest["name"] = HOSTILE
        manifest["labels"] = [HOSTILE] * len(manifest["labels"])
        manifest["samples"] = [sample | {"label": HOSTILE} for sample in manifest["samples"]]
        return json.dumps(manifest).encode()

    site = serve(page_folder, model=exported("lenet5").folder / "model")
    site.faults["model.json"] = hostile
    page = open_page(f"{site.url}#lang=en").page
    expect(answer(page)).to_contain_text("<img src=x", timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text("<img src=x")
    assert page.evaluate("window.attacked") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_view_needs_few_bytes_of_script(
    exported: Exported, page_folder: Path, serve: Serve, open_page: Open
) -> None:
    """At most 300 KB of script, compressed, without the runtime, three and data."""
    site = serve(page_folder, model=exported("lenet5").folder / "model")
    page = open_page(f"{site.url}#lang=en").page
    expect(answer(page)).to_be_visible(timeout=30_000)
    scripts = {path for path in site.log if path.endswith(".js")}
    own = [path for path in scripts if not Path(path).name.startswith(LAZY)]
    assert own
    sizes = {
        path: len(gzip.compress((page_folder / path.lstrip("/")).read_bytes())) for path in own
    }
    assert sum(sizes.values()) <= FIRST_VIEW_BYTES, sizes
    assert not [path for path in scripts if Path(path).name.startswith("three")]
