"""Training that does not stall on a busy machine.

OpenMP's threads wait for each other after every operation, and they wait by spinning, which is the
fastest on an idle machine. Where another process holds a core, the partner that they wait for is
not running, and a whole time slice is lost in each of a thousand operations: training became 10 to
50 times slower (benchmarks/LOG.md). GNU's OpenMP, which PyTorch uses on Linux, almost stops
spinning once the process has more OpenMP threads than cores (GOMP_SPINCOUNT in its manual). So
while the threads have to wait for cores, this module keeps idle OpenMP threads that make it so.
The number of threads that compute stays the same, and with it every bit of the results.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from convscope.machine.cpus import affinity_cpus

CHECK_S = 0.25  # between two looks at the waiting time: 0.1 ms of work each
BUSY = 0.1  # seconds that threads waited for a core, per second: they spin no more
QUIET = 0.03  # as much is normal on an idle machine
QUIET_CHECKS = 4  # in a row, before they spin again
TASKS = Path("/proc/self/task")
THREAD_NAME = "convscope-contention"
PARALLEL_SIZE = 1 << 16  # elements; PyTorch adds up to 32,768 of them with one thread


class Throttle:
    """Idle OpenMP threads, more than this machine has cores; see the module.

    Attributes:
        is_on: the threads of this process sleep while they wait, instead of spinning.
    """

    def __init__(self) -> None:
        self._end: threading.Event | None = None

    @property
    def is_on(self) -> bool:
        return self._end is not None

    def switch(self, on: bool) -> None:
        """Create the idle threads, or end them."""
        if on and self._end is None:
            self._end = threading.Event()
            # OpenMP counts the cores that it may run on: it knows no quota of a container
            for _ in range(num_teams(_num_threads(), affinity_cpus())):
                ready = threading.Event()
                threading.Thread(target=_idle_team, args=(ready, self._end), daemon=True).start()
                ready.wait()
        elif not on and self._end is not None:
            self._end.set()
            self._end = None


def num_teams(threads: int, cores: int) -> int:
    """Return how many more teams of threads make more OpenMP threads than cores.

    A team adds `threads - 1`, since its first thread is not OpenMP's.
    """
    return max(0, math.ceil((cores + 1 - threads) / (threads - 1))) if threads > 1 else 0


def _idle_team(ready: threading.Event, end: threading.Event) -> None:
    """Hold a team of OpenMP threads, which sleep: the team of a thread lives as long as it."""
    import torch

    try:
        torch.ones(PARALLEL_SIZE).add_(1)
    finally:
        ready.set()
    end.wait()


class Decision:
    """Decides from successive measurements whether other processes need the cores."""

    def __init__(self) -> None:
        self.is_busy = False
        self._quiet = 0

    def after(self, share: float) -> bool:
        """Return whether the machine is busy, after one more measurement.

        Args:
            share: seconds that all threads of the process waited for a core, per second.
        """
        self._quiet = self._quiet + 1 if share < QUIET else 0
        if share > BUSY:
            self.is_busy = True
        elif self._quiet >= QUIET_CHECKS:
            self.is_busy = False
        return self.is_busy


def waiting_s() -> float | None:
    """Return how long the threads of this process were ready to run but had no core, in seconds.

    None where the system does not count it (only Linux does).
    """
    total = 0
    try:
        for task in TASKS.iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
                total += int((task / "schedstat").read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return total / 1e9


class _Watch:
    """One thread that checks for contention while any part of the process computes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._end = threading.Event()

    def enter(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1 and _num_threads() > 1 and waiting_s() is not None:
                self._end = threading.Event()
                threading.Thread(
                    target=_watch, args=(self._end,), name=THREAD_NAME, daemon=True
                ).start()

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._end.set()


_WATCH = _Watch()


def _watch(end: threading.Event) -> None:
    throttle, decision = Throttle(), Decision()
    before, at = waiting_s() or 0.0, time.monotonic()
    while not end.wait(CHECK_S):
        waited, now = waiting_s() or 0.0, time.monotonic()
        # an ended thread takes its waiting time along: the sum can fall
        throttle.switch(decision.after(max(0.0, waited - before) / (now - at)))
        before, at = waited, now
    throttle.switch(False)


@contextmanager
def watched_contention() -> Iterator[None]:
    """Watch for other processes that need the cores while the body computes. Can be nested."""
    _WATCH.enter()
    try:
        yield
    finally:
        _WATCH.leave()


def _num_threads() -> int:
    import torch

    return torch.get_num_threads()
