"""Order of the training images in an epoch: a pure function of labels, seed and epoch."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

Sampler = Literal["shuffle", "balanced"]

ORDER_STREAM, CLASS_STREAM = 1, 2  # further words of the seeds of balanced epochs


def order(num_samples: int, *, seed: int, epoch: int) -> Tensor:
    """Return the order of an epoch: a permutation of 0 ... num_samples - 1, int64.

    From NumPy's RandomState, whose stream is frozen: the same on every machine and version.
    """
    shuffled = np.random.RandomState([seed, epoch]).permutation(num_samples)
    return torch.from_numpy(shuffled.astype(np.int64))


def balanced_order(labels_N: Tensor, *, seed: int, epoch: int) -> Tensor:
    """Return N indices of images, with as many of each class (one more of some), shuffled.

    Of N places each class that has images gets N / K; the remainder goes to classes drawn again in
    every epoch. A class fills its places with its images in random order, once through before any
    is repeated: images of large classes are left out of an epoch, those of small ones repeated.
    """
    labels = labels_N.numpy()
    present = np.unique(labels)
    share, remainder = divmod(len(labels), len(present))
    extra = np.random.RandomState([seed, epoch, ORDER_STREAM]).permutation(len(present))[:remainder]
    parts = []
    for place, label in enumerate(present):
        images = np.flatnonzero(labels == label)
        count = share + int(place in extra)
        random = np.random.RandomState([seed, epoch, CLASS_STREAM, int(label)])
        rounds = [random.permutation(images) for _ in range(-(-count // len(images)))]
        parts.append(np.concatenate(rounds)[:count])
    chosen = np.concatenate(parts)
    shuffled = np.random.RandomState([seed, epoch]).permutation(chosen)
    return torch.from_numpy(shuffled.astype(np.int64))


def epoch_order(labels_N: Tensor, sampler: Sampler, *, seed: int, epoch: int) -> Tensor:
    """Return the indices of the images of an epoch, in order."""
    if sampler == "balanced":
        return balanced_order(labels_N, seed=seed, epoch=epoch)
    return order(len(labels_N), seed=seed, epoch=epoch)
