"""Mirrors of a run's events in other forms, for other programs. `events.jsonl` is the truth.

A logger is made from the file of events, never from memory: so it can be made again at any
time, and after a resume it shows each step once.
"""

import contextlib
from collections.abc import Generator, Iterator, Sequence
from typing import Protocol

from convscope.errors import ConvscopeError
from convscope.training.events import Event, Note


class Logger(Protocol):
    """Another form of a run's events."""

    name: str

    def log(self, event: Event) -> None:
        """An event was recorded and is about to be yielded."""

    def close(self) -> None:
        """Nothing follows."""


def with_loggers(
    events: Iterator[Event], loggers: Sequence[Logger]
) -> Generator[Event, None, None]:
    """The same events, while loggers follow. A logger that cannot be written stops nothing.

    It is left behind, with a Note: the run itself is safe, and its logger can be made again.
    """
    live = list(loggers)
    try:
        for event in events:
            for logger in tuple(live):
                try:
                    logger.log(event)
                except (ConvscopeError, OSError) as error:
                    live.remove(logger)
                    yield Note(message=f"{logger.name} is left as it is: {error}")
            yield event
    finally:
        if isinstance(events, Generator):
            events.close()  # what is still to be recorded, before the loggers are closed
        for logger in live:
            _closed(logger)


def _closed(logger: Logger) -> None:
    with contextlib.suppress(ConvscopeError, OSError):  # what ended the run is what is reported
        logger.close()
