"""Mixup and CutMix against loops over images and pixels."""

import json
from typing import get_args

import numpy as np
import pydantic
import pytest
import scipy.stats
import torch

from convscope.data import Split
from convscope.data.augment.mix import AnyMix, CutMix, Mixed, Mixup
from convscope.data.loading.in_memory import Loader
from convscope.errors import InputError

ANY = pydantic.TypeAdapter(AnyMix)
mixes = pytest.mark.parametrize("mix", [Mixup(), Mixup(alpha=1.0), CutMix(), CutMix(alpha=0.3)])


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def numbered(num=30, channels=3, height=9, width=7):
    """Every image is of one brightness, its number; its label is its number too."""
    images = torch.arange(num, dtype=torch.uint8)[:, None, None, None] + 1
    return images.expand(num, channels, height, width), torch.arange(num)


# --- what all of them keep


@mixes
def test_shapes_and_bounds(mix):
    images, labels = numbered()
    before = images.clone()
    found, mixed = mix.apply(images, labels, generator())
    assert found.shape == images.shape
    assert found.dtype == (torch.float32 if isinstance(mix, Mixup) else torch.uint8)
    assert images.equal(before)
    assert mixed.labels_N.dtype == torch.int64
    assert mixed.labels_N.sort().values.equal(labels), "partners are a permutation"
    assert mixed.share_N.dtype == torch.float32
    assert mixed.share_N.min() >= 0
    assert mixed.share_N.max() <= 1


@mixes
def test_results_depend_on_the_generator_only(mix):
    images, labels = numbered()
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    first, again = (mix.apply(images, labels, generator(5)) for _ in range(2))
    other = mix.apply(images, labels, generator(6))
    assert first[0].equal(again[0])
    assert first[1].share_N.equal(again[1].share_N)
    assert not first[1].share_N.equal(other[1].share_N)
    assert torch.get_rng_state().equal(state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)


@mixes
def test_an_image_alone_is_its_own_partner(mix):
    images, labels = numbered(num=1)
    found, mixed = mix.apply(images, labels, generator())
    assert torch.allclose(found.float(), images.float())
    assert mixed.labels_N.equal(labels)
    assert mix.apply(images[:0], labels[:0], generator())[0].shape == (0, 3, 9, 7)


@mixes
def test_images_on_another_device_stay_there(mix):
    images, labels = (tensor.to("meta") for tensor in numbered())
    found, mixed = mix.apply(images, labels, generator())
    assert {found.device.type, mixed.labels_N.device.type, mixed.share_N.device.type} == {"meta"}


@mixes
def test_a_wrong_number_of_labels_is_an_error(mix):
    images, labels = numbered()
    with pytest.raises(InputError, match="labels of shape"):
        mix.apply(images, labels[:-1], generator())


@mixes
def test_float_images_give_the_same_as_uint8(mix):
    images, labels = numbered()
    found = mix.apply(images.float(), labels, generator())[0]
    assert found.equal(mix.apply(images, labels, generator())[0].float())


# --- one by one


@pytest.mark.parametrize("alpha", [0.2, 1.0, 8.0])
def test_mixup_is_a_weighted_mean(alpha):
    images, labels = numbered(num=200)
    found, mixed = Mixup(alpha=alpha).apply(images, labels, generator())
    own, partner = labels.double() + 1, mixed.labels_N.double() + 1
    share = mixed.share_N.double()
    expected = share * own + (1 - share) * partner
    assert torch.allclose(found[:, 0, 0, 0].double(), expected, atol=1e-3)
    assert (found == found[:, :1, :1, :1]).all()


@pytest.mark.parametrize("alpha", [0.2, 1.0, 8.0])
def test_shares_follow_the_beta_distribution(alpha):
    images, labels = torch.zeros(5000, 1, 1, 1), torch.zeros(5000, dtype=torch.int64)
    share = Mixup(alpha=alpha).apply(images, labels, generator())[1].share_N.double().numpy()
    assert scipy.stats.kstest(share, scipy.stats.beta(alpha, alpha).cdf).pvalue > 1e-3


