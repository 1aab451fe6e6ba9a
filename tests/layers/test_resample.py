"""Transposed convolution, upsampling and pixel shuffle against loops in float64."""

import itertools

import numpy as np
import pytest
import torch

from convscope.layers import ConvTranspose2d, PixelShuffle, PixelUnshuffle, Upsample
from convscope.shapes import CHW, pair


def run(layer, shape):
    torch.manual_seed(6)
    module = layer.build(shape).double()
    x = torch.randn(1, *shape, dtype=torch.float64)
    y = module(x)[0].detach().numpy()
    assert tuple(layer.output_shape(shape)) == y.shape
    return module, x[0].numpy(), y


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (ConvTranspose2d(3, 2, stride=2), CHW(2, 3, 4)),
        (ConvTranspose2d(2, 3, stride=2, padding=1, output_padding=1), CHW(2, 4, 3)),
        (ConvTranspose2d(4, (2, 3), stride=(3, 1), dilation=(1, 2), groups=2), CHW(4, 3, 3)),
        (ConvTranspose2d(1, 2, stride=3, bias=False), CHW(1, 3, 2)),
    ],
)
def test_transposed_convolution_scatters_its_kernel(layer, shape):
    module, x, y = run(layer, shape)
    weight = module.weight.detach().numpy()
    (kh, kw), (sh, sw) = pair(layer.kernel_size), pair(layer.stride)
    (ph, pw), (dh, dw) = pair(layer.padding), pair(layer.dilation)
    expected = np.zeros_like(y)
    outputs, inputs = len(y) // layer.groups, len(x) // layer.groups
    for c, i, j, k, u, v in itertools.product(*map(range, (*x.shape, outputs, kh, kw))):
        row, col = i * sh - ph + u * dh, j * sw - pw + v * dw
        if 0 <= row < y.shape[1] and 0 <= col < y.shape[2]:
            expected[c // inputs * outputs + k, row, col] += weight[c, k, u, v] * x[c, i, j]
    if layer.bias:
        expected += module.bias.detach().numpy()[:, None, None]
    np.testing.assert_allclose(y, expected, atol=1e-12)


def test_kernels_of_a_transposed_convolution_have_the_axes_of_a_convolution():
    layer = ConvTranspose2d(4, 3, groups=2)
    module = layer.build(CHW(6, 5, 5))
    kernels = layer.kernels(module)
    assert tuple(kernels.shape) == (4, 3, 3, 3)
    for k, c in itertools.product(range(4), range(3)):
        group, inside = divmod(k, 2)
        assert torch.equal(kernels[k, c], module.weight[group * 3 + c, inside])


@pytest.mark.parametrize("factor", [1, 2, (3, 2)])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_upsample(factor, mode):
    _, x, y = run(Upsample(factor, mode), CHW(2, 3, 4))
    scale = pair(factor)
    for i, j in itertools.product(range(y.shape[1]), range(y.shape[2])):
        if mode == "nearest":
            expected = x[:, i // scale[0], j // scale[1]]
        else:
            places = [
                min(max((n + 0.5) / s - 0.5, 0), size - 1)
                for n, s, size in zip((i, j), scale, x.shape[1:], strict=True)
            ]
            expected = sum(
                max(0, 1 - abs(places[0] - u)) * max(0, 1 - abs(places[1] - v)) * x[:, u, v]
                for u, v in itertools.product(range(x.shape[1]), range(x.shape[2]))
            )
        np.testing.assert_allclose(y[:, i, j], expected, atol=1e-12)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_pixel_shuffle_and_its_inverse(factor):
    shape = CHW(2 * factor**2, 2, 3)
    _, x, y = run(PixelShuffle(factor), shape)
    for c, i, j in itertools.product(*map(range, y.shape)):
        u, v = i % factor, j % factor
        channel = (c * factor + u) * factor + v
        assert y[c, i, j] == x[channel, i // factor, j // factor]
    back = PixelUnshuffle(factor).build(CHW(*y.shape))
    np.testing.assert_array_equal(back(torch.from_numpy(y[None]))[0], x)
