"""Ctrl-C and `kill` on the command line: the first stops gracefully, the second aborts.

The training loop installs no signal handlers; the command line does.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Stop request, called between steps. `number` is the signal received, or 0."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> bool:
        return self.number != 0

    @property
    def exit_code(self) -> int:
        """Return 130 after SIGINT, 143 after SIGTERM."""
        return 128 + self.number


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """While open, the first SIGINT or SIGTERM sets the request and the second ends the process.

    with stop_on_signals() as request:
        for event in train(job, run, stop_requested=request): ...
    sys.exit(request.exit_code if request() else 0)
    """
    request = StopRequest()

    def handle(number: int, _: FrameType | None) -> None:
        if request.number:
            os._exit(128 + number)  # at once: files are written atomically
        request.number = number

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
