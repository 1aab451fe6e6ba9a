"""The runner over time: memory, requests that replace others, threads, WebGPU, no requests."""

import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from e2e.conftest import Export
from e2e.harness import call, probabilities, raw, started
from e2e.models import answer, random_pixels
from e2e.site import Site
from e2e.visit import WEBGPU_FLAGS, Visit

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]

TOLERANCE = 1e-4
MOST_GROWTH = 8 << 20


def private_bytes(browser: Browser) -> int:
    """Return the memory of the renderers that this test's Chromium started."""
    total = 0
    for process in Path("/proc").iterdir():
        try:
            command = (process / "cmdline").read_bytes()
            if b"--type=renderer" not in command or not _descends(process, browser):
                continue
            rollup = (process / "smaps_rollup").read_text()
        except (OSError, ValueError):
            continue
        for line in rollup.splitlines():
            if line.startswith(("Private_Dirty:", "Private_Clean:")):
                total += int(line.split()[1]) << 10
    return total


def _descends(process: Path, browser: Browser) -> bool:
    """Return whether a process was started by this test process."""
    import os

    while process.name not in ("0", "1"):
        if int(process.name) == os.getpid():
            return True
        status = (process / "status").read_text()
        parent = next(line.split()[1] for line in status.splitlines() if line.startswith("PPid"))
        process = Path("/proc") / parent
    return False


@pytest.mark.parametrize("layers", [[], "all"])
def test_memory_is_flat_over_1000_predictions(
    layers: object, exported: Exported, harness_folder: Path, serve: Serve, open_page: Open,
    chromium: Browser,
) -> None:  # fmt: skip
    model, folder = exported("lenet5")
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    started(visit)
    pixels = raw(random_pixels(model))
    session = visit.context.new_cdp_session(visit.page)

    def after(count: int) -> int:
        assert len(call(visit, "times", pixels, layers, count)) == count
        session.send("HeapProfiler.collectGarbage")
        return private_bytes(chromium)

    after(300)  # arenas and compiled code have their sizes
    sizes = [after(100)]
    # a browser may start a process meanwhile; a leak grows every time
    while len(sizes) < 4 and not (len(sizes) > 1 and sizes[-1] - sizes[-2] <= MOST_GROWTH):
        sizes.append(after(1000))
    assert min(later - earlier for earlier, later in pairwise(sizes)) <= MOST_GROWTH, sizes


def test_a_newer_request_replaces_one_that_waits(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported("lenet5")
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    started(visit)
    lanes = ["draw", "draw", "draw", "curve", "draw", "curve"]
    # the first runs at once; of those that wait, the last of each lane
    computed = [True, False, False, False, True, True]
    assert call(visit, "burst", raw(random_pixels(model)), lanes) == computed


def test_nothing_is_requested_after_the_start(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported("lenet5")
    site = serve(harness_folder, model=folder / "model")
    visit = open_page(site.url)
    started(visit)
    requests = len(site.log)
    assert not any("asyncify" in path or "webgpu" in path for path in site.log)
    visit.context.set_offline(True)
    pixels_HWC = random_pixels(model)
    assert np.abs(answer(model, pixels_HWC) - probabilities(visit, pixels_HWC)).max() <= TOLERANCE
    call(visit, "edit", {}, {"conv1": [0]})
    assert len(site.log) == requests


def test_threads_where_the_page_is_isolated(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported("mixed")
    visit = open_page(serve(harness_folder, model=folder / "model", isolated=True).url)
    assert started(visit, threads=2)["engine"] == {"name": "WebAssembly", "threads": 2}
    pixels_HWC = random_pixels(model)
    assert np.abs(answer(model, pixels_HWC) - probabilities(visit, pixels_HWC)).max() <= TOLERANCE


def test_without_isolation_there_is_one_thread(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    folder = exported("mixed").folder
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    assert started(visit, threads=2)["engine"]["threads"] == 1


def test_threads_that_do_not_start_are_replaced_by_one(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported("mixed")
    site = serve(harness_folder, model=folder / "model", isolated=True)
    # workers of workers load the runtime's script once more
    loads: list[int] = []

    def missing_later(content: bytes) -> bytes | int:
        loads.append(1)
        return content if len(loads) != 2 else 404

    site.faults["ort.wasm"] = missing_later
    for path in harness_folder.rglob("ort.wasm*.js"):
        site.faults[path.name] = missing_later
    visit = open_page(site.url)
    assert started(visit, threads=2)["engine"] == {"name": "WebAssembly", "threads": 1}
    pixels_HWC = random_pixels(model)
    assert np.abs(answer(model, pixels_HWC) - probabilities(visit, pixels_HWC)).max() <= TOLERANCE
    visit.expect("404", "worker", "Worker")


@pytest.fixture(scope="session")
def with_webgpu(chromium: Browser) -> Iterator[Browser]:
    """Return a Chromium with WebGPU in software."""
    from e2e.visit import FLAGS

    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"), args=[*FLAGS, *WEBGPU_FLAGS]
    )
    yield browser
    browser.close()


def test_webgpu_is_used_where_its_answer_is_right_else_webassembly_stays(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open, with_webgpu: Browser
) -> None:
    model, folder = exported("mixed")
    visit = open_page(serve(harness_folder, model=folder / "model").url, browser=with_webgpu)
    assert "WebGPU" in started(visit)["offers"]
    result = call(visit, "use", "WebGPU")
    if "failure" in result:  # no adapter on this machine, or another answer
        assert result["failure"] in ("run.noWebGpu", "run.golden")
    else:
        assert result["name"] == "WebGPU"
    pixels_HWC = random_pixels(model)
    assert np.abs(answer(model, pixels_HWC) - probabilities(visit, pixels_HWC)).max() <= TOLERANCE


def test_without_webgpu_the_engine_stays(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported("mixed")
    script = "Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined });"
    visit = open_page(serve(harness_folder, model=folder / "model").url, script=script)
    started(visit)
    assert call(visit, "use", "WebGPU")["failure"] == "run.noWebGpu"
    assert "probabilities" in call(visit, "run", raw(random_pixels(model)))
