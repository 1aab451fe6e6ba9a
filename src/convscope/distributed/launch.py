"""`--devices N`: N processes of one command on this machine.

The common store is a file in a temporary folder that only this user can enter; it survives the
death of any rank. The ranks talk over the loopback interface only. The launcher forwards the first
signal, so that the run is saved; the second one kills all processes.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from convscope.distributed.environment import LAUNCHER, STORE_FILE, Ranks
from convscope.distributed.monitor import Failure, Store, failure, record
from convscope.errors import InputError, TrainingError
from convscope.io.leftovers import temporary_folder
from convscope.machine.cpus import available_cpus

LOOK_S = 0.05
LEAVE_S = 5.0  # for ranks to end after another one's error, before SIGTERM
INSIST_S = 5.0  # before SIGKILL
STOPPED = (75, 130, 143)  # exit codes of a saved, resumable run: not failures
HOST = "127.0.0.1"
FOLDER = "convscope-ranks-"
CONNECT_S = 5.0


def needs_launch(ranks: Ranks, devices: int | None) -> bool:
    """Return whether processes must be started for `--devices`; they have the option themselves.

    Raises:
        InputError: another launcher started another number of processes.
    """
    if devices is None or devices == ranks.world_size:
        return False
    if ranks.world_size > 1:
        raise InputError(
            f"--devices {devices} in one of {ranks.world_size} processes",
            fix="remove --devices: the launcher sets the number of processes",
        )
    return True


def launch(command: Sequence[str], *, count: int, say: Callable[[str], None]) -> int:
    """Run a command as ranks 0 to count - 1, wait for them, and return the common exit code.

    Args:
        say: prints messages of the launcher.

    Raises:
        TrainingError: the loopback interface does not work.
    """
    from torch.distributed import FileStore  # type: ignore[attr-defined]

    interface = _loopback()
    children: list[subprocess.Popen[bytes]] = []
    with _signals(children) as received, temporary_folder(FOLDER) as folder:
        file = os.fspath(folder / "store")
        store: Any = FileStore(file, -1)  # -1: no process removes it
        try:
            for rank in range(count):
                variables = {**os.environ, **_variables(rank, count, file, interface)}
                # own session: the terminal's Ctrl-C reaches only this process, which forwards it
                child = subprocess.Popen(
                    command, env=variables, stdin=subprocess.DEVNULL, start_new_session=True
                )
                children.append(child)
                if received:
                    child.send_signal(received[0])
            return _wait(children, store, received, say)
        finally:
            _end(children, signal.SIGKILL)


def _variables(rank: int, count: int, store_file: str, interface: str) -> dict[str, str]:
    threads = max(1, available_cpus() // count)
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        STORE_FILE: store_file,
        LAUNCHER: str(os.getpid()),
        "GLOO_SOCKET_IFNAME": interface,  # else gloo listens on the address of the host's name
        "NCCL_SOCKET_IFNAME": interface,
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(threads)),
    }


def _loopback() -> str:
    """Return the name of the loopback interface, after a connection over it.

    Without this check the ranks would wait for minutes for a connection that cannot come.
    """
    try:
        with socket.create_server((HOST, 0)) as server:
            socket.create_connection(server.getsockname(), timeout=CONNECT_S).close()
        return next(name for _, name in socket.if_nameindex() if name in ("lo", "lo0"))
    except (OSError, StopIteration) as error:
        reason = str(getattr(error, "strerror", None) or error or "there is none").lower()
        raise TrainingError(
            f"the loopback interface ({HOST}) does not work: {reason}",
            expected="an interface lo over which the processes of this machine talk",
            fix="bring it up (ip link set lo up), or train without --devices",
            where="ranks",
        ) from error


def _wait(
    children: list[subprocess.Popen[bytes]],
    store: Store,
    received: list[int],
    say: Callable[[str], None],
) -> int:
    """Wait until all have ended, or one has failed and the others were stopped."""
    while len(received) < 2:
        codes = [_code(child.poll(), received) for child in children]
        failed = [r for r, code in enumerate(codes) if code and code not in STOPPED]
        if failed:
            return _after_failure(children, failed[0], store, say)
        if None not in codes:
            return next((code for code in codes if code), 0)
        time.sleep(LOOK_S)
    _end(children, signal.SIGKILL)
    return 128 + received[0]


def _code(code: int | None, received: list[int]) -> int | None:
    """Return an exit code; 143 for a process that the forwarded SIGTERM ended, not a failure."""
    return 128 - code if code is not None and -code in received else code


def _after_failure(
    children: list[subprocess.Popen[bytes]], rank: int, store: Store, say: Callable[[str], None]
) -> int:
    code = children[rank].returncode
    if code < 0 and failure(store) is None:
        record(store, Failure(rank, 1))
        say(
            f"convscope: rank {rank} of {len(children)} was killed by {_name(-code)}; all were "
            "stopped\n  fix: SIGKILL often means out of memory; resume the run from its last "
            "checkpoint"
        )
    if not _left(children, LEAVE_S):
        _end(children, signal.SIGTERM)
    if not _left(children, INSIST_S):
        _end(children, signal.SIGKILL)
    first = failure(store)
    return first.code if first else max(code, 1)


def _left(children: list[subprocess.Popen[bytes]], seconds: float) -> bool:
    """Return whether all ended within that time."""
    deadline = time.monotonic() + seconds
    while any(child.poll() is None for child in children):
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_S)
    return True


def _end(children: list[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for child in children:
        if child.poll() is None:
            child.send_signal(number)
    if number == signal.SIGKILL:
        for child in children:
            child.wait()


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@contextmanager
def _signals(children: list[subprocess.Popen[bytes]]) -> Iterator[list[int]]:
    """Forward the first SIGINT or SIGTERM; yield the list of the signals received."""
    received: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:
            for child in children:
                if child.poll() is None:
                    child.send_signal(number)

    watched = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handle) for number in watched}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
