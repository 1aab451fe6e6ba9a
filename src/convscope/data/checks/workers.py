"""Many files looked at in processes of their own: one that crashes or hangs costs one file."""

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

from convscope.errors import InputError
from convscope.io.photos import Reference

Answer = dict[str, Any]
Task = tuple[int, Reference]

MOST_WORKERS = 16
MOST_WAITING = 32
"""Files given to a process ahead; with MOST_BYTES, no pipe fills up while both sides write."""

MOST_BYTES = 32 << 10
PATIENCE_S = 60.0
"""The longest that one file may take; the largest that is read takes some 10 s."""


def probe_all(
    references: list[Reference], *, workers: int | None = None, patience_s: float = PATIENCE_S
) -> Iterator[tuple[int, Answer]]:
    """Each file's number and what `photos.probe` found, as they come; ends when all are done.

    Args:
        workers: processes; by default one a core.
        patience_s: a file that takes longer has hung its process.

    Raises:
        InputError: fewer than one worker.
    """
    if workers is not None and workers < 1:
        raise InputError(f"{workers} workers", expected="1 or more")
    count = min(workers or len(os.sched_getaffinity(0)), MOST_WORKERS, len(references))
    tasks = deque(enumerate(references))
    answers: queue.SimpleQueue[tuple[int, Answer] | BaseException] = queue.SimpleQueue()
    stop = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(tasks, answers, stop, patience_s), daemon=True)
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in references:
            answer = answers.get()
            if isinstance(answer, BaseException):
                raise answer
            yield answer
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _work(
    tasks: deque[Task],
    answers: "queue.SimpleQueue[tuple[int, Answer] | BaseException]",
    stop: threading.Event,
    patience_s: float,
) -> None:
    """One thread for one process after another, until there is nothing to do."""
    try:
        waiting: deque[Task] = deque()
        while not stop.is_set() and (waiting or tasks):
            with _Process(patience_s, stop) as process:
                for number, answer in process.answer(waiting, tasks):
                    answers.put((number, answer))
    except BaseException as error:  # told where it is heard
        answers.put(error)


@final
class _Process:
    """A child that answers; at its end `waiting` holds what it was given and did not do."""

    def __init__(self, patience_s: float, stop: threading.Event) -> None:
        self._patience_s, self._stop = patience_s, stop
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "convscope.io.photos.probe"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | one_thread | {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": _path()},
        )
        self._rest, self._hung = b"", False

    def __enter__(self) -> "_Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # it died with something unread in its pipe
                pipe.close()
        self._child.wait()

    def answer(self, waiting: deque[Task], tasks: deque[Task]) -> Iterator[tuple[int, Answer]]:
        """Until the tasks are done, or the child is: then the file at hand gets the blame."""
        if not self._line() and not self._stop.is_set():
            raise RuntimeError(f"{sys.executable} does not start convscope.io.photos.probe")
        self._give(list(waiting))
        while not self._stop.is_set():
            self._give(_take(waiting, tasks))
            if not waiting:
                return
            line = self._line()
            if not line:
                break
            number, _ = waiting.popleft()
            yield number, json.loads(line)
        if not self._stop.is_set():
            number, _ = waiting.popleft()
            yield number, self._blame()

    def _give(self, tasks: list[Task]) -> None:
        lines = [json.dumps(reference._replace(where="")) for _, reference in tasks]
        pipe = self._child.stdin
        assert pipe is not None
        with contextlib.suppress(OSError):  # it is dead: its last words are still to be read
            pipe.write("".join(f"{line}\n" for line in lines).encode("ascii"))
            pipe.flush()

    def _line(self) -> str:
        """The next line; "" where the child died, or was killed because it took too long."""
        pipe = self._child.stdout
        assert pipe is not None
        left_s = self._patience_s
        while b"\n" not in self._rest:
            ready, _, _ = select.select([pipe], [], [], min(0.5, left_s))
            if self._stop.is_set():
                return ""
            if ready:
                part = os.read(pipe.fileno(), 1 << 16)
                if not part:
                    return ""
                self._rest += part
                continue
            left_s -= 0.5
            if left_s <= 0:
                self._child.kill()
                self._hung = True
                return ""
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8")

    def _blame(self) -> Answer:
        if self._hung:
            return {"problem": "hangs", "text": f"not done after {self._patience_s:g} s"}
        code = self._child.wait()
        why = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return {"problem": "crashes", "text": f"the decoder ended {why}"}


def _take(waiting: deque[Task], tasks: deque[Task]) -> list[Task]:
    """More tasks for a process, moved behind what it has; never more than its pipes can hold."""
    fresh: list[Task] = []
    held = sum(_weight(task) for task in waiting)
    while len(waiting) < MOST_WAITING and (held < MOST_BYTES // 2 or not waiting):
        try:
            task = tasks.popleft()
        except IndexError:
            break
        if waiting and held + _weight(task) > MOST_BYTES:
            tasks.appendleft(task)
            break
        held += _weight(task)
        waiting.append(task)
        fresh.append(task)
    return fresh


def _weight(task: Task) -> int:
    return 6 * len(task[1].path) + 64


def _path() -> str:
    """So that the child finds the same convscope, wherever this one was found."""
    return os.pathsep.join(part for part in sys.path if part)
