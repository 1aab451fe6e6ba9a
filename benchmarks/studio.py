"""The studio's server: start, idle processor time, memory, loading of runs, latency of events.

python benchmarks/studio.py

Prints seconds and shares; budgets are in docs/decisions/0017-the-studio.md.
"""

import http.client
import http.cookiejar
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

RUNS, EVENTS = 20, 10_000
IDLE_S = 20.0
LINES = 60


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number in range(RUNS):
            write_run(root / "runs" / f"run-{number}")
        start = time.perf_counter()
        studio = Studio(root)
        print(f"start of the program to its link: {time.perf_counter() - start:.2f} s")
        try:
            measure(studio, root)
        finally:
            studio.process.terminate()
            studio.process.wait()


def measure(studio: "Studio", root: Path) -> None:
    time.sleep(2)
    before = studio.cpu_s()
    time.sleep(IDLE_S)
    share = (studio.cpu_s() - before) / IDLE_S
    print(f"idle, {RUNS} runs: {100 * share:.2f} % of a processor, {studio.memory_mb():.0f} MB")
    start = time.perf_counter()
    runs = studio.get("/api/training")["runs"]
    listed = time.perf_counter() - start
    total = 0
    for number in range(RUNS):
        reply = studio.get(f"/api/runs/run-{number}/events")
        total += len(reply["events"])
    seconds = time.perf_counter() - start
    print(f"loading {len(runs)} runs of {EVENTS:,} events: {seconds:.2f} s (list {listed:.2f} s)")
    assert total >= RUNS * EVENTS
    latencies = follow(studio, root / "runs" / "run-0" / "events.jsonl")
    latencies.sort()
    middle, last = latencies[len(latencies) // 2], latencies[-1]
    print(f"line on disk to client: median {1000 * middle:.0f} ms, most {1000 * last:.0f} ms")
    print(f"after all: {studio.memory_mb():.0f} MB")


def follow(studio: "Studio", path: Path) -> list[float]:
    """Append lines to the events of a run that is locked; return the seconds until each came."""
    import fcntl

    lock = (path.parent / "run.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    arrived: dict[int, float] = {}
    counts: list[float] = []
    stream = studio.stream()

    def listen() -> None:
        for line in stream:
            if line.startswith(b"data:") and b'"run-0"' in line:
                now = time.perf_counter()
                counts.append(now)
                for event in json.loads(line[5:])["events"]:
                    arrived.setdefault(event["step"], now)

    threading.Thread(target=listen, daemon=True).start()
    time.sleep(3)
    written = {}
    with path.open("ab", buffering=0) as file:
        for step in range(100_000, 100_000 + LINES):
            written[step] = time.perf_counter()
            file.write(event_line(step))
            time.sleep(0.05)
        time.sleep(1)
        start, before = time.perf_counter(), len(counts)
        for step in range(200_000, 205_000):
            file.write(event_line(step))
            if step % 10 == 0:
                time.sleep(0.01)
        time.sleep(1)
    rate = (len(counts) - before) / (time.perf_counter() - start)
    print(f"5,000 lines in 5 s: {rate:.1f} messages/s, {len(arrived) - LINES:,} arrived")
    lock.close()
    return [arrived[step] - at for step, at in written.items() if step in arrived]


def event_line(step: int) -> bytes:
    row = {"type": "Step", "step": step, "epoch": 1, "lr": 0.1, "loss": 0.5, "accuracy": 0.9}
    return json.dumps(row).encode() + b"\n"


def write_run(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_text(json.dumps({"epochs": 10}))
    (folder / "architecture.json").write_text("{}")
    started: dict[str, Any] = {
        "type": "Started", "architecture": "lenet5", "data": "mnist", "parameters": 61706,
        "epochs": 10, "steps_per_epoch": EVENTS // 10, "batch_size": 10,
        "training_samples": 100, "validation_samples": 10,
    }  # fmt: skip
    with (folder / "events.jsonl").open("wb") as file:
        file.write(json.dumps(started).encode() + b"\n")
        for step in range(EVENTS):
            file.write(event_line(step))


class Studio:
    """A studio as a program, and a client with a session."""

    def __init__(self, root: Path) -> None:
        line = [sys.executable, "-m", "convscope", "studio", str(root)]
        line += ["--port", "0", "--no-browser", "--json"]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        facts = json.loads(self.process.stdout.readline())
        self.url = facts["url"]
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self._opener.open(facts["link"]).read()

    def get(self, path: str) -> Any:
        return json.loads(self._opener.open(self.url + path).read())

    def stream(self) -> http.client.HTTPResponse:
        address = self.url.removeprefix("http://")
        connection = http.client.HTTPConnection(address)
        cookie = "; ".join(f"{each.name}={each.value}" for each in self.jar)
        connection.request("GET", "/api/events", headers={"cookie": cookie})
        return connection.getresponse()

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
