"""Convolutions that were published with their numbers, through our Conv2d.

- The lecture that the project grew from: the 5 x 5 image, its two kernels.
- Stanford's CS231n, the animated convolution demo (assets/conv-demo): two screen captures, with
  pad 1 and stride 2; the demo draws its numbers at random, the captures fix them.
"""

import pytest
import torch

from convscope.layers import Conv2d
from convscope.shapes import CHW

LECTURE = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
CROSS = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
CORNER = [[0, 0, 1], [0, 1, 1], [1, 1, 1]]

CS231N = [
    {
        "x": [
            [[2, 2, 2, 2, 0], [1, 2, 1, 1, 1], [2, 1, 1, 1, 2], [2, 0, 2, 2, 0], [2, 0, 2, 0, 2]],
            [[1, 1, 0, 2, 2], [2, 1, 1, 0, 0], [0, 0, 1, 1, 0], [2, 0, 0, 0, 0], [1, 0, 0, 2, 0]],
            [[0, 2, 0, 1, 2], [2, 1, 1, 2, 1], [0, 2, 1, 0, 2], [2, 2, 2, 1, 0], [2, 2, 2, 2, 0]],
        ],
        "w": [
            [
                [[0, -1, -1], [-1, 0, 0], [-1, -1, 0]],
                [[-1, 0, -1], [0, 1, -1], [-1, -1, 0]],
                [[0, 0, -1], [1, 0, 0], [-1, 1, 1]],
            ],
            [
                [[1, 1, 0], [0, -1, 1], [-1, -1, 0]],
                [[0, 1, -1], [0, -1, -1], [1, 0, 0]],
                [[0, -1, -1], [1, 1, 1], [-1, 0, 1]],
            ],
        ],
        "o": [[[1, -4, -1], [-4, -4, -4], [-2, -4, 3]], [[0, 0, -3], [0, -1, -2], [1, 1, 2]]],
    },
    {
        "x": [
            [[1, 2, 2, 0, 1], [0, 0, 2, 2, 0], [0, 1, 1, 2, 2], [1, 1, 2, 1, 1], [0, 0, 2, 2, 1]],
            [[2, 0, 2, 0, 1], [2, 2, 2, 2, 2], [1, 2, 2, 1, 1], [1, 0, 1, 1, 1], [2, 0, 1, 2, 0]],
            [[2, 2, 0, 2, 2], [0, 1, 2, 1, 1], [2, 2, 1, 1, 0], [0, 1, 0, 2, 2], [2, 1, 2, 0, 1]],
        ],
        "w": [
            [
                [[-1, 1, -1], [0, 0, -1], [-1, 1, -1]],
                [[0, 0, 1], [-1, 1, 1], [1, 0, 0]],
                [[-1, 0, -1], [0, 0, 0], [-1, -1, -1]],
            ],
            [
                [[1, 1, 0], [0, 0, -1], [0, -1, -1]],
                [[-1, -1, -1], [1, 0, 1], [-1, -1, 1]],
                [[-1, 0, 0], [0, 0, 0], [0, 1, 1]],
            ],
        ],
        "o": [[[0, 1, 0], [3, -3, -5], [2, 0, -3]], [[-1, -3, -3], [-5, -5, -3], [0, 0, 0]]],
    },
]


def _through(layer, image, weight, bias=None):
    module = layer.build(CHW(*torch.tensor(image).shape))
    with torch.no_grad():
        module.weight.copy_(torch.tensor(weight))
        if bias is not None:
            module.bias.copy_(torch.tensor(bias))
        return module(torch.tensor([image], dtype=torch.float32))[0].int().tolist()


def test_lecture_valid_and_again():
    once = _through(Conv2d(1, 3, bias=False), [LECTURE], [[CROSS]])
    assert once == [[[4, 3, 4], [2, 4, 3], [2, 3, 4]]]
    assert _through(Conv2d(1, 3, bias=False), once, [[CROSS]]) == [[[18]]]


def test_lecture_padded_is_a_correlation():
    """The kernel is not flipped; the numbers that the lecture prints here fit neither reading."""
    actual = _through(Conv2d(1, 3, padding=1, bias=False), [LECTURE], [[CORNER]])
    assert actual == [
        [[3, 4, 4, 2, 1], [2, 4, 4, 4, 2], [1, 3, 5, 4, 2], [1, 4, 5, 3, 0], [1, 3, 2, 0, 0]]
    ]
    turned = [row[::-1] for row in CORNER[::-1]]
    assert _through(Conv2d(1, 3, padding=1, bias=False), [LECTURE], [[turned]]) == [
        [[1, 2, 3, 2, 1], [2, 4, 4, 4, 2], [1, 2, 4, 5, 4], [0, 1, 4, 6, 3], [0, 2, 4, 3, 1]]
    ]


@pytest.mark.parametrize("capture", CS231N, ids=["1", "2"])
def test_cs231n(capture):
    layer = Conv2d(2, 3, stride=2, padding=1)
    assert _through(layer, capture["x"], capture["w"], [1, 0]) == capture["o"]


def test_cs231n_shape_of_the_notes():
    assert Conv2d(1, 5, stride=2).output_shape(CHW(4, 11, 11)) == CHW(1, 4, 4)
