"""Anonymous memory that several processes map."""

import os
import tempfile


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
