"""Time that watching may take: a share of the time of training."""

import time
from collections.abc import Callable

SHARE = 0.01
"""Of the time of training. Measured from outside it is a little more: at most 0.03."""
GAP_S = 0.1  # a page shows no more than ten pictures a second


class Budget:
    """Allows a capture while the captures before it took at most `share` of the time of training.

    One capture may exceed it; the next then waits until it is paid for. So the share holds for
    any network, however long a capture takes. What happens once, as the first capture with its
    imports and allocations, is counted apart: paid for like the others, it would stop all figures
    for the first quarter of a minute.

    Attributes:
        once_s: seconds of what happens once.
        spent_s: seconds of all other captures.
        trained_s: seconds of all steps, without captures and pauses.
    """

    def __init__(
        self,
        share: float = SHARE,
        *,
        gap_s: float = GAP_S,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._share, self._gap_s = share, gap_s
        self.clock = clock or time.perf_counter
        self.once_s = self.spent_s = self.trained_s = 0.0
        self._last = -float("inf")

    def allows(self) -> bool:
        """Return whether the next capture may happen now."""
        is_paid = self.spent_s <= self._share * self.trained_s
        return is_paid and self.clock() - self._last >= self._gap_s

    def spend(self, seconds: float, *, once: bool = False) -> None:
        """Count a capture. `once`: it is slow because it is the first one."""
        if once:
            self.once_s += seconds
        else:
            self.spent_s += seconds
        self._last = self.clock()

    def train(self, seconds: float) -> None:
        """Count a step of training."""
        self.trained_s += max(0.0, seconds)
