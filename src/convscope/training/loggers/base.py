"""Mirrors of a run's events in other forms, for other programs. `events.jsonl` is the truth.

A mirror is made from the file of events, never from memory: so it can be made again at any
time, and after a resume it shows each step once.
"""

import contextlib
from collections.abc import Generator, Iterator, Sequence
from typing import Protocol

from convscope.errors import ConvscopeError
from convscope.training.events import Event, Note


class Mirror(Protocol):
    """Another form of a run's events."""

    name: str

    def see(self, event: Event) -> None:
        """An event was recorded and is about to be yielded."""

    def close(self) -> None:
        """Nothing follows."""


def mirrored(events: Iterator[Event], mirrors: Sequence[Mirror]) -> Generator[Event, None, None]:
    """The same events, while mirrors follow. A mirror that cannot be written stops nothing.

    It is left behind, with a Note: the run itself is safe, and its mirror can be made again.
    """
    live = list(mirrors)
    try:
        for event in events:
            for mirror in tuple(live):
                try:
                    mirror.see(event)
                except (ConvscopeError, OSError) as error:
                    live.remove(mirror)
                    yield Note(message=f"{mirror.name} is left as it is: {error}")
            yield event
    finally:
        if isinstance(events, Generator):
            events.close()  # what is still to be recorded, before the mirrors are closed
        for mirror in live:
            _closed(mirror)


def _closed(mirror: Mirror) -> None:
    with contextlib.suppress(ConvscopeError, OSError):  # what ended the run is what is reported
        mirror.close()
