"""The first error of any process is shown once, and ends all of them within seconds.

Every rank has a thread that looks at a common store once a second. A rank that fails puts its
error there, if it is the first. The others end with its exit code, without a word: most of them
because their connection breaks, the rest because their thread ends the process.
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
SILENT_S = 60.0  # a machine without power says nothing; a process that ended is seen at once
GRACE_S = 5.0  # for the main thread to end of itself
LAST_GRACE_S = 20.0  # for a checkpoint, when the launcher is gone
LISTEN_S = 4.0  # whoever lost a connection waits for the one who knows why
QUIET_S = 1.0  # let the first one speak before the launcher sees an exit code
FAILURE = "convscope/failure"
DONE = "convscope/done"  # how many ranks have signed off
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
    """Another rank says what went wrong."""


class Failure(NamedTuple):
    """Who failed, with which exit code."""

    rank: int
    code: int


class Store(Protocol):
    """What is used of torch's TCPStore."""

    def set(self, key: str, value: str, /) -> None: ...
    def get(self, key: str, /) -> bytes: ...
    def check(self, keys: list[str], /) -> bool: ...
    def add(self, key: str, amount: int, /) -> int: ...
    def compare_set(self, key: str, expected: str, desired: str, /) -> bytes: ...
    def clone(self) -> "Store": ...


class Monitor:
    """The thread of one rank, and the store that it looks at."""

    def __init__(self, store: Store, ranks: Ranks, *, say: Callable[[str], None]) -> None:
        self._store = store
        self._mine = store.clone()  # the thread's own connection: a wait on the other blocks it
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
        """The rank is done. Where it keeps the store, it waits for the others."""
        self._over.set()
        self._thread.join(timeout=2 * EVERY_S)
        self._leave(LAST_GRACE_S)

    def _leave(self, seconds: float) -> None:
        """Sign off; whoever keeps the store stays until all have, or for some seconds."""
        with contextlib.suppress(RuntimeError):  # the launcher ended first
            done = self._store.add(DONE, 1)
            deadline = time.monotonic() + seconds
            while self._keeps and done < self._ranks.world_size and time.monotonic() < deadline:
                time.sleep(0.05)
                done = self._store.add(DONE, 0)

    def explained(self, error: BaseException) -> BaseException:
        """The error to go on with: this one where it is the first, or a silent end.

        A rank that only lost its connection gives the others time to say why.
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
        # not a daemon: the process ends when the others know, and says its word before
        threading.Thread(target=self._leave, args=(GRACE_S + 3 * EVERY_S,)).start()
        if first.rank != self._ranks.rank:
            return SystemExit(first.code)
        return _lost(self._ranks) if lost else error

    def _listen(self, seconds: float) -> Failure | None:
        deadline = time.monotonic() + seconds
        while True:
            if (found := failure(self._store)) or time.monotonic() >= deadline:
                return found
            time.sleep(0.05)

    def _look(self) -> None:
        count = 0
        while not self._over.wait(EVERY_S):
            count += 1
            try:
                self._mine.set(f"convscope/alive/{self._ranks.rank}", str(count))
                found = failure(self._mine) or self._silent()
            except RuntimeError:
                self._alone()
                return
            if found:
                own = found.rank == self._ranks.rank
                self._end(found.code, LAST_GRACE_S if own else GRACE_S)
                return

    def _silent(self) -> Failure | None:
        """A rank that has said nothing for long: its machine is gone."""
        now = time.monotonic()
        for rank, (before, since) in self._seen.items():
            key = f"convscope/alive/{rank}"
            value = self._mine.get(key) if self._mine.check([key]) else b""
            if value != before:
                self._seen[rank] = (value, now)
            elif now - since > SILENT_S and self._mine.add(DONE, 0) == 0:
                found = record(self._mine, Failure(rank, 1))
                if found.rank == rank:
                    self._say(
                        f"convscope: rank {rank} of {self._ranks.world_size} has given no sign "
                        f"of life for {SILENT_S:.0f} s\n  fix: look at its machine; "
                        "resume the run to go on from the last checkpoint"
                    )
                return found
        return None

    def _alone(self) -> None:
        """The launcher is gone. Stop as after a signal: with a checkpoint, if that still goes."""
        if self._over.is_set():
            return
        os.kill(os.getpid(), signal.SIGTERM)
        self._end(128 + signal.SIGTERM, LAST_GRACE_S)

    def _end(self, code: int, grace: float) -> None:
        if not self._over.wait(grace):
            with contextlib.suppress(RuntimeError):
                self._mine.add(DONE, 1)
            os._exit(code)  # hung in a call that never returns; the files are safe at any moment


def failure(store: Store) -> Failure | None:
    """The first failure of all ranks, if there is one."""
    return Failure(*json.loads(store.get(FAILURE))) if store.check([FAILURE]) else None


def record(store: Store, mine: Failure) -> Failure:
    """Enter a failure; what is answered is the first one, which may be another."""
    return Failure(*json.loads(store.compare_set(FAILURE, "", json.dumps(mine))))


def exit_code(error: BaseException) -> int:
    """As the command line ends with it."""
    if isinstance(error, InputError):
        return 2
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def _is_broken_line(error: BaseException) -> bool:
    if isinstance(error, ConvscopeError) or not isinstance(error, RuntimeError):
        return False
    text = str(error).lower()
    return "Dist" in type(error).__name__ or any(word in text for word in BROKEN)


def _lost(ranks: Ranks) -> ConvscopeError:
    return TrainingError(
        f"rank {ranks.rank} of {ranks.world_size} lost the connection to another rank",
        fix="a process was killed, or a machine is gone: its own log says more; resume the run "
        "to go on from the last checkpoint",
        where="ranks",
    )
