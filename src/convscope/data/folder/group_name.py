"""The group of an image, by a regular expression that may come from others.

A run folder records the expression, and one such as `(.+)+x` takes longer than anybody waits. So
each search has a limit of time, by the alarm of the system: the `re` module has none. Outside the
main thread, where no alarm can be set, there is no limit.
"""

import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from convscope.errors import InputError

LIMIT_S = 2.0


def group_name(pattern: str, path: str) -> str | None:
    """Return the first group of the match, or the whole match; None for a path without a match.

    Raises:
        InputError: the search takes more than `LIMIT_S`.
    """
    try:
        with _time_limit(LIMIT_S):
            match = re.search(pattern, path)
    except TimeoutError:
        raise InputError(
            f"group_by {pattern!r}: searching it in {path!r} takes more than {LIMIT_S:g} s",
            expected=r"an expression without repeats inside of repeats, as '(patient\d+)'",
        ) from None
    if match is None:
        return None
    return match[1] if match.re.groups else match[0]


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the body after that time; an alarm that was set before is kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    start = time.monotonic()
    handler = signal.signal(signal.SIGALRM, end)
    before_s, interval_s = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if before_s:
            left_s = max(before_s - (time.monotonic() - start), 0.001)
            signal.setitimer(signal.ITIMER_REAL, left_s, interval_s)
