from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.evaluate import evaluate


class Pixels(NamedTuple):
    images_NCHW: Tensor
    labels_N: Tensor


def digits(n=23):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (n, 1, 4, 4), generator=generator, dtype=torch.uint8)
    return Pixels(images, torch.arange(n) % 3)


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


def test_refuses_splits():
    images, labels = digits()
    with pytest.raises(InputError, match="no images"):
        evaluate(small_network(), scaled, Pixels(images[:0], labels[:0]))
    with pytest.raises(InputError, match="22 labels"):
        evaluate(small_network(), scaled, Pixels(images, labels[:-1]))
    with pytest.raises(InputError, match="shape"):
        evaluate(lambda x: x, scaled, Pixels(images, labels))