def test_shares_are_frozen():
    """RandomState's stream is frozen, and so is torch's Mersenne Twister."""
    images, labels = numbered(num=3)
    share = Mixup(alpha=1.0).apply(images, labels, generator(0))[1].share_N
    seed = torch.Generator().manual_seed(0)
    torch.randperm(3, generator=seed)
    drawn = int(torch.randint(2**32, (1,), generator=seed))
    expected = np.random.RandomState(drawn).beta(1.0, 1.0, size=3)
    assert share.numpy() == pytest.approx(expected, abs=1e-7)


def test_cutmix_is_one_rectangle_of_the_partner():
    images, labels = numbered(num=200, height=12, width=10)
    found, mixed = CutMix().apply(images, labels, generator())
    sizes = set()
    for own, partner, share, image in zip(
        labels + 1, mixed.labels_N + 1, mixed.share_N, found, strict=True
    ):
        if own == partner:
            continue
        pasted = (image[0] == partner).numpy()
        assert (image == image[:1]).all()
        assert ((image[0] == own).numpy() ^ pasted).all()
        assert pasted.mean() == pytest.approx(1 - float(share), abs=1e-6)
        rows, cols = np.nonzero(pasted)
        if len(rows):
            height, width = np.ptp(rows) + 1, np.ptp(cols) + 1
            assert pasted.sum() == height * width
            sizes.add((height, width))
    assert len(sizes) > 20


def test_cutmix_rectangle_size():
    share_N = torch.tensor([0.0, 0.36, 0.75, 1.0]).repeat(500)
    top, bottom, left, right = CutMix().corners(share_N, 20, 40, generator()).view(4, 500, 4)
    tall, wide = (bottom - top).float(), (right - left).float()
    assert tall.amax(0).tolist() == [20, 16, 10, 0]
    assert wide.amax(0).tolist() == [40, 32, 20, 0]
    assert (tall.amin(0)[:3] < tall.amax(0)[:3]).all(), "some are cut off at the edge"
    assert top.min() >= 0
    assert bottom.max() <= 20
    assert right.max() <= 40


@pytest.mark.parametrize(("probability", "pasted"), [(0.0, 0), (0.5, 1000), (1.0, 2000)])
def test_cutmix_probability(probability, pasted):
    mix = CutMix(alpha=50.0, probability=probability)  # half an image, or nothing
    images, labels = torch.zeros(2000, 1, 8, 8), torch.arange(2000)
    changed = (mix.apply(images, labels, generator())[1].share_N < 1).sum()
    assert abs(int(changed) - pasted) <= 120 * (probability == 0.5)


def test_accuracy_counts_the_larger_share():
    mixed = Mixed(torch.tensor([7, 8, 9]), torch.tensor([0.9, 0.5, 0.1]))
    assert mixed.larger(torch.tensor([1, 2, 3])).tolist() == [1, 2, 9]


# --- in the loader


@mixes
def test_the_mix_follows_the_augmentation(mix):
    images, labels = numbered(num=24)
    split = Split(images.contiguous(), labels)
    plain = Loader(split, batch_size=8, seed=3).batch(1, 2)
    found = Loader(split, batch_size=8, seed=3, mix=mix).batch(1, 2)
    again = Loader(split, batch_size=8, seed=3, mix=mix).batch(1, 2)
    assert plain.mixed is None
    assert found.labels_N.equal(plain.labels_N)
    assert found.images_NCHW.equal(again.images_NCHW)
    assert set(found.mixed.labels_N.tolist()) == set(plain.labels_N.tolist())


# --- as JSON


@mixes
def test_json_round_trip(mix):
    assert ANY.validate_json(ANY.dump_json(mix)) == mix
    kinds = get_args(get_args(AnyMix)[0])
    assert {kind.__name__ for kind in kinds} == {kind().type for kind in kinds}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"type": "MixUp"},
        {"type": "Mixup", "alpha": 0.0},
        {"type": "Mixup", "alpha": -1.0},
        {"type": "Mixup", "alpha": 1e9},
        {"type": "Mixup", "alpha": "1"},
        {"type": "Mixup", "probability": 0.5},
        {"type": "CutMix", "probability": 1.5},
        {"type": "CutMix", "beta": 1.0},
    ],
    ids=str,
)
def test_invalid_mixes(value):
    with pytest.raises(pydantic.ValidationError):
        ANY.validate_json(json.dumps(value))
