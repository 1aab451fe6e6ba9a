"""Pool of worker processes that decode photos for training, with timeouts.

Each worker is a separate program (no fork of a multi-threaded process, no second run of the
user's script). File references are sent through a socket; pixels return through shared memory in
an anonymous file, so that the size of /dev/shm does not matter. A worker ends when its socket is
closed, so that none outlives the training process.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections import deque
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from mmap import mmap

import numpy as np
from numpy.typing import NDArray

from convscope.errors import ConvscopeError, DataError
from convscope.io.photos.resources import create_shared_memory
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
from convscope.machine.cpus import available_cpus

MAX_WORKERS = 8
TIMEOUT_S = 60.0  # the largest image takes about 5 s to decode
START_S = 60.0  # a worker starts in 0.25 s, on a busy machine later
START = "from convscope.io.photos.worker import main; main({connection}, {memory})"


def default_workers(world_size: int = 1) -> int:
    """Return one worker per core, at most 8; the ranks of a machine share its cores."""
    text = os.environ.get("LOCAL_WORLD_SIZE", "")  # set by torchrun
    local = int(text) if text.isdigit() and 1 <= int(text) <= world_size else world_size
    return max(1, min(MAX_WORKERS, available_cpus() // max(1, local)))


@dataclass
class _Worker:
    number: int
    process: subprocess.Popen[bytes]
    channel: socket.socket
    waiting: deque[tuple[int, int, str]] = field(default_factory=deque)  # ticket, slot, where
    received: bytearray = field(default_factory=bytearray)
    last_response: float = 0.0
    ready: bool = False

    @property
    def name(self) -> str:
        return f"worker {self.number} (process {self.process.pid})"


@dataclass
class _Ticket:
    remaining: int
    errors: dict[int, ConvscopeError] = field(default_factory=dict)


class Workers:
    """Pool of decoding processes with shared memory for `num_slots` crops.

    Args:
        timeout_s: limit for a worker's response.

    Raises:
        DataError: the processes cannot be started.
    """

    def __init__(
        self, setup: Setup, *, num_workers: int, num_slots: int, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._timeout_s = timeout_s
        self._tickets: dict[int, _Ticket] = {}
        self._issued = 0
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._end = weakref.finalize(self, _end, self._workers, self._selector, os.getpid())
        try:
            with ExitStack() as started:
                memory = create_shared_memory(num_slots * setup.crop_bytes)
                started.callback(os.close, memory)
                self._memory = mmap(memory, num_slots * setup.crop_bytes)
                for number in range(num_workers):
                    self._workers.append(_start(number, memory))
        except OSError as error:
            self.close()
            raise DataError(
                f"the decoding processes cannot be started: {error.strerror}",
                fix="--workers 0 decodes in the training process",
            ) from error
        height, width = setup.size
        self.crops_NHWC: NDArray[np.uint8] = np.frombuffer(self._memory, np.uint8).reshape(
            num_slots, height, width, setup.channels
        )
        for worker in self._workers:
            self._selector.register(worker.channel, selectors.EVENT_READ, worker)
            self._send(worker, packed_setup(setup), "")

    @property
    def processes(self) -> tuple[int, ...]:
        """Process ids of the workers."""
        return tuple(worker.process.pid for worker in self._workers)

    def submit(self, tasks: list[Task]) -> int:
        """Start decoding; return a ticket for `wait`."""
        self._issued += 1
        self._tickets[self._issued] = _Ticket(len(tasks))
        for worker in self._workers:
            share = tasks[worker.number :: len(self._workers)]
            worker.waiting += [(self._issued, t.slot, t.reference.where) for t in share]
            if share:
                self._send(worker, packed_tasks(share), share[0].reference.where)
        return self._issued

    def wait(self, ticket: int) -> dict[int, ConvscopeError]:
        """Wait until all crops of a ticket are in their slots; return errors by slot, in order.

        Raises:
            DataError: a worker died or timed out; names it and its file.
        """
        start = time.monotonic()
        for worker in self._workers:
            worker.last_response = start
        state = self._tickets[ticket]
        while state.remaining:
            for key, _ in self._selector.select(timeout=min(1.0, self._timeout_s / 4)):
                self._receive(key.data)
            self._check_timeouts(ticket)
        del self._tickets[ticket]
        return dict(sorted(state.errors.items()))

    def drain(self) -> None:
        """Wait for all tickets and ignore images that cannot be read."""
        for ticket in list(self._tickets):
            self.wait(ticket)

    def close(self) -> None:
        """Kill the processes and discard their work."""
        self._end()

    def _send(self, worker: _Worker, message: bytes, where: str) -> None:
        try:
            worker.channel.settimeout(self._timeout_s)
            worker.channel.sendall(message)
        except TimeoutError:
            raise self._timed_out(worker, where) from None
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
        worker.last_response = time.monotonic()
        worker.received += part
        if worker.received[:1] == READY:
            del worker.received[:1]
            worker.ready = True
        for error in _responses(worker.received):
            ticket, slot, _ = worker.waiting.popleft()
            self._tickets[ticket].remaining -= 1
            if error is not None:
                self._tickets[ticket].errors[slot] = error

    def _check_timeouts(self, ticket: int) -> None:
        now = time.monotonic()
        for worker in self._workers:
            pending = any(waiting[0] == ticket for waiting in worker.waiting)
            limit_s = self._timeout_s if worker.ready else max(START_S, self._timeout_s)
            if pending and now - worker.last_response > limit_s:
                raise self._timed_out(worker, worker.waiting[0][2])

    def _timed_out(self, worker: _Worker, where: str) -> DataError:
        self.close()
        if not worker.ready:
            return _not_started(worker, f"in {START_S:g} s")
        return DataError(
            f"{worker.name} has not responded for {self._timeout_s:g} s while decoding this file",
            fix="check the file and its disk; `convscope data check` finds such files",
            where=worker.waiting[0][2] if worker.waiting else where,
        )

    def _died(self, worker: _Worker) -> DataError:
        try:
            code = worker.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = 0
        how = f"ended with exit code {code}"
        if code < 0:
            how = f"was killed by {signal.Signals(-code).name}"
        if code == -signal.SIGKILL:
            how += " (the system does this when memory runs out)"
        self.close()
        if not worker.ready:
            return _not_started(worker, f"and {how}")
        return DataError(
            f"{worker.name} {how} while decoding this file",
            fix="check the file and the free memory; fewer --workers need less",
            where=worker.waiting[0][2] if worker.waiting else "",
        )


def _not_started(worker: _Worker, how: str) -> DataError:
    return DataError(
        f"decoding {worker.name} did not start {how}",
        fix="check its output above and the free memory; --workers 0 decodes in the training "
        "process",
    )


def _responses(received: bytearray) -> Iterable[ConvscopeError | None]:
    """Remove complete responses from the buffer: one for each crop, in order."""
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


def _start(number: int, memory: int) -> _Worker:
    here, there = socket.socketpair()
    with there, ExitStack() as undone:
        undone.callback(here.close)
        connection = there.fileno()
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", START.format(connection=connection, memory=memory)],
            stdin=subprocess.DEVNULL,
            pass_fds=(connection, memory),
            process_group=0,  # Ctrl-C goes to the training process, which stops them
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
        )
        undone.pop_all()
    return _Worker(number, process, here)


def _end(workers: list[_Worker], selector: selectors.BaseSelector, owner: int) -> None:
    if os.getpid() != owner:  # in a fork of the training process
        return
    selector.close()
    for worker in workers:
        worker.channel.close()
        worker.process.kill()
    for worker in workers:
        worker.process.wait()
