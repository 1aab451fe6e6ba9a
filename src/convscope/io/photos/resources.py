"""Memory of the processes that decode images: shared pixels, and limits behind the checks."""

import contextlib
import os
import tempfile

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


def create_shared_memory(size: int) -> int:
    """Return a file descriptor of `size` zero bytes; pages are taken when they are written.

    Without memfd (macOS) it is a temporary file without a name.

    Raises:
        OSError: the system has no room for it.
    """
    if hasattr(os, "memfd_create"):
        memory = os.memfd_create("convscope")
    else:
        memory, path = tempfile.mkstemp()
        os.unlink(path)
    try:
        os.ftruncate(memory, size)
    except BaseException:
        os.close(memory)
        raise
    return memory
