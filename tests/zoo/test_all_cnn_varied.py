"""The All-CNN networks at other sizes: what the benchmark of pooling and strides trains."""

import pytest

from convscope.arch import Architecture
from convscope.errors import InputError
from convscope.shapes import CHW
from convscope.zoo import load
from convscope.zoo.papers.classic.all_cnn import NETWORKS, varied


def parameters(architecture):
    return sum(step.parameters for step in architecture.trace.steps)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_papers_own_size_is_the_zoos(name):
    ours, zoos = varied(name), load(name)
    assert (ours.name, ours.block, ours.facts) == (zoos.name, zoos.block, zoos.facts)


@pytest.mark.parametrize("name", ["model_c", "strided_cnn_c", "convpool_cnn_c", "all_cnn_c"])
def test_a_sixth_of_the_maps(name):
    small = varied(name, width=16, dropout=(0.0, 0.0), input=CHW(1, 28, 28))
    assert small.name == f"{name}_width16"
    assert small.facts == ()
    assert "16 and 32 channels" in small.differs_from_paper[-1]
    assert Architecture.from_json(small.to_json()) == small
    convolutions = 2 if name in ("model_c", "strided_cnn_c") else 3  # a block, by hand
    first = 9 * 16 + 16 + (convolutions - 1) * (9 * 16 * 16 + 16)
    second = 9 * 16 * 32 + 32 + (convolutions - 1) * (9 * 32 * 32 + 32)
    last = (9 * 32 * 32 + 32) + (32 * 32 + 32) + (32 * 10 + 10)
    assert parameters(small) == first + second + last


def test_unknown_name():
    with pytest.raises(InputError, match="did you mean all_cnn_c"):
        varied("all_cnn_d", width=16)
