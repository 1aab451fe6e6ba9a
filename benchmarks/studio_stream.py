"""Frames of the view Train while a run streams, and the time to show a long history.

    python benchmarks/studio_stream.py [--seconds 10]

Prints how long 10,000 events take from the click to the figures; then, of a run that streams, the
gaps between animation frames, long tasks and the time in handlers, at the curves and at the layers.
"""

import argparse
import json
import math
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

import convscope

sys.path.append(str(Path(__file__).parents[1]))

from e2e.studio.process import Studio
from e2e.visit import FLAGS

NUM_EVENTS = 10_000
FIRST_S = 90_000  # milliseconds for a run to start
WATCH = """
window.measured = {gaps: [], long: [], messages: 0, handled: 0};
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.measured.long.push(entry.duration);
}).observe({type: 'longtask'});
let last = 0;
const frame = (time) => {
    if (last) window.measured.gaps.push(time - last);
    last = time;
    requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
const Source = window.EventSource;
window.EventSource = class extends Source {
    addEventListener(kind, listener, ...rest) {
        super.addEventListener(kind, (event) => {
            const begin = performance.now();
            listener(event);
            if (!event.data) return;
            window.measured.messages += 1;
            window.measured.handled += performance.now() - begin;
        }, ...rest);
    }
};
"""


def long_run(run: Path, trained: Path) -> None:
    """Write a run of 10,000 events that look like a long training."""
    shutil.copytree(trained, run)
    lines = (trained / "events.jsonl").read_text().splitlines()
    started = json.loads(lines[0]) | {"epochs": 100, "steps_per_epoch": 2000}
    events, timings = [started], []
    for number in range(1, NUM_EVENTS + 1):
        step, loss = 20 * number, 2.3 * math.exp(-number / 2000) + 0.05
        about = {"step": step, "epoch": (step - 1) // 2000 + 1}
        events.append(
            {"type": "Step", **about, "lr": 0.001, "loss": loss, "accuracy": 1 - loss / 3}
        )
        timings.append({"step": step, "time_s": 0.4 * number})
    (run / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (run / "timings.jsonl").write_text("".join(json.dumps(one) + "\n" for one in timings))


def history_ms(page: Page) -> float:
    """Return milliseconds from the click to the figures of the long run."""
    page.evaluate(
        "() => { window.begin = performance.now(); location.hash = '#view=training&run=long'; }"
    )
    shown = """() => {
        const figures = [...document.querySelectorAll('.head dd')].map((dd) => dd.textContent);
        return figures.some((text) => text.includes('200,000')) && performance.now() - window.begin;
    }"""
    return float(page.wait_for_function(shown, timeout=FIRST_S).json_value())


def measure(page: Page, place: str, seconds: float) -> None:
    """Print frames and handlers of some seconds."""
    page.wait_for_timeout(500)
    page.evaluate("() => { window.measured = {gaps: [], long: [], messages: 0, handled: 0}; }")
    page.wait_for_timeout(1000 * seconds)
    own: dict[str, Any] = page.evaluate("() => window.measured")
    gaps = sorted(own["gaps"])
    late = sum(gap > 34 for gap in gaps)
    print(
        f"{place}: {len(gaps) / seconds:.1f} frames/s, median {statistics.median(gaps):.1f} ms, "
        f"99th percentile {gaps[int(0.99 * len(gaps))]:.1f} ms, {late} of {len(gaps)} late; "
        f"{len(own['long'])} tasks over 50 ms; {own['messages']} messages, "
        f"{own['handled'] / max(1, own['messages']):.2f} ms in handlers for each"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        for _ in convscope.train("lenet5", "mnist", out=folder / "trained", epochs=1):
            pass
        workspace = folder / "workspace"
        long_run(workspace / "runs" / "long", folder / "trained")
        studio = Studio(workspace, options=["--stop-runs"])
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        try:
            page = studio.open(browser, "view=training", script=WATCH).page
            page.set_viewport_size({"width": 1440, "height": 1000})
            page.wait_for_timeout(2000)
            print(f"{NUM_EVENTS:,} events: {history_ms(page):.0f} ms from the click to the figures")
            state = "view=training&network=lenet5&data=mnist&set=epochs=40;log_every=2"
            page.evaluate("(state) => { location.hash = state; }", state)
            page.get_by_role("button", name="Start training").click(timeout=FIRST_S)
            page.get_by_role("button", name="Pause").wait_for(timeout=FIRST_S)
            page.locator(".live ol").wait_for(timeout=FIRST_S)
            measure(page, "curves", seconds)
            page.locator(".live ol").scroll_into_view_if_needed()
            measure(page, "layers", seconds)
        finally:
            browser.close()
            studio.close()


if __name__ == "__main__":
    main()
