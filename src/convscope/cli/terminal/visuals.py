"""Cost, progress and interruption of visuals on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

from convscope.cli.terminal.output import say
from convscope.cli.terminal.progress import progress_bar
from convscope.visuals.progress import Estimate, reported_to


@contextmanager
def watched_visual(method: str) -> Iterator[None]:
    """State the cost of a visual before it starts, and show a bar with the time left."""
    with (
        interruptible(method),
        progress_bar("steps", method) as report,
        reported_to(
            report,
            lambda estimate: say(cost_sentence(estimate)),
            lambda sentence: say(f"note: {sentence}"),
        ),
    ):
        yield


@contextmanager
def interruptible(method: str) -> Iterator[None]:
    """Say in one sentence that Ctrl-C ended a visual, and that nothing was written."""
    try:
        yield
    except KeyboardInterrupt:
        say(f"{method} was interrupted; nothing was written")
        raise


def cost_sentence(estimate: Estimate) -> str:
    """Return passes and time of a visual in one line."""
    name, seconds = estimate.visual, estimate.seconds
    forward, backward = f"{estimate.forward:,}", f"{estimate.backward:,}"
    if seconds is None or seconds < 1:
        return f"{name}: {forward} forward, {backward} backward passes; under 1 s"
    if seconds < 100:
        return f"{name}: {forward} forward, {backward} backward passes; about {seconds:.0f} s"
    minutes = seconds / 60
    return f"{name}: {forward} forward, {backward} backward passes; about {minutes:.0f} min"
