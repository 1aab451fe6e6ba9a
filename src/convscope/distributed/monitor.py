"""Failure detection: the first error of any rank is printed once, and ends all ranks in seconds.

A thread of every rank polls a common store once a second. The first rank that fails records its
failure there. The others end with its exit code and print nothing: most of them because their
connection breaks, the rest because their thread ends the process.
"""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from convscope.distributed.environment import Ranks
from convscope.errors import ConvscopeError, InputError, TrainingError

EVERY_S = 1.0
ALIVE_EVERY = 10  # looks; a store in a file grows with each report
SILENT_S = 60.0  # for a machine that lost power; a process that ended is noticed at once
GRACE_S = 5.0  # for the main thread to end
LAST_GRACE_S = 20.0  # for a last checkpoint, when the launcher is gone
LISTEN_S = 4.0  # a rank that lost its connection waits for the failure of another
QUIET_S = 1.0  # for the failed rank to print before the launcher sees an exit code
FAILURE = "convscope/failure"
DONE = "convscope/done"  # number of ranks that have ended
BROKEN = (
    "gloo",
    "nccl",
    "connection closed",
    "connection reset",
    "connection refused",
    "broken pipe",
    "timed out",
    "socket",
)


class OtherRankFailed(Exception):  # noqa: N818 - not an error of this process
    """Another rank failed, and prints the error."""


class Failure(NamedTuple):
    """The rank that failed first, and its exit code."""

    rank: int
    code: int


class Store(Protocol):
    """Interface of torch's TCPStore, as used here."""

    def set(self, key: str, value: str, /) -> None: ...
    def get(self, key: str, /) -> bytes: ...
    def check(self, keys: list[str], /) -> bool: ...
    def add(self, key: str, amount: int, /) -> int: ...
    def compare_set(self, key: str, expected: str, desired: str, /) -> bytes: ...
    def clone(self) -> "Store": ...


