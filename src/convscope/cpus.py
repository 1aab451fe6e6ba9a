"""Number of CPU cores, with a fallback for systems without CPU affinity."""

import os


def available_cpus() -> int:
    """Return how many cores this process may use; on macOS, how many the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
