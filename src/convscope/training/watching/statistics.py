"""Figures of samples: mean, standard deviation, dead and saturated shares, histograms. NumPy only.

Axes: U units, N images.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convscope.training.watching.records import NUM_BINS

Numbers = NDArray[np.float32]
DIGITS = 4
MARGIN = 0.01  # of the range, at each end: a value there is saturated
LARGEST = 3e38  # in place of infinity


def summary(
    values_NU: Numbers, gradients_NU: Numbers | None, ends: tuple[float, float] | None
) -> list[Any]:
    """Return mean, std, dead, saturated, gradient RMS, and two histograms of a layer's output."""
    values_NU = tame(values_NU)
    mean = float(values_NU.mean(dtype=np.float64))
    std = float(values_NU.std(dtype=np.float64))
    gradients_NU = np.zeros(0, np.float32) if gradients_NU is None else tame(gradients_NU)
    figures = [mean, std, dead(values_NU), saturated(values_NU, ends), rms(gradients_NU)]
    return [*map(rounded, figures), histogram(values_NU), histogram(gradients_NU)]


def tame(values: Numbers) -> Numbers:
    """Replace NaN by 0 and infinity by the largest number; training itself reports them."""
    if np.isfinite(values).all():
        return values
    return np.nan_to_num(values, nan=0.0, posinf=LARGEST, neginf=-LARGEST)


def dead(values_NU: Numbers) -> float:
    """Return the share of units that are 0 for every image."""
    return 1 - float((values_NU != 0).any(axis=0).mean())


def saturated(values: Numbers, ends: tuple[float, float] | None) -> float:
    """Return the share of values within 1 % of an end of the range."""
    if ends is None:
        return 0.0
    low, high = ends
    margin = MARGIN * (high - low)
    return float(((values < low + margin) | (values > high - margin)).mean())


def rms(values: Numbers) -> float:
    """Return the root of the mean of the squares."""
    if values.size == 0:
        return 0.0
    return float(np.sqrt(np.square(values, dtype=np.float64).mean()))


def histogram(values: Numbers) -> list[Any]:
    """Return low, high and the counts of bins of equal width between them."""
    if values.size == 0:
        return [0.0, 0.0, [0] * NUM_BINS]
    flat = values.reshape(-1)
    low, high = float(flat.min()), float(flat.max())
    if not low < high:
        return [rounded(low), rounded(high), [int(flat.size), *[0] * (NUM_BINS - 1)]]
    places = ((flat.astype(np.float64) - low) * (NUM_BINS / (high - low))).astype(np.int32)
    counts = np.bincount(np.minimum(places, NUM_BINS - 1), minlength=NUM_BINS)
    return [rounded(low), rounded(high), counts.tolist()]


def parameter(
    norms: Sequence[float], before: Numbers, after: Numbers, gradient: Numbers
) -> list[Any]:
    """Return norms of weights and gradient, update ratio, and two histograms of a parameter.

    Args:
        norms: of all weights after the step, and of the whole gradient.
        before, after, gradient: a sample of the weights before and after the step, and of the
            gradient.
    """
    after = tame(after)
    size = float(np.linalg.norm(after.astype(np.float64)))
    change = float(np.linalg.norm(after.astype(np.float64) - tame(before)))
    ratio = change / size if size else 0.0
    figures = [rounded(number) for number in (*norms, ratio)]
    return [*figures, histogram(after), histogram(tame(gradient))]


def rounded(number: float) -> float:
    """Return a number with four digits, which JSON holds."""
    if not np.isfinite(number):
        return 0.0 if np.isnan(number) else float(np.copysign(LARGEST, number))
    return float(f"{number:.{DIGITS}g}")
