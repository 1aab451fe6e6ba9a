"""The studio's side of the worker: a bounded queue, progress, cancelling, and restarts."""

import asyncio
import contextlib
import itertools
import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from typing import Any, final

from fastapi import Request
from starlette.responses import Response

from convscope import errors
from convscope.errors import ConvscopeError
from convscope.server.answers import Refusal, refusal
from convscope.server.bodies import SHARE
from convscope.server.studio.stream.hub import Hub
from convscope.server.studio.worker import child
from convscope.server.studio.worker.tasks import TASKS

MOST_WAITING = 16
GRACE_S = 3.0  # for a task to notice that it was cancelled
START_S = 120.0
MEMORY_SHARE = 0.6  # of the machine's memory
CHECK_S = 0.25


class WorkerEnded(Exception):  # noqa: N818  becomes a sentence
    """The child process ended while it computed."""


@final
class Task:
    """One computation that waits, is computed, or was.

    Attributes:
        name, args: see `TASKS`.
        tag: names it in messages of the stream about its progress; chosen by the page.
        result: JSON, or an error.
    """

    def __init__(self, name: str, args: dict[str, Any], tag: str | None) -> None:
        self.name, self.args, self.tag = name, args, tag
        self.result: Future[bytes] = Future()
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        """Give up: nobody waits for the result."""
        self.cancelled.set()


