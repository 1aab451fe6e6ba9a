"""Ctrl-C and `kill`, for the command line: the first asks, the second insists.

The training loop installs no handlers itself; whoever owns the process does.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Called between steps: has somebody asked to stop? `number` is the signal, or 0."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> bool:
        return self.number != 0

    @property
    def exit_code(self) -> int:
        """130 after SIGINT, 143 after SIGTERM."""
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
            os._exit(128 + number)  # at once: whatever is being written is safe by construction
        request.number = number

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
