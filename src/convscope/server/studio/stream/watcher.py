"""Watcher of the workspace: one thread that looks at run folders and jobs, and publishes news.

Events of runs are read from byte offsets. A run that trains is looked at ten times a second, which
is one `stat`; the folders are listed every second or two. A run that the command line starts
appears by itself.

A further thing to watch is a source: a class with `poll`, and a line in `SOURCES`.
"""

import json
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, ClassVar, final

from convscope.runs.record import RunRecord, read_run
from convscope.server.studio.context import Studio
from convscope.server.studio.stream.lines import Tail, as_json
from convscope.server.studio.stream.source import Source
from convscope.server.studio.stream.watching import Watching
from convscope.training.run.files import EVENTS
from convscope.training.run.lock import is_locked

ACTIVE_S = 0.1
IDLE_S = 0.5
FOLDERS_S = 2.0
RECORD_S = 1.0  # between two readings of a run that makes nothing but steps
STEP = b'{"type":"Step",'
MESSAGE_BYTES = 256 << 10  # of new events in one message; a tab fetches the rest


@final
class _Run:
    """A run, as far as it was published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tail = Tail(folder / EVENTS)
        self.is_running = False
        self.locked_at = 0.0  # when the lock was looked at, which opens a file
        self.record: RunRecord | None = None
        self.read_at = 0.0  # when the record was read


@final
class Runs(Source):
    """New runs, their state, and their new events.

    A message `run`: {"id", "run": its record, "events": new ones, "from", "to": offsets in
    events.jsonl}. A tab whose offset is not `from` gets what it lacks from
    `/api/runs/{id}/events?offset=N`. Gone runs have "run": null.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Run] = {}
        self._listed_at = -FOLDERS_S
        self._is_first = True

    def poll(self, studio: Studio) -> bool:
        now = time.monotonic()
        if now - self._listed_at >= FOLDERS_S:
            self._list(studio)
            self._listed_at = time.monotonic()
        for run_id, run in self._known.items():
            if run.is_running or run.tail.changed():
                self._look(studio, run_id, run)
        return any(run.is_running for run in self._known.values())

    def _list(self, studio: Studio) -> None:
        folders = studio.workspace.runs()
        for run_id in [known for known in self._known if known not in folders]:
            del self._known[run_id]
            studio.hub.publish("run", {"id": run_id, "run": None, "events": [], "from": 0, "to": 0})
        for run_id, folder in folders.items():
            run = self._known.get(run_id)
            if run is None or run.folder != folder:
                self._known[run_id] = run = _Run(folder)
                self._begin(run)
                if not self._is_first:
                    self._publish(studio, run_id, run, b"[]", run.tail.offset, run.tail.offset)
            elif is_locked(folder) != run.is_running:
                self._look(studio, run_id, run)
        self._is_first = False

    def _begin(self, run: _Run) -> None:
        """Skip what a run has: tabs read it from the start."""
        run.is_running = is_locked(run.folder)
        while run.tail.read().more:
            pass

    def _look(self, studio: Studio, run_id: str, run: _Run) -> None:
        was_running, changed = run.is_running, run.tail.changed()
        if changed or not self._is_soon(run):
            run.is_running = is_locked(run.folder)
        if not changed and was_running == run.is_running:
            return
        lines = run.tail.read()
        start, end = lines.start, lines.end
        text = lines.text if len(lines.text) <= MESSAGE_BYTES else b""
        while lines.more:
            lines = run.tail.read()
            text, end = b"", lines.end
        only_steps = bool(text) and text.count(b"\n") == text.count(STEP)
        if not only_steps or was_running != run.is_running:
            run.record = None
        self._publish(studio, run_id, run, as_json(text), start if text else end, end)

    def _is_soon(self, run: _Run) -> bool:
        """Return whether the lock was looked at a moment ago."""
        now = time.monotonic()
        if now - run.locked_at < IDLE_S:
            return True
        run.locked_at = now
        return False

    def _publish(
        self, studio: Studio, run_id: str, run: _Run, events: bytes, start: int, end: int
    ) -> None:
        name = studio.workspace.relative(run.folder)
        now = time.monotonic()
        # reading 10,000 events takes 10 ms, which a run that trains would miss ten times a second
        if run.record is None or now - run.read_at >= RECORD_S:
            run.record, run.read_at = read_run(run.folder, name), now
        record: dict[str, Any] = {**run.record.to_dict(), "id": run_id}
        record["folder"] = name
        head = json.dumps({"id": run_id, "run": record, "from": start, "to": end})
        studio.hub.publish("run", head[:-1].encode() + b', "events": ' + events + b"}")


@final
class JobStates(Source):
    """Jobs: their state and progress; those that wait are started."""

    def poll(self, studio: Studio) -> bool:
        for job in studio.jobs.tick():
            studio.hub.publish("job", job.model_dump_json().encode())
        return studio.jobs.is_busy


SOURCES: tuple[type[Source], ...] = (JobStates, Runs, Watching)
"""What is watched."""


@final
class Watcher:
    """The thread that polls all sources."""

    name: ClassVar[str] = "convscope-watcher"

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._sources = [source() for source in SOURCES]
        self._stop = threading.Event()
        self._failed: set[str] = set()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def poll(self) -> bool:
        """Look at all sources once; return whether more is expected soon."""
        soon = False
        for source in self._sources:
            try:
                soon = source.poll(self._studio) or soon
            except Exception as error:  # a fault of one source must not stop the others
                text = "".join(traceback.format_exception(error))
                if text not in self._failed:  # once
                    self._failed.add(text)
                    sys.stderr.write(text)
        return soon

    def _run(self) -> None:
        while not self._stop.is_set():
            soon = self.poll()
            self._stop.wait(ACTIVE_S if soon else IDLE_S)
