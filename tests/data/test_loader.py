"""Batches depend on integers only: not on earlier calls, ranks or global state."""

import itertools
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convscope.data import Affine, BatchShift, Cutout, HorizontalFlip, Shift, Split
from convscope.data.loading.in_memory import Loader, generator_of
from convscope.data.loading.order import order
from convscope.errors import DataError, InputError

AUGMENTS = (Shift(pixels=2), BatchShift(), HorizontalFlip(), Affine(), Cutout(pixels=3))


def numbered(size):
    """Every image is its own number, in two bytes; so is its label."""
    numbers = torch.arange(size)
    images = torch.stack([numbers // 256, numbers % 256], 1).to(torch.uint8)
    return Split(images[:, None, None, :], numbers)


def noise(size=64):
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(256, (size, 1, 9, 8), generator=generator, dtype=torch.uint8)
    return Split(images, torch.arange(size))


def same(one, other):
    return torch.equal(one.images_NCHW, other.images_NCHW) and torch.equal(
        one.labels_N, other.labels_N
    )


# --- the order


@pytest.mark.parametrize(
    ("epoch", "first"),
    [
        (0, [47388, 53717, 33676, 51883, 20010, 16764, 43126, 43931]),
        (1, [31353, 37872, 14467, 43632, 41503, 40850, 2389, 26601]),
    ],
)
def test_golden_orders(epoch, first):
    # frozen: whoever changes them breaks the resuming of every run there is
    assert order(55_000, seed=0, epoch=epoch)[:8].tolist() == first


@pytest.mark.parametrize(("size", "seed", "epoch"), [(55_000, 0, 1), (100, 7, 3), (9, 1998, 2)])
def test_an_order_equals_a_mersenne_twister_shuffle(size, seed, epoch):
    # Python's own generator is the same one, and its seed is the words of one long number
    twister = random.Random(seed | epoch << 32)
    expected = list(range(size))
    for last in range(size - 1, 0, -1):
        mask = (1 << last.bit_length()) - 1
        while (other := twister.getrandbits(32) & mask) > last:
            pass
        expected[last], expected[other] = expected[other], expected[last]
    assert order(size, seed=seed, epoch=epoch).tolist() == expected


@settings(max_examples=40, deadline=None)
@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1), epoch=st.integers(0, 2**32 - 1))
def test_an_order_is_a_permutation(size, seed, epoch):
    found = order(size, seed=seed, epoch=epoch)
    assert found.dtype == torch.int64
    assert sorted(found.tolist()) == list(range(size))
    assert torch.equal(found, order(size, seed=seed, epoch=epoch))


def test_orders_differ_with_seed_and_epoch():
    pairs = list(itertools.product(range(6), repeat=2))
    found = {tuple(order(50, seed=seed, epoch=epoch).tolist()) for seed, epoch in pairs}
    assert len(found) == len(pairs)  # (1, 2) is not (2, 1) either


def test_orders_are_uniform():
    counts = np.zeros((5, 5))
    for epoch in range(800):
        counts[np.arange(5), order(5, seed=0, epoch=epoch).numpy()] += 1
    # each is binomial with mean 160 and deviation 11.3
    assert np.abs(counts - 160).max() < 4.5 * 11.3


def test_generators_differ_with_every_number():
    states = {
        generator_of(*numbers).initial_seed() for numbers in itertools.product(range(4), repeat=4)
    }
    assert len(states) == 4**4
    assert generator_of(1, 2).initial_seed() == generator_of(1, 2).initial_seed()


# --- an epoch


