"""Accuracy of a part of a data set, with its confidence interval."""

import math

NORMAL_95 = 1.959963984540054  # of the standard normal distribution: 95 % lie within


def wilson_interval(share: float, num: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share of `num` samples (Wilson 1927)."""
    scale = 1 + NORMAL_95**2 / num
    middle = (share + NORMAL_95**2 / (2 * num)) / scale
    variance = share * (1 - share) / num + NORMAL_95**2 / (4 * num**2)
    half = NORMAL_95 / scale * math.sqrt(variance)
    return max(0.0, middle - half), min(1.0, middle + half)
