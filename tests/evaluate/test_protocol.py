"""The pass over a split, alone and in parts, against passes written out."""

import contextlib

import pytest
import torch
from torch import nn

from convscope.data import Split
from convscope.errors import InputError
from convscope.evaluate.protocol import WithProgress, evaluate


def digits(n=23):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (n, 1, 4, 4), generator=generator, dtype=torch.uint8)
    return Split(images, torch.arange(n) % 3)


def small_network():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5), nn.Flatten(), nn.Linear(8, 3)
    )
    network.train()
    network[1].eval()  # a frozen part: must stay as it was
    return network


def scaled(images_NCHW):
    return images_NCHW / 255


def test_equals_one_pass_by_hand():
    network, split = small_network(), digits()
    mine = evaluate(network, scaled, split, batch_size=5)
    network.eval()
    answers = network(scaled(split.images_NCHW)).argmax(dim=1)
    assert mine.correct == int((answers == split.labels_N).sum())
    assert mine.class_names == ("0", "1", "2")


def test_names_of_classes():
    mine = evaluate(small_network(), scaled, digits(), classes=("cat", "dog", "<b>"))
    assert mine.class_names == ("cat", "dog", "<b>")


def test_modes_and_statistics_are_as_before():
    network, split = small_network(), digits()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    evaluate(network, scaled, split)
    assert [part.training for part in network.modules()] == [True, True, False, True, True, True]
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert torch.is_grad_enabled()


def test_modes_are_as_before_when_it_fails():
    network, split = small_network(), digits()
    with torch.no_grad():
        network[0].weight.fill_(torch.nan)
    with pytest.raises(InputError, match="not finite"):
        evaluate(network, scaled, split)
    assert network.training


def test_runs_without_gradients():
    seen = []

    def network(x_NCHW):
        seen.append((torch.is_inference_mode_enabled(), len(x_NCHW)))
        return x_NCHW.flatten(1)[:, :3]

    evaluate(network, scaled, digits(), batch_size=10)
    assert seen == [(True, 10), (True, 10), (True, 3)]


@pytest.mark.parametrize("batch_size", [0, -1])
def test_refuses_batch_size(batch_size):
    with pytest.raises(InputError, match="batch size"):
        evaluate(small_network(), scaled, digits(), batch_size=batch_size)


class Short(Split):
    """A label less than images: no split of ours can be so."""

    def __post_init__(self):
        pass

    def __len__(self):
        return len(self.images_NCHW)


def test_refuses_splits():
    split = digits()
    images, labels = split.images_NCHW, split.labels_N
    with pytest.raises(InputError, match="no images"):
        evaluate(small_network(), scaled, Split(images[:0], labels[:0]))
    with pytest.raises(InputError, match="22 labels"):
        evaluate(small_network(), scaled, Short(images, labels[:-1]))
    with pytest.raises(InputError, match="shape"):
        evaluate(lambda x: x, scaled, split)


# --- on several ranks


class Counted(Exception):  # noqa: N818 - nothing went wrong
    """A rank has counted, and would now wait for the others."""


class Group:
    """One rank of several, which stops where it would wait, except in the last round."""

    def __init__(self, rank, world_size, collected, *, last):
        self.rank, self.world_size = rank, world_size
        self._collected, self._last = collected, last

    def all_gather(self, value):
        if self._last:
            return self._collected
        self._collected.append(value)
        raise Counted


def on_ranks(world_size, n=23, batch_size=1):
    """Each rank's evaluation: first all of them count, then all of them gather."""
    collected, found = [], []
    for last in (False, True):
        for rank in range(world_size):
            with contextlib.suppress(Counted):
                result = evaluate(
                    small_network(),
                    scaled,
                    digits(n),
                    classes=("a", "b", "c"),
                    batch_size=batch_size,
                    group=Group(rank, world_size, collected, last=last),
                )
                found.append(result)
    return found[-world_size:]


@pytest.mark.parametrize("world_size", [1, 2, 3, 7])
def test_ranks_together_are_the_whole(world_size):
    whole = evaluate(small_network(), scaled, digits(), classes=("a", "b", "c"), batch_size=1)
    results = on_ranks(world_size)
    assert len(results) == world_size
    assert all(result == whole for result in results)
    assert len(whole.mistakes) > 5


def test_a_rank_without_images():
    found = on_ranks(5, n=3, batch_size=2)
    assert {result.num_samples for result in found} == {3}
    assert len({result.to_json() for result in found}) == 1


@pytest.mark.parametrize(("rank", "world_size"), [(2, 2), (-1, 2), (0, 0)])
def test_refuses_ranks(rank, world_size):
    with pytest.raises(InputError, match="rank"):
        evaluate(
            small_network(),
            scaled,
            digits(),
            classes=("a",),
            group=Group(rank, world_size, [], last=False),
        )


def test_ranks_need_names():
    with pytest.raises(InputError, match="names"):
        evaluate(small_network(), scaled, digits(), group=Group(0, 2, [], last=False))


def test_inputs_are_all_that_is_asked_of_a_split():
    split = digits()

    class Stream:
        labels_N = split.labels_N

        def inputs(self, preprocessing, **options):
            yield preprocessing(split.images_NCHW), split.labels_N

        def __len__(self):
            return 23

    assert evaluate(small_network(), scaled, Stream()).num_samples == 23


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_progress_counts_every_image_of_the_process(rank):
    calls = []
    split = WithProgress(digits(23), lambda *numbers: calls.append(numbers))
    batches = list(split.inputs(scaled, batch_size=3, rank=rank, world_size=3))
    total = len(range(rank, 23, 3))
    assert calls[0] == (0, total)
    assert calls[-1] == (total, total) == (sum(len(labels) for _, labels in batches), total)


def test_progress_changes_nothing():
    network, calls = small_network(), []
    split = WithProgress(digits(), lambda *numbers: calls.append(numbers))
    assert evaluate(network, scaled, split) == evaluate(network, scaled, digits())
    assert torch.equal(split.image(4), digits().image(4))
    assert calls[-1] == (5, 23)