@pytest.mark.parametrize(("size", "batch_size"), [(12, 4), (13, 4), (15, 4), (4, 4), (7, 1)])
def test_each_image_at_most_once_per_epoch_with_drop_last(size, batch_size):
    split = numbered(size)
    loader = Loader(split, batch_size=batch_size, seed=5)
    assert loader.steps_per_epoch == size // batch_size
    seen_by_epoch = []
    for epoch in range(4):
        seen = []
        for step in range(loader.steps_per_epoch):
            batch = loader.batch(epoch, step)
            assert batch.images_NCHW.shape == (batch_size, 1, 1, 2)
            assert torch.equal(batch.images_NCHW, split.images_NCHW[batch.labels_N])
            seen += batch.labels_N.tolist()
        assert len(set(seen)) == len(seen) == size // batch_size * batch_size
        assert seen == order(size, seed=5, epoch=epoch)[: len(seen)].tolist()
        seen_by_epoch.append(tuple(seen))
    assert size <= 4 or len(set(seen_by_epoch)) == 4


def test_no_image_is_always_dropped():
    loader = Loader(numbered(15), batch_size=4, seed=0)
    seen = {n for e in range(12) for s in range(3) for n in loader.batch(e, s).labels_N.tolist()}
    assert seen == set(range(15))


