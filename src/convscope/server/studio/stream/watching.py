"""News of runs that are watched: figures of their layers, predictions, and frames.

Only the newest of each is sent, and only while a page listens: a page that comes later reads all
from `/api/training/{id}/watch`.
"""

import time
from pathlib import Path
from typing import Any, final

from convscope.server.studio.context import Studio
from convscope.server.studio.stream.source import Source
from convscope.training.run.files import WATCH
from convscope.training.run.lock import is_locked
from convscope.training.watching import reading
from convscope.training.watching.files import ABOUT, FRAMES, PREDICTIONS, STATISTICS
from convscope.training.watching.records import About

EVERY_S = 0.25  # for one run: a page draws no faster
FOLDERS_S = 2.0


@final
class _Watched:
    """A run that is watched, as far as it was published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about: About | None = None
        self.times: dict[str, int] = {}
        self.steps = {STATISTICS: -1, PREDICTIONS: -1, FRAMES: -1}
        self.polled_at = 0.0

    def changed(self, name: str) -> bool:
        """Return whether a file or folder below `watch/` changed since the last call."""
        try:
            now = (self.folder / WATCH / name).stat().st_mtime_ns
        except OSError:
            now = 0
        is_new = self.times.get(name) != now
        self.times[name] = now
        return is_new and now != 0


@final
class Watching(Source):
    """New figures of runs that train.

    A message `watch`: {"run": its id, "about": ..., "statistics": ..., "predictions": ...,
    "frame": {"step", "epoch"}}; what is not new is left out.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Watched] = {}
        self._listed_at = -FOLDERS_S

    def poll(self, studio: Studio) -> bool:
        if studio.hub.num_clients == 0:
            return False
        now = time.monotonic()
        if now - self._listed_at >= FOLDERS_S:
            self._list(studio)
            self._listed_at = now
        for run_id, run in self._known.items():
            if now - run.polled_at >= EVERY_S:
                run.polled_at = now
                self._look(studio, run_id, run)
        return bool(self._known)

    def _list(self, studio: Studio) -> None:
        """Follow the runs that train; forget those that ended, after a last look."""
        folders = studio.workspace.runs()
        for run_id in list(self._known):
            if run_id not in folders or not is_locked(folders[run_id]):
                self._look(studio, run_id, self._known.pop(run_id))
        for run_id, folder in folders.items():
            if run_id not in self._known and (folder / WATCH).is_dir() and is_locked(folder):
                self._known[run_id] = _Watched(folder)

    def _look(self, studio: Studio, run_id: str, run: _Watched) -> None:
        news: dict[str, Any] = {}
        if run.changed(ABOUT):
            run.about = reading.read_about(run.folder)
            run.steps = dict.fromkeys(run.steps, -1)
            if run.about is not None:
                news["about"] = run.about.model_dump(mode="json")
        about = run.about
        if about is None:
            return
        if run.changed(STATISTICS):
            statistics = reading.latest_statistics(run.folder, about)
            if statistics is not None and statistics.step != run.steps[STATISTICS]:
                run.steps[STATISTICS] = statistics.step
                news["statistics"] = statistics.model_dump(mode="json", by_alias=True)
        if run.changed(PREDICTIONS):
            rows = reading.predictions(run.folder, most=1)
            if rows and rows[-1].step != run.steps[PREDICTIONS]:
                run.steps[PREDICTIONS] = rows[-1].step
                news["predictions"] = rows[-1].model_dump(mode="json")
        if run.changed(FRAMES):
            frames = reading.frames(run.folder, about)
            if frames and frames[-1].step != run.steps[FRAMES]:
                run.steps[FRAMES] = frames[-1].step
                news["frame"] = frames[-1].model_dump(mode="json")
        if news:
            studio.hub.publish("watch", {"run": run_id, **news})
