"""The queue of jobs: starts those that wait, a bounded number at once, and stops them.

Trainings and other work are counted apart, so that an evaluation does not wait for a night of
training. Jobs that wait are files, so that they survive a restart.
"""

import contextlib
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import final

from convscope.errors import ConvscopeError, StorageError
from convscope.io import storage
from convscope.server.answers import refusal
from convscope.server.schema import Reason
from convscope.server.studio.jobs import files
from convscope.server.studio.jobs.progress import of_run
from convscope.server.studio.jobs.record import LIVE, Job, JobKind, Progress, Stored
from convscope.server.studio.workspace import Workspace, id_of
from convscope.text import printable

AT_ONCE: Mapping[JobKind, int] = {"training": 2, "work": 2}
MOST_WAITING = 100
KEPT = 200  # finished jobs
KEPT_S = 30 * 24 * 3600.0
GRACE_S = 20.0  # a training writes its checkpoint after SIGTERM
CHILD = "convscope.cli.services.job"


@final
class Jobs:
    """All jobs of a workspace. Every method may be called from any thread."""

    def __init__(self, workspace: Workspace, at_once: Mapping[JobKind, int] = AT_ONCE) -> None:
        self._workspace, self._at_once = workspace, at_once
        self._folder = workspace.own / "jobs"
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._stored: dict[str, Stored] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._cancelled_at: dict[str, float] = {}
        self._news: set[str] = set()

    def load(self) -> None:
        """Read the jobs of earlier studios; remove old ones: see `KEPT` and `KEPT_S`."""
        with self._lock:
            try:
                names = sorted(os.listdir(self._folder))
            except OSError:
                names = []
            for name in names:
                folder = self._folder / name
                if folder.is_dir() and not folder.is_symlink() and not name.startswith("."):
                    self._read(folder)
            self._clean()

    def start(
        self,
        verb: str,
        arguments: Sequence[str],
        *,
        kind: JobKind = "work",
        run: Path | None = None,
    ) -> Job:
        """Put a verb of the command line into the queue.

        Args:
            arguments: as on the command line; a text that begins with "-" and is no option comes
                after "--". For a result, `--json` is among them.
            kind: how it is counted.
            run: the run folder that a training writes.

        Raises:
            Refusal: 503, too many jobs wait.
            StorageError: the job cannot be written.
        """
        with self._lock:
            waiting = sum(job.state == "waiting" for job in self._jobs.values())
            if waiting >= MOST_WAITING:
                raise refusal(
                    503,
                    f"{waiting} jobs wait",
                    expected=f"at most {MOST_WAITING}",
                    fix="cancel some, or wait",
                )
            created = time.time()
            stored = Stored(
                id=f"{int(created * 1000):x}-{secrets.token_hex(4)}",
                verb=verb,
                arguments=tuple(arguments),
                kind=kind,
                created=created,
                run=None if run is None else self._workspace.relative(run),
            )
            folder = self._folder / stored.id
            storage.make_folder(folder)
            storage.write_text(folder / files.JOB, stored.model_dump_json(indent=2) + "\n")
            self._read(folder)
            self._start_waiting()
            return self._jobs[stored.id]

    def all(self) -> tuple[Job, ...]:
        """Return all jobs, the newest first."""
        with self._lock:
            return tuple(sorted(self._jobs.values(), key=lambda job: job.created, reverse=True))

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            Refusal: 404.
        """
        with self._lock:
            if job_id not in self._jobs:
                raise refusal(404, "there is no such job", where=printable(job_id, 64))
            return self._jobs[job_id]

    def folder(self, job_id: str) -> Path:
        """Return the folder of a job; raises as `get`."""
        return self._folder / self.get(job_id).id

    def result(self, job_id: str) -> bytes:
        """Return what a job printed on standard output; raises as `get`.

        Raises:
            Refusal: 404, it has not ended well; 413, it is too large.
        """
        job = self.get(job_id)
        if job.state != "done":
            raise refusal(404, f"this job is {job.state}: it has no result", where=job_id)
        try:
            path = self._folder / job_id / files.OUTPUT
            return storage.read_bytes(path, most=files.MOST_RESULT_BYTES, follow=False)
        except ConvscopeError as error:
            raise refusal(413, "the result cannot be read", expected=error.expected) from None

    def cancel(self, job_id: str) -> Job:
        """Stop a job: a training saves a checkpoint first. Raises as `get`."""
        with self._lock:
            job = self.get(job_id)
            if job.state in LIVE:
                folder = self._folder / job_id
                storage.write_text(folder / files.CANCEL, "")
                self._cancelled_at.setdefault(job_id, time.monotonic())
                self._signal(job_id, signal.SIGTERM)
                self._read(folder)
            return self._jobs[job_id]

    def pid(self, job_id: str) -> int | None:
        """Return the process of a job that runs; raises as `get`."""
        return files.read_pid(self.folder(job_id))

    @property
    def is_busy(self) -> bool:
        """True while a job runs or waits."""
        with self._lock:
            return any(job.state in LIVE for job in self._jobs.values())

    def running(self) -> tuple[Job, ...]:
        """Return the jobs that run."""
        return tuple(job for job in self.all() if job.state == "running")

    def tick(self) -> list[Job]:
        """Look at all jobs that live, start those that wait; return those that changed."""
        with self._lock:
            for job_id, process in list(self._processes.items()):
                if process.poll() is not None:
                    del self._processes[job_id]
            for job in list(self._jobs.values()):
                if job.state in LIVE:
                    self._insist(job.id)
                    self._read(self._folder / job.id)
            self._start_waiting()
            changed = [self._jobs[job_id] for job_id in self._news if job_id in self._jobs]
            self._news.clear()
            return changed

    def _start_waiting(self) -> None:
        jobs = sorted(self._jobs.values(), key=lambda job: job.created)
        for kind, most in self._at_once.items():
            running = sum(job.state == "running" and job.kind == kind for job in jobs)
            waiting = [job for job in jobs if job.state == "waiting" and job.kind == kind]
            for job in waiting[: max(0, most - running)]:
                self._launch(job.id)
            for position, job in enumerate(waiting[max(0, most - running) :], start=1):
                self._put(self._jobs[job.id].model_copy(update={"position": position}))

    def _launch(self, job_id: str) -> None:
        folder, stored = self._folder / job_id, self._stored[job_id]
        try:
            handle = files.hold(folder)
        except StorageError as error:
            self._fail(job_id, error.given)
            return
        try:
            with (
                (folder / files.OUTPUT).open("wb") as out,
                (folder / files.ERROR).open("wb") as err,
            ):
                process = subprocess.Popen(
                    [sys.executable, "-m", CHILD, str(folder), str(handle)],
                    cwd=self._workspace.root,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    pass_fds=(handle,),
                    start_new_session=True,
                )
            files.write_pid(folder, process.pid)
            self._processes[stored.id] = process
        except OSError as error:
            self._fail(job_id, f"the process cannot be started: {error.strerror}")
        finally:
            os.close(handle)
        self._read(folder)

    def _fail(self, job_id: str, text: str) -> None:
        files.write_exit(self._folder / job_id, 1, Reason(given=text))

    def _insist(self, job_id: str) -> None:
        """Kill a job that was asked to stop long ago, with its children."""
        since = self._cancelled_at.get(job_id)
        if since is not None and time.monotonic() - since > GRACE_S:
            self._signal(job_id, signal.SIGKILL)

    def _signal(self, job_id: str, number: signal.Signals) -> None:
        folder = self._folder / job_id
        pid = files.read_pid(folder)
        if pid is None or not files.is_held(folder):  # a number alone may be another process
            return
        with contextlib.suppress(OSError):
            if number == signal.SIGKILL:
                os.killpg(pid, number)
            else:
                os.kill(pid, number)

    def _read(self, folder: Path) -> None:
        """Take over the state that the files of a job have."""
        stored = self._stored.get(folder.name) or files.read_stored(folder)
        if stored is None:
            self._put(_damaged(folder))
            return
        self._stored[stored.id] = stored
        known = self._jobs.get(stored.id)
        status = files.status(folder)
        run = None if stored.run is None else self._workspace.root / stored.run
        progress = known.progress if known is not None else Progress()
        if status.state == "running" or known is None or known.state in LIVE:
            progress = of_run(run) if run is not None else Progress()
            progress = progress if progress.total else files.read_progress(folder)
        started = None if status.state == "waiting" else _changed(folder / files.LOCK)
        if started is not None:  # the kernel dates files by its last tick, up to 10 ms in the past
            started = max(started, stored.created)
        self._put(
            Job(
                id=stored.id,
                verb=stored.verb,
                kind=stored.kind,
                command=shlex.join(["convscope", stored.verb, *stored.arguments]),
                state=status.state,
                progress=progress,
                resumable=self._is_resumable(stored, status, run),
                exit_code=status.exit_code,
                error=status.error,
                created=stored.created,
                started=started,
                ended=status.ended,
                run=None if run is None else self._workspace.run_id(run),
                position=known.position if known and status.state == "waiting" else None,
            )
        )

    def _is_resumable(self, stored: Stored, status: files.Status, run: Path | None) -> bool:
        if status.state not in ("cancelled", "failed") or stored.kind != "training" or run is None:
            return False
        return (run / "recipe.json").is_file()

    def _put(self, job: Job) -> None:
        if self._jobs.get(job.id) != job:
            self._jobs[job.id] = job
            self._news.add(job.id)

    def _clean(self) -> None:
        """Remove finished jobs: all but the newest 200, and those older than 30 days."""
        ended = [job for job in self.all() if job.state not in LIVE]
        for number, job in enumerate(ended):
            if number >= KEPT or time.time() - job.created > KEPT_S:
                shutil.rmtree(self._folder / job.id, ignore_errors=True)
                self._jobs.pop(job.id, None)
                self._stored.pop(job.id, None)


def _damaged(folder: Path) -> Job:
    reason = Reason(given="the files of this job are damaged", where=folder.name)
    created = _changed(folder) or 0.0
    return Job(
        id=id_of(folder.name),
        verb="",
        kind="work",
        command="",
        state="damaged",
        error=reason,
        created=created,
    )


def _changed(path: Path) -> float | None:
    try:
        return path.lstat().st_mtime
    except OSError:
        return None
