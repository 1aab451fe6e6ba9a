"""Axes of charts: ends, ticks, and the texts of numbers."""

import math
from collections.abc import Sequence
from typing import NamedTuple

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
NARROW = 1e-9  # of its values: a range that float labels could not tell apart
SMALLEST, LARGEST, LARGEST_LOG = 1e-290, 1e300, 1e240  # beyond, arithmetic would overflow
LONGEST = 7  # characters of a number before an exponent is used


class Axis(NamedTuple):
    """From `low` to `high`, with round numbers as ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    @staticmethod
    def around(values: Sequence[float], *, log: bool = False, num_ticks: int = 5) -> "Axis":
        """Return an axis that holds all values and ends at ticks; 0 to 1 without values."""
        if log and values:
            return _log_axis(min(values), max(values), num_ticks)
        low, high = _ends(values)
        step = _step(high / num_ticks - low / num_ticks)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        ticks = tuple(float(f"{i * step:.12g}") for i in range(first, last + 1))
        return Axis(min(ticks[0], low), max(ticks[-1], high), ticks)

    @staticmethod
    def counting(values: Sequence[float]) -> "Axis":
        """Return an axis over whole numbers (steps, epochs, layers) that ends at the values."""
        axis = Axis.around(values, num_ticks=8)
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        if low == high:
            low, high = low - 0.5, high + 0.5
        ticks = [tick for tick in axis.ticks if low <= tick <= high and tick == int(tick)]
        return Axis(low, high, tuple(ticks))

    @staticmethod
    def near(values: Sequence[float]) -> "Axis":
        """Return an axis that ends a little beyond the values, with its ticks inside."""
        axis = Axis.around(values, num_ticks=6)
        low, high = _ends(values)
        margin = high / 25 - low / 25
        low, high = max(axis.low, low - margin), min(axis.high, high + margin)
        return Axis(low, high, tuple(tick for tick in axis.ticks if low <= tick <= high))

    def share(self, value: float) -> float:
        """Return the place of a value: 0 at the low end, 1 at the high one."""
        value = min(max(value, self.low), self.high)
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            return (math.log10(value) - low) / (high - low)
        return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)

    def labels(self, *, percent: bool = False) -> list[str]:
        """Return the texts of the ticks, with the same number of decimals on a linear axis."""
        if self.log:
            return [number_text(tick, percent=percent) for tick in self.ticks]
        times = 100 if percent else 1
        texts = _texts([tick * times for tick in self.ticks])
        return [f"{text} %" for text in texts] if percent else texts


def is_count(values: Sequence[float]) -> bool:
    """Return whether all values are whole numbers of a size that is counted."""
    return all(abs(value) < 1e9 and float(value).is_integer() for value in values)


def number_text(value: float, *, percent: bool = False) -> str:
    """Return one number, with at most four significant digits, as short as it can be."""
    if percent:
        return f"{value * 100:.4g} %"
    rounded = float(f"{value:.4g}")
    return _exponent(rounded) if abs(rounded) < 1e-3 else _texts([rounded])[0]


def _texts(values: Sequence[float]) -> list[str]:
    """Return numbers of one axis with the decimals that tell them apart."""
    largest = max(map(abs, values), default=0.0)
    precise = largest * 1e-12
    decimals = next(
        (d for d in range(13) if all(abs(round(v, d) - v) <= precise for v in values)), None
    )
    if decimals is not None and largest < 1e6:
        texts = [f"{value:.{decimals}f}" for value in values]
        if max((len(text.lstrip("-")) for text in texts), default=0) <= LONGEST:
            return texts
    exponents = [_exponent(value) for value in values]
    if decimals is None or largest >= 1e15:
        return exponents
    texts = [f"{value:.{decimals}f}" for value in values]
    return min(texts, exponents, key=lambda each: max(map(len, each)))


def _exponent(value: float) -> str:
    mantissa, exponent = f"{value:.11e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}" if value else "0"


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Return the least and the largest value, apart enough for ticks between them."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    low, high = max(low, -LARGEST), min(high, LARGEST)
    largest = max(abs(low), abs(high))
    if high - low <= max(largest * NARROW, SMALLEST):
        margin = largest / 2 if largest > SMALLEST else 0.5
        return low - margin, high + margin
    return low, high


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return power * next(s for s in STEPS if s * power >= least * (1 - 1e-9))


def _log_axis(low: float, high: float, num_ticks: int) -> Axis:
    low, high = (min(max(end, 1 / LARGEST_LOG), LARGEST_LOG) for end in (low, high))
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    last = max(last, first + 1)
    between = (1,) if last - first > 2 else (1, 2, 5)
    stride = max(1, -(-(last - first) // (2 * num_ticks)))
    last = first + -(-(last - first) // stride) * stride
    ticks = [m * 10.0**e for e in range(first, last, stride) for m in between] + [10.0**last]
    least = max([tick for tick in ticks if tick <= low] or ticks[:1])
    most = min([tick for tick in ticks if tick >= high and tick > least] or ticks[-1:])
    return Axis(least, most, tuple(t for t in ticks if least <= t <= most), log=True)
