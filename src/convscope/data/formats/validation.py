"""The validation split of the published data sets."""

import numpy as np
from numpy.typing import NDArray

NUM_VALIDATION = 5_000
SPLIT_SEED = 1998


def validation_split(labels_N: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which training images are the validation split: 5,000, the same share of each class.

    From NumPy's RandomState, whose stream is frozen: the same on every machine and version.
    """
    held_out_N = np.zeros(len(labels_N), bool)
    classes, counts = np.unique(labels_N, return_counts=True)
    exact = counts * NUM_VALIDATION / len(labels_N)
    shares = np.floor(exact).astype(int)
    largest_remainders = np.argsort(shares - exact, kind="stable")
    shares[largest_remainders[: NUM_VALIDATION - shares.sum()]] += 1
    random = np.random.RandomState(SPLIT_SEED)
    for label, share in zip(classes, shares, strict=True):
        of_class = np.flatnonzero(labels_N == label)
        held_out_N[random.permutation(of_class)[:share]] = True
    return held_out_N
