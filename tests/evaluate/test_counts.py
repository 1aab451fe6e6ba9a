"""Counts that travel between processes: the parts together are the whole, to the last bit."""

import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convscope.errors import InputError
from convscope.evaluate.accumulator import MetricAccumulator

K = 7
CLASSES = tuple(f"class {k}" for k in range(K))


def sample(n, seed=0, sharpness=1.0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(K, (n,), generator=generator)
    logits = torch.randn(n, K, generator=generator)
    logits[torch.arange(n), labels] += sharpness
    return logits, labels


def accumulated(logits, labels, batch, **options):
    accumulator = MetricAccumulator(CLASSES, **options)
    for start in range(0, len(labels), batch):
        accumulator.add_logits(logits[start : start + batch], labels[start : start + batch])
    return accumulator


def merged(parts, **options):
    whole = MetricAccumulator(CLASSES, **options)
    for part in parts:
        whole.merge(pickle.loads(pickle.dumps(part.counts())))
    return whole.result()


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 90),
    world_size=st.integers(1, 5),
    batches=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    seed=st.integers(0, 1000),
    num_mistakes=st.integers(0, 9),
    backwards=st.booleans(),
)
def test_parts_are_the_whole(n, world_size, batches, seed, num_mistakes, backwards):
    logits, labels = sample(n, seed)
    whole = accumulated(logits, labels, batches[0], num_mistakes=num_mistakes).result()
    parts = [
        accumulated(
            logits[rank::world_size],
            labels[rank::world_size],
            batches[1],
            num_mistakes=num_mistakes,
            rank=rank,
            world_size=world_size,
        )
        for rank in range(world_size)
    ]
    found = merged(parts[:: -1 if backwards else 1], num_mistakes=num_mistakes)
    assert found == whole
    assert found.to_json() == whole.to_json()


def test_mistakes_of_the_same_probability_are_in_the_order_of_the_images():
    logits = torch.zeros(12, K)
    logits[:, 1] = 3.0
    labels = torch.zeros(12, dtype=torch.int64)
    parts = [
        accumulated(logits[r::3], labels[r::3], 2, num_mistakes=8, rank=r, world_size=3)
        for r in (2, 0, 1)
    ]
    assert [m.index for m in merged(parts, num_mistakes=8).mistakes] == list(range(8))


@pytest.mark.parametrize("largest", [1e4, 1e30, 1.7e308])
def test_any_finite_logits_are_merged(largest):
    logits = torch.zeros(5, K, dtype=torch.float64)
    logits[:, 0] = largest
    part = accumulated(logits, torch.tensor([1, 1, 0, 2, 3]), 2)
    found = merged([part, part])
    assert found.cross_entropy == pytest.approx(min(largest, 2.0**40) * 4 / 5)


def test_counts_of_other_classes_are_refused():
    with pytest.raises(InputError, match="6 classes"):
        MetricAccumulator(CLASSES).merge(MetricAccumulator(CLASSES[:-1]).counts())


@pytest.mark.parametrize(("rank", "world_size"), [(1, 1), (-1, 2), (5, 2), (0, 0)])
def test_invalid_ranks(rank, world_size):
    with pytest.raises(InputError, match="rank"):
        MetricAccumulator(CLASSES, rank=rank, world_size=world_size)


def test_an_error_names_the_image_by_its_number_in_the_whole():
    logits, labels = sample(4)
    logits[2, 0] = torch.nan
    with pytest.raises(InputError, match="sample 7"):
        accumulated(logits, labels, 1, rank=1, world_size=3)
