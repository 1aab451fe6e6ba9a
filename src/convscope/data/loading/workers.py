"""Processes that decode photos for training, and the watch over them.

Each worker is a program of its own (no fork of a process with threads, no second run of the
user's script). References to files go to it through a socket; pixels come back through memory
that both have mapped: an anonymous file, which no limit of /dev/shm touches. A worker ends when
its socket does, so that none outlives the training process, however that ends.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from mmap import mmap

import numpy as np
from numpy.typing import NDArray

from convscope.errors import ConvscopeError, DataError
from convscope.io.photos.worker import (
    DONE,
    LENGTH,
    READY,
    Setup,
    Task,
    packed_setup,
    packed_tasks,
    unpacked_error,
)

MOST_WORKERS = 8
TIMEOUT_S = 60.0  # the largest image that is read takes some 5 seconds to decode
START_S = 60.0  # a worker starts in a quarter of a second, and late where the machine is busy
START = "from convscope.io.photos.worker import main; main({connection}, {memory})"


def processors() -> int:
    """How many this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def default_workers(world_size: int = 1) -> int:
    """One a processor, at most eight; the ranks of one machine share its processors."""
    told = os.environ.get("LOCAL_WORLD_SIZE", "")  # torchrun's word for how many those are
    ranks_here = int(told) if told.isdigit() and 1 <= int(told) <= world_size else world_size
    return max(1, min(MOST_WORKERS, processors() // max(1, ranks_here)))


@dataclass
class _Worker:
    number: int
    process: subprocess.Popen[bytes]
    channel: socket.socket
    waiting: deque[tuple[int, int, str]] = field(default_factory=deque)  # ticket, place, where
    received: bytearray = field(default_factory=bytearray)
    heard: float = 0.0
    ready: bool = False

    @property
    def name(self) -> str:
        return f"worker {self.number} (process {self.process.pid})"


@dataclass
class _Ticket:
    left: int
    errors: dict[int, ConvscopeError] = field(default_factory=dict)


class Workers:
    """A number of decoding processes that share `places` frames of memory with this one.

    Args:
        timeout_s: how long a worker may be silent while it is waited for.

    Raises:
        DataError: they could not be started.
    """

    def __init__(
        self, setup: Setup, *, num_workers: int, places: int, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._timeout_s = timeout_s
        self._tickets: dict[int, _Ticket] = {}
        self._issued = 0
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._end = weakref.finalize(self, _end, self._workers, self._selector, os.getpid())
        try:
            with _anonymous_file(places * setup.frame_bytes) as memory:
                self._memory = mmap(memory, places * setup.frame_bytes)
                for number in range(num_workers):
                    self._workers.append(_started(number, memory))
        except OSError as error:
            self.close()
            raise DataError(
                f"the processes that decode photos cannot be started: {error.strerror}",
                fix="workers=0 decodes in the training process",
            ) from error
        height, width = setup.size
        self.frames_NHWC: NDArray[np.uint8] = np.frombuffer(self._memory, np.uint8).reshape(
            places, height, width, setup.channels
        )
        for worker in self._workers:
            self._selector.register(worker.channel, selectors.EVENT_READ, worker)
            self._send(worker, packed_setup(setup), "")

    @property
    def processes(self) -> tuple[int, ...]:
        """Their process ids."""
        return tuple(worker.process.pid for worker in self._workers)

    def submit(self, tasks: list[Task]) -> int:
        """Begin to make frames; a number to wait for them by."""
        self._issued += 1
        self._tickets[self._issued] = _Ticket(len(tasks))
        for worker in self._workers:
            share = tasks[worker.number :: len(self._workers)]
            worker.waiting += [(self._issued, t.place, t.reference.where) for t in share]
            if share:
                self._send(worker, packed_tasks(share), share[0].reference.where)
        return self._issued

    def wait(self, ticket: int) -> None:
        """Until all frames of a ticket are in their places.

        Raises:
            DataError: a worker died, or was silent for too long; names it and its file.
            ConvscopeError: an image cannot be read; the first one in the order of the places.
        """
        begun = time.monotonic()
        for worker in self._workers:
            worker.heard = begun
        wanted = self._tickets[ticket]
        while wanted.left:
            for key, _ in self._selector.select(timeout=min(1.0, self._timeout_s / 4)):
                self._receive(key.data)
            self._check_silence(ticket)
        del self._tickets[ticket]
        if wanted.errors:
            raise wanted.errors[min(wanted.errors)]

    def drain(self) -> None:
        """Wait for everything that was begun, whatever came of it."""
        for ticket in list(self._tickets):
            try:
                self.wait(ticket)
            except DataError:
                if not self._end.alive:
                    raise
            except ConvscopeError:
                continue

    def close(self) -> None:
        """End the processes. What they were making is lost."""
        self._end()

    def _send(self, worker: _Worker, message: bytes, where: str) -> None:
        try:
            worker.channel.settimeout(self._timeout_s)
            worker.channel.sendall(message)
        except TimeoutError:
            raise self._silent(worker, where) from None
        except ConnectionError:
            raise self._died(worker) from None
        worker.channel.setblocking(False)

    def _receive(self, worker: _Worker) -> None:
        try:
            part = worker.channel.recv(1 << 16)
        except ConnectionError:
            part = b""
        if not part:
            raise self._died(worker)
        worker.heard = time.monotonic()
        worker.received += part
        if worker.received[:1] == READY:
            del worker.received[:1]
            worker.ready = True
        for error in _answers(worker.received):
            ticket, place, _ = worker.waiting.popleft()
            self._tickets[ticket].left -= 1
            if error is not None:
                self._tickets[ticket].errors[place] = error

    def _check_silence(self, ticket: int) -> None:
        now = time.monotonic()
        for worker in self._workers:
            owes = any(waiting[0] == ticket for waiting in worker.waiting)
            patience = self._timeout_s if worker.ready else max(START_S, self._timeout_s)
            if owes and now - worker.heard > patience:
                raise self._silent(worker, worker.waiting[0][2])

    def _silent(self, worker: _Worker, where: str) -> DataError:
        self.close()
        if not worker.ready:
            return _not_started(worker, f"in {START_S:g} s")
        return DataError(
            f"{worker.name} has not answered for {self._timeout_s:g} s, decoding this file",
            fix="look at the file, and at the disk that it lies on; "
            "`convscope data check` reads every file once",
            where=worker.waiting[0][2] if worker.waiting else where,
        )

    def _died(self, worker: _Worker) -> DataError:
        try:
            code = worker.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = 0
        how = f"ended with code {code}"
        if code < 0:
            how = f"was ended by {signal.Signals(-code).name}"
        if code == -signal.SIGKILL:
            how += " (as the system does it when memory runs out)"
        self.close()
        if not worker.ready:
            return _not_started(worker, f"and {how}")
        return DataError(
            f"{worker.name} {how}, decoding this file",
            fix="look at the file, and at the memory that is free; fewer workers need less",
            where=worker.waiting[0][2] if worker.waiting else "",
        )


def _not_started(worker: _Worker, how: str) -> DataError:
    return DataError(
        f"{worker.name}, which was to decode photos, did not start {how}",
        fix="look at what it wrote above, and at the memory that is free; "
        "workers=0 decodes in the training process",
    )


def _answers(received: bytearray) -> Iterable[ConvscopeError | None]:
    """Takes whole answers off what was received: one for each frame, in order."""
    while received:
        if received[:1] == DONE:
            del received[:1]
            yield None
            continue
        end = 1 + LENGTH.size
        if len(received) < end:
            return
        end += LENGTH.unpack_from(received, 1)[0]
        if len(received) < end:
            return
        packed = bytes(received[1 + LENGTH.size : end])
        del received[:end]
        yield unpacked_error(packed)


@contextmanager
def _anonymous_file(size: int) -> Iterator[int]:
    """Memory that has a descriptor and no name; without memfd, a file that has none."""
    try:
        memory = os.memfd_create("convscope-frames")
    except AttributeError:
        memory, path = tempfile.mkstemp()
        os.unlink(path)
    try:
        os.ftruncate(memory, size)
        yield memory
    finally:
        os.close(memory)


def _started(number: int, memory: int) -> _Worker:
    here, there = socket.socketpair()
    with there, ExitStack() as undone:
        undone.callback(here.close)
        connection = there.fileno()
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", START.format(connection=connection, memory=memory)],
            stdin=subprocess.DEVNULL,
            pass_fds=(connection, memory),
            process_group=0,  # Ctrl-C is for the training process, which then ends them
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
        )
        undone.pop_all()
    return _Worker(number, process, here)


def _end(workers: list[_Worker], selector: selectors.BaseSelector, owner: int) -> None:
    if os.getpid() != owner:  # a fork of the training process: they are not its own
        return
    selector.close()
    for worker in workers:
        worker.channel.close()
        worker.process.kill()
    for worker in workers:
        worker.process.wait()
