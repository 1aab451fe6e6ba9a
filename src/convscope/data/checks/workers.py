"""Probe files in child processes: a file that crashes or hangs the decoder costs only itself."""

import contextlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, final

from convscope.errors import DataError, InputError
from convscope.io.conversion import NAMED
from convscope.io.photos import Reference
from convscope.machine.cpus import available_cpus

Result = dict[str, Any]
Task = tuple[int, Reference]

MAX_WORKERS = 16
MAX_PENDING = 32
"""Files sent to a process ahead; with MAX_BYTES, no pipe fills up while both sides write."""

MAX_BYTES = 32 << 10
TIMEOUT_S = 60.0
"""Time limit for one file; the largest image takes about 10 s."""


def probe_all(
    references: list[Reference],
    *,
    background: str = NAMED["white"],
    workers: int | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Iterator[tuple[int, Result]]:
    """Yield the index and the `io.photos.probe` result of each file, as they complete.

    Args:
        background: below transparent pixels.
        workers: number of processes; default: one per core.
        timeout_s: time limit for one file.

    Raises:
        InputError: fewer than one worker.
    """
    if workers is not None and workers < 1:
        raise InputError(f"workers={workers}", expected="1 or more")
    count = min(available_cpus() if workers is None else workers, MAX_WORKERS, len(references))
    tasks = deque(enumerate(references))
    results: queue.SimpleQueue[tuple[int, Result] | BaseException] = queue.SimpleQueue()
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=_work, args=(tasks, results, stop, timeout_s, background), daemon=True
        )
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in references:
            result = results.get()
            if isinstance(result, BaseException):
                raise result
            yield result
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _work(
    tasks: deque[Task],
    results: "queue.SimpleQueue[tuple[int, Result] | BaseException]",
    stop: threading.Event,
    timeout_s: float,
    background: str,
) -> None:
    """Run child processes one after another in a thread until no tasks are left."""
    try:
        pending: deque[Task] = deque()
        while not stop.is_set() and (pending or tasks):
            with _Process(timeout_s, stop, background) as process:
                for index, result in process.run(pending, tasks):
                    results.put((index, result))
    except BaseException as error:  # raised again in the main thread
        results.put(error)


@final
class _Process:
    """A child process that probes files; when it ends, `pending` holds its unfinished tasks."""

    def __init__(self, timeout_s: float, stop: threading.Event, background: str) -> None:
        self._timeout_s, self._stop = timeout_s, stop
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "convscope.io.photos.probe", background],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | one_thread | {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": _path()},
            )
        except OSError as error:
            reason = (error.strerror or "system error").lower()
            raise DataError(
                f"a process that decodes images cannot start: {reason}",
                fix="fewer --workers, or close other programs",
            ) from None
        self._buffer, self._timed_out = b"", False

    def __enter__(self) -> "_Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # the child died with unread input
                pipe.close()
        self._child.wait()

    def run(self, pending: deque[Task], tasks: deque[Task]) -> Iterator[tuple[int, Result]]:
        """Yield results until no tasks are left, or the child died because of the current file."""
        if not self._line() and not self._stop.is_set():
            raise DataError(
                "a process that decodes images ended at its start",
                fix=f"try `{sys.executable} -P -m convscope.io.photos.probe`, which prints why",
            )
        self._send(list(pending))
        while not self._stop.is_set():
            self._send(_take(pending, tasks))
            if not pending:
                return
            line = self._line()
            if not line:
                break
            index, _ = pending.popleft()
            yield index, json.loads(line)
        if not self._stop.is_set():
            index, _ = pending.popleft()
            yield index, self._failure()

    def _send(self, tasks: list[Task]) -> None:
        lines = [json.dumps(reference._replace(where="")) for _, reference in tasks]
        pipe = self._child.stdin
        assert pipe is not None
        with contextlib.suppress(OSError):  # the child died: its last output is still read
            pipe.write("".join(f"{line}\n" for line in lines).encode("ascii"))
            pipe.flush()

    def _line(self) -> str:
        """Return the next output line; "" if the child died or exceeded the time limit."""
        pipe = self._child.stdout
        assert pipe is not None
        remaining_s = self._timeout_s
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([pipe], [], [], min(0.5, remaining_s))
            if self._stop.is_set():
                return ""
            if ready:
                part = os.read(pipe.fileno(), 1 << 16)
                if not part:
                    return ""
                self._buffer += part
                continue
            remaining_s -= 0.5
            if remaining_s <= 0:
                self._child.kill()
                self._timed_out = True
                return ""
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode("utf-8")

    def _failure(self) -> Result:
        if self._timed_out:
            return {"problem": "hangs", "text": f"no result after {self._timeout_s:g} s"}
        code = self._child.wait()
        reason = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return {"problem": "crashes", "text": f"the decoder {reason}"}


def _take(pending: deque[Task], tasks: deque[Task]) -> list[Task]:
    """Move tasks to the pending ones, at most as many as fit into the pipe; return them."""
    new: list[Task] = []
    size = sum(_size(task) for task in pending)
    while len(pending) < MAX_PENDING and (size < MAX_BYTES // 2 or not pending):
        try:
            task = tasks.popleft()
        except IndexError:
            break
        if pending and size + _size(task) > MAX_BYTES:
            tasks.appendleft(task)
            break
        size += _size(task)
        pending.append(task)
        new.append(task)
    return new


def _size(task: Task) -> int:
    """Return an upper bound of the bytes that a task takes in the pipe."""
    return 6 * len(task[1].path) + 64


def _path() -> str:
    """Return the import path, so that the child uses the same convscope."""
    return os.pathsep.join(part for part in sys.path if part)
