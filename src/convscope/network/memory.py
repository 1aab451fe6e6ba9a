"""Failed allocations, as an error with the size of the network."""

from collections.abc import Iterator
from contextlib import contextmanager

from convscope.arch import Architecture
from convscope.errors import ArchitectureError

MESSAGES = ("can't allocate memory", "out of memory", "not enough memory")
FLOAT_BYTES = 4


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error is a failed allocation: of Python, or torch's RuntimeError."""
    return isinstance(error, MemoryError) or any(text in str(error) for text in MESSAGES)


@contextmanager
def memory_for(architecture: Architecture, purpose: str) -> Iterator[None]:
    """Turn a failed allocation inside the block into an error that names the network's size.

    Raises:
        ArchitectureError: there is not enough memory.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        number = sum(step.parameters for step in architecture.trace.steps)
        raise ArchitectureError(
            f"there is not enough memory for {purpose}: {architecture.name} has {number:,} "
            f"parameters, {number * FLOAT_BYTES:,} bytes",
            fix="a smaller network, or a machine with more memory",
        ) from error
