"""One more attempt at a write: network folders hiccup, and a full disk may be given room."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
WAIT_S = 1.0


def retried(action: Callable[[], T]) -> T:
    """The action's answer; after an OSError it is tried once more, and no more than that."""
    try:
        return action()
    except OSError:
        time.sleep(WAIT_S)
    return action()
