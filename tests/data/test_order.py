"""The order of an epoch: every image once, or as many of each class."""

from collections import Counter

import pytest
import torch

from convscope.data import Split
from convscope.data.loading.in_memory import Loader
from convscope.data.loading.order import balanced_order, epoch_order, order

LABELS = torch.tensor([0] * 60 + [1] * 30 + [3] * 7)


def test_a_shuffled_epoch_has_every_image_once():
    assert torch.equal(epoch_order(LABELS, "shuffle", seed=3, epoch=1), order(97, seed=3, epoch=1))
    assert sorted(order(97, seed=3, epoch=1).tolist()) == list(range(97))


@pytest.mark.parametrize("epoch", [0, 1, 7])
def test_a_balanced_epoch_has_as_many_of_each_class(epoch):
    chosen = balanced_order(LABELS, seed=3, epoch=epoch)
    assert (len(chosen), chosen.dtype) == (97, torch.int64)
    counts = Counter(LABELS[chosen].tolist())
    assert sorted(counts.values()) == [32, 32, 33]
    images = Counter(chosen.tolist())
    for label, most in ((0, 1), (1, 2), (3, 5)):  # of 60, 30 and 7 images
        times = [images[i] for i in range(97) if LABELS[i] == label]
        assert max(times) <= most
        assert max(times) - min(times) <= 1


def test_balanced_epochs_differ_and_are_pure():
    orders = [balanced_order(LABELS, seed=3, epoch=epoch).tolist() for epoch in range(4)]
    assert len({tuple(indices) for indices in orders}) == 4
    assert balanced_order(LABELS, seed=3, epoch=2).tolist() == orders[2]
    assert balanced_order(LABELS, seed=4, epoch=2).tolist() != orders[2]
    seen = {i for indices in orders for i in indices if i < 60}
    assert len(seen) > 50  # images of the large class take turns


def test_all_ranks_share_a_balanced_batch():
    split = Split(torch.arange(97, dtype=torch.uint8).view(97, 1, 1, 1), LABELS)
    options = {"batch_size": 12, "seed": 5, "sampler": "balanced"}
    whole = Loader(split, **options)
    parts = [Loader(split, **options, rank=rank, world_size=3) for rank in range(3)]
    assert whole.steps_per_epoch == 8
    for epoch, step in ((0, 0), (1, 7), (0, 3)):
        shares = torch.cat([part.batch(epoch, step).labels_N for part in parts])
        assert torch.equal(shares, whole.batch(epoch, step).labels_N)