@pytest.mark.parametrize("world_size", [1, 2, 4])
def test_the_global_order_does_not_depend_on_the_world_size(world_size):
    split = numbered(50)
    alone = Loader(split, batch_size=8, seed=3)
    ranks = [
        Loader(split, batch_size=8, seed=3, rank=rank, world_size=world_size)
        for rank in range(world_size)
    ]
    for epoch, step in itertools.product(range(3), range(alone.steps_per_epoch)):
        shares = [rank.batch(epoch, step) for rank in ranks]
        assert {len(share.labels_N) for share in shares} == {8 // world_size}
        joined = torch.cat([share.labels_N for share in shares])
        assert torch.equal(joined, alone.batch(epoch, step).labels_N)


def test_ranks_augment_differently():
    one = Split(torch.ones(8, 1, 9, 9, dtype=torch.uint8), torch.arange(8))
    ranks = [
        Loader(one, batch_size=8, seed=0, augment=(Cutout(pixels=3),), rank=r, world_size=2)
        for r in range(2)
    ]
    assert not torch.equal(ranks[0].batch(0, 0).images_NCHW, ranks[1].batch(0, 0).images_NCHW)


# --- purity


def test_a_batch_does_not_depend_on_the_calls_before_it():
    places = list(itertools.product(range(3), range(4)))

    def fresh():
        return Loader(noise(), batch_size=16, seed=11, augment=AUGMENTS)

    expected = {place: fresh().batch(*place) for place in places}
    loader = fresh()
    shuffled = places * 2
    random.Random(0).shuffle(shuffled)
    for place in [*places, *reversed(places), *shuffled]:
        assert same(loader.batch(*place), expected[place])
    distinct = {batch.images_NCHW.numpy().tobytes() for batch in expected.values()}
    assert len(distinct) == len(places)


def test_a_batch_does_not_depend_on_the_global_generators():
    loader = Loader(noise(), batch_size=16, seed=11, augment=AUGMENTS)
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    one = loader.batch(0, 1)
    torch.manual_seed(2)
    np.random.seed(2)
    random.seed(2)
    assert same(loader.batch(0, 1), one)


def test_the_global_generators_are_untouched():
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    before = torch.get_rng_state(), np.random.get_state(), random.getstate()
    loader = Loader(noise(), batch_size=16, seed=11, augment=AUGMENTS)
    for epoch, step in itertools.product(range(2), range(4)):
        loader.batch(epoch, step)
    list(noise().inputs(torch.Tensor.float, batch_size=7))
    assert torch.equal(torch.get_rng_state(), before[0])
    after = np.random.get_state()
    assert after[0] == before[1][0]
    assert np.array_equal(after[1], before[1][1])
    assert after[2:] == before[1][2:]
    assert random.getstate() == before[2]


@pytest.mark.parametrize("augment", [(), *((one,) for one in AUGMENTS)])
def test_writing_into_a_batch_leaves_the_split_alone(augment):
    split = noise()
    images, labels = split.images_NCHW.clone(), split.labels_N.clone()
    loader = Loader(split, batch_size=64, seed=0, augment=augment)
    batch = loader.batch(0, 0)
    batch.images_NCHW.fill_(7)
    batch.labels_N.fill_(7)
    assert torch.equal(split.images_NCHW, images)
    assert torch.equal(split.labels_N, labels)
    assert loader.batch(0, 0).labels_N.unique().numel() == 64


def test_augmentations_are_applied_in_order():
    by_hand = generator_of(2, 1, 3, 0)
    chosen = order(64, seed=2, epoch=1)[48:64]
    expected = noise().images_NCHW[chosen]
    for augment in AUGMENTS:
        expected = augment.apply(expected, by_hand)
    found = Loader(noise(), batch_size=16, seed=2, augment=AUGMENTS).batch(1, 3)
    assert torch.equal(found.images_NCHW, expected)
    assert torch.equal(found.labels_N, chosen)


def test_images_of_any_layout_in_memory():
    split = noise()
    turned = Split(split.images_NCHW.transpose(2, 3).contiguous().transpose(2, 3), split.labels_N)
    one, other = (Loader(s, batch_size=8, seed=0).batch(0, 0) for s in (split, turned))
    assert same(one, other)


# --- in order


@pytest.mark.parametrize("batch_size", [1, 4, 12, 13, 100])
def test_inputs_are_every_image_once_in_order(batch_size):
    split = numbered(13)
    images, labels = zip(*split.inputs(torch.Tensor.float, batch_size=batch_size), strict=True)
    assert torch.cat(labels).tolist() == list(range(13))
    assert torch.equal(torch.cat(images), split.images_NCHW.float())
    assert all(len(labels_N) == batch_size for labels_N in labels[:-1])


# --- what must fail


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 0}, "batch_size=0 with 10 images"),
        ({"batch_size": -1}, "batch_size=-1"),
        ({"batch_size": 11}, "expected: 1 to 10"),
        ({"batch_size": 5, "world_size": 2}, "multiple"),
        ({"batch_size": 4, "world_size": 2, "rank": 2}, "rank 2 of 2"),
        ({"batch_size": 4, "world_size": 2, "rank": -1}, "rank -1 of 2"),
        ({"batch_size": 4, "world_size": 0}, "rank 0 of 0"),
        ({"batch_size": 4, "world_size": -2}, "rank 0 of -2"),
        ({"batch_size": 4, "world_size": 8}, "rank 0 of 8"),
        ({"batch_size": 4, "seed": -1}, "seed=-1"),
        ({"batch_size": 4, "seed": 2**32}, "seed=4294967296"),
    ],
)
def test_invalid_loaders(options, said):
    with pytest.raises(InputError, match=said):
        Loader(numbered(10), **({"seed": 0} | options))


def test_an_empty_split_has_no_loader():
    with pytest.raises(InputError, match="batch_size=1 with 0 images"):
        Loader(numbered(0), batch_size=1, seed=0)


@pytest.mark.parametrize("place", [(0, 3), (0, -1), (-1, 0), (2, 100)])
def test_invalid_steps(place):
    loader = Loader(numbered(13), batch_size=4, seed=0)
    with pytest.raises(InputError, match="steps 0 to 2"):
        loader.batch(*place)


IMAGES, LABELS = torch.zeros(3, 1, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64)


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (IMAGES.float(), LABELS, "float32"),
        (IMAGES.to(torch.int8), LABELS, "int8"),
        (IMAGES[:, 0], LABELS, r"\(3, 4, 4\)"),
        (IMAGES[None], LABELS, r"\(1, 3, 1, 4, 4\)"),
        (IMAGES, LABELS.int(), "int32"),
        (IMAGES, LABELS[:2], r"\(2,\)"),
        (IMAGES, LABELS[:, None], r"\(3, 1\)"),
        (IMAGES[:0], LABELS, r"\(3,\)"),
    ],
)
def test_invalid_splits(images, labels, said):
    with pytest.raises(DataError, match=said):
        Split(images, labels)
