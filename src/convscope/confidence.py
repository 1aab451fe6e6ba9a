"""Confidence intervals of shares, as accuracies are."""

import math

NORMAL_95 = 1.959963984540054  # 97.5 % of a normal distribution lies below


def wilson_interval(share: float, num: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share of `num` samples.

    Paper: Wilson 1927.
    """
    z = NORMAL_95
    middle = (share + z * z / (2 * num)) / (1 + z * z / num)
    half = z / (1 + z * z / num) * math.sqrt(share * (1 - share) / num + z * z / (4 * num * num))
    # exact at the ends, where rounding would leave a share of 1e-19
    return (middle - half if share > 0 else 0.0), (middle + half if share < 1 else 1.0)
