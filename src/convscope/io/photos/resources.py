"""Limits of the processes that decode images: a second barrier behind the checks of headers."""

import contextlib
import os

MEMORY_BYTES = 4 << 30
"""Address space; libraries and shared memory count too."""


def limit_resources() -> None:
    """Limit the memory of this process, and write no core files."""
    try:
        import resource
    except ImportError:  # no POSIX
        return
    with contextlib.suppress(ValueError, OSError):  # macOS has no limit on address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
