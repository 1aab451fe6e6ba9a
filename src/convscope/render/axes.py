"""Axes of charts: where they begin and end, their ticks, and how numbers are written."""

import math
from collections.abc import Sequence
from typing import NamedTuple

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Axis(NamedTuple):
    """From `low` to `high`, with round numbers as ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    @staticmethod
    def around(values: Sequence[float], *, log: bool = False, num_ticks: int = 5) -> "Axis":
        """An axis that holds all values; 0 to 1 where there are none."""
        if log and values:
            return _log_axis(min(values), max(values))
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        if low == high:
            margin = abs(low) / 2 or 0.5
            low, high = low - margin, high + margin
        step = _step((high - low) / num_ticks)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        ticks = tuple(float(f"{i * step:.12g}") for i in range(first, last + 1))
        return Axis(ticks[0], ticks[-1], ticks)

    def share(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high one."""
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            return (math.log10(value) - low) / (high - low)
        return (value - self.low) / (self.high - self.low)


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return power * next(s for s in STEPS if s * power >= least * (1 - 1e-9))


def _log_axis(low: float, high: float) -> Axis:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    last = max(last, first + 1)
    between = (1,) if last - first > 2 else (1, 2, 5)
    ticks = [m * 10.0**e for e in range(first, last) for m in between] + [10.0**last]
    least = max([t for t in ticks if t <= low] or ticks[:1])
    most = min([t for t in ticks if t >= high and t > least] or ticks[-1:])
    return Axis(least, most, tuple(t for t in ticks if least <= t <= most), log=True)


def written(value: float, *, percent: bool = False) -> str:
    """A number beside an axis, as short as it can be."""
    if percent:
        return f"{value * 100:.4g} %"
    if value and (abs(value) < 1e-3 or abs(value) >= 1e6):
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return f"{value:.6g}"
