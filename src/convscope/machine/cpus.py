"""CPU cores and threads of this process."""

import math
import os
import sys
from pathlib import Path

MAX_THREADS = 1024
CGROUP = Path("/sys/fs/cgroup")  # the control group of a container is mounted here
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Read by PyTorch's libraries when they are loaded; child processes inherit them."""


def available_cpus() -> int:
    """Return how many cores this process may use; on macOS, how many the machine has.

    A container that may use the time of 2 cores has 2, whatever its machine has.
    """
    cores, quota = affinity_cpus(), _container_cores()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def affinity_cpus() -> int:
    """Return on how many cores this process may run, whatever share of their time it has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _container_cores() -> float | None:
    """Return the processor time per second that the control group allows; None without limit."""
    try:
        limit, period = (CGROUP / "cpu.max").read_text().split()  # version 2
    except (OSError, ValueError):
        try:
            limit = (CGROUP / "cpu/cpu.cfs_quota_us").read_text()
            period = (CGROUP / "cpu/cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        return int(limit) / int(period) if int(limit) > 0 else None
    except (ValueError, ZeroDivisionError):  # "max"
        return None


def use_threads(count: int | None) -> None:
    """Let PyTorch compute with so many CPU threads.

    None leaves PyTorch's own number, one per core of the machine; in a container that may use
    less, one per core that it may use.

    Works before and after torch is imported, and for the processes that this one starts.

    Raises:
        InputError: not from 1 to 1024.
    """
    if count is None:
        quota = _container_cores()
        if quota is None or any(name in os.environ for name in THREAD_VARIABLES):
            return
        count = available_cpus()
    if not 1 <= count <= MAX_THREADS:
        from convscope.errors import InputError

        raise InputError(f"{count} threads", expected=f"1 to {MAX_THREADS}")
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(count)))
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
