"""CPU cores and threads of this process."""

import os
import sys

MAX_THREADS = 1024
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Read by PyTorch's libraries when they are loaded; child processes inherit them."""


def available_cpus() -> int:
    """Return how many cores this process may use; on macOS, how many the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def use_threads(count: int | None) -> None:
    """Let PyTorch compute with so many CPU threads; None changes nothing.

    Works before and after torch is imported, and for the processes that this one starts.

    Raises:
        InputError: not from 1 to 1024.
    """
    if count is None:
        return
    if not 1 <= count <= MAX_THREADS:
        from convscope.errors import InputError

        raise InputError(f"{count} threads", expected=f"1 to {MAX_THREADS}")
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(count)))
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
