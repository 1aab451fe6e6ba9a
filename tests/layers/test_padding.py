"""Same padding and padding modes against loops, NumPy's pad and figures of TensorFlow."""

import itertools

import numpy as np
import pytest
import torch

from convscope.layers import AvgPool2d, Conv2d, MaxPool2d
from convscope.shapes import CHW, pair, same_padding

MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@pytest.mark.parametrize(
    ("size", "extent", "stride", "expected"),
    [
        # TensorFlow's guide: tf.nn, "Notes on padding": width 13, filter 6, stride 5
        (13, 6, 5, (1, 2)),
        # EfficientNet in Keras: kernels of 3 and 5 with stride 2 on even sizes
        (224, 3, 2, (0, 1)),
        (112, 5, 2, (1, 2)),
        (7, 3, 2, (1, 1)),
        (5, 1, 2, (0, 0)),
        (9, 4, 1, (1, 2)),
    ],
)
def test_same_padding(size, extent, stride, expected):
    assert same_padding(size, extent, stride) == expected


def border(x, layer, mode, fill=0.0):
    """The input with the padding that a window needs, and its output size, by the definition."""
    sides, sizes = [(0, 0)], []
    kernel, stride = pair(layer.kernel_size), pair(layer.stride)
    dilation = pair(getattr(layer, "dilation", 1))
    for size, k, s, d in zip(x.shape[1:], kernel, stride, dilation, strict=True):
        places = -(-size // s)
        total = max((places - 1) * s + d * (k - 1) + 1 - size, 0)
        sides.append((total // 2, total - total // 2))
        sizes.append(places)
    values = {"constant_values": fill} if mode == "constant" else {}
    return np.pad(x, sides, mode, **values), sizes


def windows_of(x, layer, sizes):
    """Each place with its window (C, kh, kw)."""
    (kh, kw), (sh, sw) = pair(layer.kernel_size), pair(layer.stride)
    dh, dw = pair(getattr(layer, "dilation", 1))
    for i, j in itertools.product(*map(range, sizes)):
        rows = slice(i * sh, i * sh + dh * (kh - 1) + 1, dh)
        yield i, j, x[:, rows, j * sw : j * sw + dw * (kw - 1) + 1 : dw]


def run(layer, shape):
    torch.manual_seed(4)
    module = layer.build(shape).double()
    x = torch.randn(1, *shape, dtype=torch.float64) - 1
    y = module(x)[0].detach().numpy()
    assert tuple(layer.output_shape(shape)) == y.shape
    return module, x[0].numpy(), y


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("window", "shape"),
    [
        ({"kernel_size": 3, "padding": "same"}, CHW(2, 5, 6)),
        ({"kernel_size": (2, 4), "padding": "same", "dilation": (1, 2)}, CHW(2, 6, 7)),
        ({"kernel_size": 3, "padding": "same_tensorflow", "stride": 2}, CHW(2, 6, 7)),
        ({"kernel_size": (5, 2), "padding": "same_tensorflow", "stride": (2, 3)}, CHW(2, 8, 9)),
    ],
)
def test_convolution(window, mode, shape):
    layer = Conv2d(3, **window, padding_mode=mode)
    module, x, y = run(layer, shape)
    weight, bias = (p.detach().numpy() for p in (module.weight, module.bias))
    padded, sizes = border(x, layer, MODES[mode])
    for i, j, part in windows_of(padded, layer, sizes):
        np.testing.assert_allclose(y[:, i, j], np.einsum("kcuv,cuv->k", weight, part) + bias)


@pytest.mark.parametrize("shape", [CHW(2, 6, 7), CHW(1, 5, 4)])
@pytest.mark.parametrize("kernel", [2, 3, (1, 4)])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_pools(kernel, stride, shape):
    """Padding is no candidate of a maximum and no part of a mean, as in TensorFlow."""
    size = {"kernel_size": kernel, "stride": stride, "padding": "same_tensorflow"}
    for layer, reduce in ((MaxPool2d(**size), np.nanmax), (AvgPool2d(**size), np.nanmean)):
        _, x, y = run(layer, shape)
        padded, sizes = border(x, layer, "constant", np.nan)
        for i, j, part in windows_of(padded, layer, sizes):
            np.testing.assert_allclose(y[:, i, j], reduce(part, (1, 2)))


@pytest.mark.parametrize("size", [6, 7, 12, 13])
def test_a_built_network_pads_images_of_another_size_by_their_own_rule(size):
    layer = Conv2d(2, 3, stride=2, padding="same_tensorflow")
    module = layer.build(CHW(1, 8, 8))
    other = layer.build(CHW(1, size, size))
    other.load_state_dict(module.state_dict())
    x = torch.randn(1, 1, size, size)
    assert torch.equal(module(x), other(x))
    assert tuple(module(x).shape[1:]) == tuple(layer.output_shape(CHW(1, size, size)))


def test_what_torch_has_is_torchs_own_module():
    shape = CHW(4, 8, 8)
    assert Conv2d(4, 3, padding="same").module(shape).callee == "nn.Conv2d"
    assert Conv2d(4, 3, padding="same_tensorflow").module(shape).callee == "nn.Conv2d"
    assert Conv2d(4, 2, padding="same").module(shape).callee == "conv.SameConv2d"
