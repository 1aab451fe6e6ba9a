"""Loggers write a run's events in other formats. `events.jsonl` is authoritative.

A logger reads the event file, never memory: its output can be rebuilt at any time, and contains
each step once after a resume.
"""

import contextlib
from collections.abc import Generator, Iterator, Sequence
from typing import Protocol

from convscope.errors import ConvscopeError
from convscope.training.run.events import Event, Note


class Logger(Protocol):
    """Writer of a run's events in another format."""

    name: str

    def log(self, event: Event) -> None:
        """Log an event, which was recorded and is about to be yielded."""

    def close(self) -> None:
        """Finish: no event follows."""


def with_loggers(
    events: Iterator[Event], loggers: Sequence[Logger]
) -> Generator[Event, None, None]:
    """Yield the same events and pass each to the loggers.

    A failing logger does not stop training: it is closed with a Note, and can be rebuilt later.
    """
    live = list(loggers)
    try:
        for event in events:
            for logger in tuple(live):
                try:
                    logger.log(event)
                except (ConvscopeError, OSError) as error:
                    live.remove(logger)
                    yield Note(message=f"{logger.name} is no longer written: {error}")
            yield event
    finally:
        if isinstance(events, Generator):
            events.close()  # records the last events before the loggers are closed
        for logger in live:
            # the error that ended the run is the one to report
            with contextlib.suppress(ConvscopeError, OSError):
                logger.close()