@final
class Worker:
    """One child process; it starts with the first task.

    Args:
        hub: gets `task` messages: {"id", "done", "total", "text"}.
        memory_bytes: at which the child is ended; None: 60 % of the machine's.
        imports: a module that the child imports at its start; the rest comes with the tasks.
    """

    def __init__(
        self, hub: Hub, memory_bytes: int | None = None, *, imports: str = "torch"
    ) -> None:
        self._hub, self._imports = hub, imports
        self._memory_bytes = memory_bytes or _machine_memory(MEMORY_SHARE)
        self._tasks: queue.Queue[Task | None] = queue.Queue()
        self._waiting: list[Task] = []
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._numbers = itertools.count()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="convscope-worker", daemon=True)
        self._thread.start()

    def submit(self, name: str, args: dict[str, Any], tag: str | None = None) -> Task:
        """Queue a task.

        Raises:
            Refusal: 503, too many tasks wait, or the studio is stopping.
        """
        task = Task(name, args, tag)
        with self._lock:
            if self._closed:
                raise refusal(503, "the studio is stopping")
            self._waiting = [each for each in self._waiting if not each.result.done()]
            if len(self._waiting) >= MOST_WAITING:
                raise refusal(503, f"{len(self._waiting)} computations wait", fix="try again")
            self._waiting.append(task)
        self._tasks.put(task)
        return task

    async def run(self, name: str, args: dict[str, Any], request: Request | None = None) -> bytes:
        """Compute a task and return its result as JSON. A client that leaves cancels it.

        Args:
            request: of the client; its query value `task` names the task in the stream.

        Raises:
            ConvscopeError: what the task raised.
            Refusal: 503, too many tasks wait; 500, the worker crashed.
        """
        tag = None if request is None else request.query_params.get("task", "")[:64] or None
        task = self.submit(name, args, tag)
        if request is not None:
            request.scope[SHARE].give_up_by(task.cancel)
        try:
            return await asyncio.wrap_future(task.result)
        finally:
            task.cancel()

    async def answer(self, name: str, args: dict[str, Any], request: Request) -> Response:
        """Compute a task and return its result as the answer to a request; raises as `run`."""
        return Response(await self.run(name, args, request), media_type="application/json")

    def warm(self) -> None:
        """Start the process now, so that the first task does not wait for it."""
        with contextlib.suppress(Refusal):
            self.submit("worker.echo", {})

    def cancel_all(self) -> None:
        """Give up all tasks, and take no further one."""
        with self._lock:
            self._closed = True
            waiting = list(self._waiting)
        for task in waiting:
            task.cancel()

    def close(self) -> None:
        """End the process and all tasks."""
        self.cancel_all()
        self._tasks.put(None)
        self._thread.join(GRACE_S + 2)
        self._end()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            if task.cancelled.is_set():
                _set(task, ConvscopeError("the computation was cancelled"))
                continue
            try:
                self._compute(task)
            except WorkerEnded as error:
                self._end()
                text = str(error)
                _set(task, refusal(500, text, fix="try again, or a smaller network or image"))
            except ConvscopeError as error:
                _set(task, error)
            except Exception as error:
                self._end()
                _set(task, error)
        self._end()

    def _compute(self, task: Task) -> None:
        channel = self._started()
        number = next(self._numbers)
        message = {"number": number, "function": TASKS[task.name], "args": task.args}
        try:
            child.send(channel, json.dumps(message).encode())
            self._await(task, channel, number)
        except (EOFError, OSError):
            raise WorkerEnded(self._reason()) from None

    def _await(self, task: Task, channel: socket.socket, number: int) -> None:
        cancelled_at: float | None = None
        while True:
            readable, _, _ = select.select([channel], [], [], CHECK_S)
            if readable and self._is_answered(task, child.receive(channel)):
                return
            if task.cancelled.is_set():  # also while there is news of its progress all the time
                if cancelled_at is None:
                    cancelled_at = time.monotonic()
                    child.send(channel, json.dumps({"cancel": number}).encode())
                elif self._closed or time.monotonic() - cancelled_at > GRACE_S:
                    raise WorkerEnded("the computation was cancelled")
            if self._memory() > self._memory_bytes:
                raise WorkerEnded("the computation took too much memory and was ended")

    def _is_answered(self, task: Task, answer: bytes) -> bool:
        """Take a message of the process; return whether it is the answer."""
        kind, text = answer[:1], answer[1:]
        if kind == child.PROGRESS:
            self._report(task, text)
            return False
        if kind == child.RESULT:
            _set(task, text)
        elif kind == child.FAULT:
            sys.stderr.write(task.name + ": " + text.decode(errors="replace") + "\n")
            _set(task, refusal(500, "unexpected error, a fault of convscope"))
        else:
            _set(task, _restored(text))
        return True

    def _report(self, task: Task, text: bytes) -> None:
        if task.tag is not None:
            row = json.loads(text)
            self._hub.publish("task", {"id": task.tag, **row})

    def _started(self) -> socket.socket:
        if self._process is not None and self._process.poll() is None and self._channel is not None:
            return self._channel
        self._end()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", child.__name__, str(theirs.fileno()), self._imports],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for the studio
            )
        self._channel = ours
        end = time.monotonic() + START_S
        readable: list[Any] = []
        while not readable and not self._closed and time.monotonic() < end:
            readable, _, _ = select.select([ours], [], [], CHECK_S)
        try:
            if not readable or child.receive(ours) != child.READY:
                raise EOFError
        except (EOFError, OSError):
            raise WorkerEnded(self._reason()) from None
        return ours

    def _reason(self) -> str:
        process = self._process
        code = None
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(1)
        if code == -signal.SIGKILL:
            return "the computation was killed; the system may have run out of memory"
        return "the computation crashed" + ("" if code is None else f" (exit code {code})")

    def _memory(self) -> int:
        if self._process is None:
            return 0
        try:
            with open(f"/proc/{self._process.pid}/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return 0

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = self._channel = None


def _set(task: Task, outcome: bytes | Exception) -> None:
    if task.result.done():
        return
    if isinstance(outcome, bytes):
        task.result.set_result(outcome)
    else:
        task.result.set_exception(outcome)


def _restored(text: bytes) -> ConvscopeError:
    name, *parts = json.loads(text)
    kind = getattr(errors, name, ConvscopeError)
    error = kind(parts[0], expected=parts[1], fix=parts[2], where=parts[3], code=parts[4])
    assert isinstance(error, ConvscopeError)
    return error


def _machine_memory(share: float) -> int:
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * share)