class Monitor:
    """Monitor thread of one rank, and the store that it polls."""

    def __init__(self, store: Store, ranks: Ranks, *, say: Callable[[str], None]) -> None:
        self._store = store
        self._mine = store.clone()  # own connection: a wait on the other one blocks it
        self._ranks = ranks
        self._say = say
        self._keeps = ranks.rank == 0 and not ranks.agent
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="convscope-ranks", daemon=True)
        others = range(1, ranks.world_size) if ranks.rank == 0 else (0,)
        self._seen = {rank: (b"", time.monotonic()) for rank in others}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop: the rank is done. If it keeps the store, wait for the others."""
        self._over.set()
        self._thread.join(timeout=2 * EVERY_S)
        self._leave(LAST_GRACE_S)

    def _leave(self, seconds: float) -> None:
        """Count this rank as ended; the rank that keeps the store waits for the others."""
        with contextlib.suppress(RuntimeError):  # the launcher ended first
            done = self._store.add(DONE, 1)
            deadline = time.monotonic() + seconds
            while self._keeps and done < self._ranks.world_size and time.monotonic() < deadline:
                time.sleep(0.05)
                done = self._store.add(DONE, 0)

    def explained(self, error: BaseException) -> BaseException:
        """Return the error to raise: this one if it is the first, else a silent SystemExit.

        A rank that only lost its connection waits for the failure of another rank.
        """
        lost = isinstance(error, OtherRankFailed) or _is_broken_line(error)
        try:
            first = self._listen(LISTEN_S if lost else 0)
            if first is None:
                first = record(self._store, Failure(self._ranks.rank, exit_code(error)))
        except RuntimeError:  # the store is gone, and with it rank 0 or the launcher
            first = Failure(1 if lost else self._ranks.rank, 1)
        if first.rank != self._ranks.rank:
            time.sleep(QUIET_S)
        # not a daemon: the process prints its error and ends when the others know of it
        threading.Thread(target=self._leave, args=(GRACE_S + 3 * EVERY_S,)).start()
        if first.rank == self._ranks.rank:
            return _lost(self._ranks) if lost else error
        known = 0 <= first.rank < self._ranks.world_size
        return SystemExit(first.code) if known else _lost(self._ranks)

    def _listen(self, seconds: float) -> Failure | None:
        deadline = time.monotonic() + seconds
        while True:
            if (first := failure(self._store)) or time.monotonic() >= deadline:
                return first
            time.sleep(0.05)

    def _look(self) -> None:
        count = 0
        while not self._over.wait(EVERY_S):
            count += 1
            try:
                if count % ALIVE_EVERY == 1:
                    self._mine.set(f"convscope/alive/{self._ranks.rank}", str(count))
                if self._ranks.launcher and os.getppid() != self._ranks.launcher:
                    self._alone()
                    return
                first = failure(self._mine) or self._silent()
            except RuntimeError:
                self._alone()
                return
            if first:
                own = first.rank == self._ranks.rank
                self._end(first.code, LAST_GRACE_S if own else GRACE_S)
                return

    def _silent(self) -> Failure | None:
        """Return the failure of a rank that has not reported for 60 s: its machine is lost."""
        now = time.monotonic()
        for rank, (before, since) in self._seen.items():
            key = f"convscope/alive/{rank}"
            value = self._mine.get(key) if self._mine.check([key]) else b""
            if value != before:
                self._seen[rank] = (value, now)
            elif now - since > SILENT_S and self._mine.add(DONE, 0) == 0:
                first = record(self._mine, Failure(rank, 1))
                if first.rank == rank:
                    self._say(
                        f"convscope: rank {rank} of {self._ranks.world_size} has not "
                        f"responded for {SILENT_S:.0f} s\n  fix: check its machine; "
                        "resume the run from its last checkpoint"
                    )
                return first
        return None

    def _alone(self) -> None:
        """Stop as after a signal, if possible with a checkpoint: the launcher is gone."""
        if self._over.is_set():
            return
        os.kill(os.getpid(), signal.SIGTERM)
        self._end(128 + signal.SIGTERM, LAST_GRACE_S)

    def _end(self, code: int, grace: float) -> None:
        if not self._over.wait(grace):
            with contextlib.suppress(RuntimeError):
                self._mine.add(DONE, 1)
            os._exit(code)  # the main thread hangs; files are written atomically


def failure(store: Store) -> Failure | None:
    """Return the first failure of any rank; None without any."""
    return _parsed(store.get(FAILURE)) if store.check([FAILURE]) else None


def record(store: Store, mine: Failure) -> Failure:
    """Record a failure unless there is one; return the first, which may be another rank's."""
    return _parsed(store.compare_set(FAILURE, "", json.dumps(mine)))


def _parsed(raw: bytes) -> Failure:
    """Return a recorded failure. A store on the network may hold anything: never exit code 0."""
    try:
        rank, code = json.loads(raw)
    except (ValueError, TypeError, RecursionError):
        return Failure(-1, 1)
    valid = isinstance(rank, int) and isinstance(code, int) and 0 < code < 256
    return Failure(rank, code) if valid else Failure(-1, 1)


def exit_code(error: BaseException) -> int:
    """Return the exit code of the command line for an error."""
    if isinstance(error, InputError):
        return 2
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) and error.code > 0 else 1
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def _is_broken_line(error: BaseException) -> bool:
    if isinstance(error, ConvscopeError) or not isinstance(error, RuntimeError):
        return False
    text = str(error).lower()
    return "Dist" in type(error).__name__ or any(word in text for word in BROKEN)


def _lost(ranks: Ranks) -> ConvscopeError:
    return TrainingError(
        f"rank {ranks.rank} of {ranks.world_size} lost the connection to another rank",
        fix="a process was killed, or a machine is lost: read its log; resume the run "
        "from its last checkpoint",
        where="ranks",
    )
