"""Pooling against loops in float64."""

import itertools
import math

import numpy as np
import pytest
import torch

from convscope.layers import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
    MaxPool2d,
    TrainableSubsample2d,
)
from convscope.shapes import CHW, pair


def _run(layer, shape):
    torch.manual_seed(5)
    module = layer.build(shape).double()
    x = torch.randn(1, *shape, dtype=torch.float64) - 3  # mostly negative: a padding of 0 would win
    with torch.no_grad():
        return module, x[0].numpy(), module(x)[0].numpy()


def _cells(place, kernel, stride, padding, dilation):
    return [place * stride - padding + t * dilation for t in range(kernel)]


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (MaxPool2d(2), CHW(2, 5, 4)),
        (MaxPool2d(3, stride=2, ceil_mode=True), CHW(1, 6, 8)),
        (MaxPool2d((3, 2), stride=1, padding=(1, 0), dilation=(2, 1)), CHW(2, 7, 4)),
        (MaxPool2d(3, stride=2, padding=1), CHW(1, 6, 7)),
    ],
)
def test_max_pool(layer, shape):
    _, x, y = _run(layer, shape)
    (kh, kw), (ph, pw), (dh, dw) = (
        pair(v) for v in (layer.kernel_size, layer.padding, layer.dilation)
    )
    sh, sw = pair(layer.kernel_size if layer.stride is None else layer.stride)
    assert tuple(layer.output_shape(shape)) == y.shape
    for c, i, j in itertools.product(*map(range, y.shape)):
        rows, cols = _cells(i, kh, sh, ph, dh), _cells(j, kw, sw, pw, dw)
        inside = [
            x[c, row, col]
            for row in rows
            for col in cols
            if 0 <= row < shape.height and 0 <= col < shape.width
        ]
        assert y[c, i, j] == max(inside)


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "ceil_mode", "shape"),
    [
        (2, None, 0, False, CHW(2, 5, 4)),
        (3, 2, 1, True, CHW(1, 6, 8)),
        ((3, 2), (2, 1), (1, 1), False, CHW(2, 6, 4)),
        (5, 3, 0, True, CHW(1, 14, 13)),
    ],
)
def test_avg_pool(kernel, stride, padding, ceil_mode, shape, count_include_pad):
    layer = AvgPool2d(kernel, stride, padding, ceil_mode, count_include_pad)
    _, x, y = _run(layer, shape)
    (kh, kw), (ph, pw) = pair(kernel), pair(padding)
    sh, sw = pair(kernel if stride is None else stride)
    for c, i, j in itertools.product(*map(range, y.shape)):
        rows, cols = _cells(i, kh, sh, ph, 1), _cells(j, kw, sw, pw, 1)
        inside = [
            x[c, row, col]
            for row in rows
            for col in cols
            if 0 <= row < shape.height and 0 <= col < shape.width
        ]
        padded = sum(row < shape.height + ph for row in rows) * sum(
            col < shape.width + pw for col in cols
        )
        count = padded if count_include_pad else len(inside)
        assert y[c, i, j] == pytest.approx(sum(inside) / count, abs=1e-12)


def test_global_avg_pool():
    _, x, y = _run(GlobalAvgPool2d(), CHW(3, 4, 5))
    assert y.shape == (3, 1, 1)
    for c in range(3):
        assert y[c, 0, 0] == pytest.approx(math.fsum(x[c].flat) / 20, abs=1e-14)


@pytest.mark.parametrize(
    ("size", "shape"), [(7, CHW(1, 14, 7)), ((3, 2), CHW(2, 7, 5)), ((4, 5), CHW(1, 3, 2))]
)
def test_adaptive_avg_pool(size, shape):
    layer = AdaptiveAvgPool2d(size)
    _, x, y = _run(layer, shape)
    height, width = pair(size)
    for c, i, j in itertools.product(*map(range, y.shape)):
        top, bottom = (
            math.floor(i * shape.height / height),
            math.ceil((i + 1) * shape.height / height),
        )
        left, right = math.floor(j * shape.width / width), math.ceil((j + 1) * shape.width / width)
        assert y[c, i, j] == pytest.approx(x[c, top:bottom, left:right].mean(), abs=1e-12)


@pytest.mark.parametrize(("kernel", "shape"), [(2, CHW(3, 6, 4)), ((2, 3), CHW(2, 5, 7))])
def test_trainable_subsample(kernel, shape):
    layer = TrainableSubsample2d(kernel)
    module, x, _ = _run(layer, shape)
    kh, kw = pair(kernel)
    with torch.no_grad():
        places = (1, shape.channels, shape.height // kh, shape.width // kw)
        start = module(torch.ones(1, *shape, dtype=torch.float64))  # it begins as a mean
        np.testing.assert_allclose(start.numpy(), np.ones(places), atol=1e-7)
        module.weight.copy_(torch.tensor([2.0, -0.5, 1.5][: shape.channels]))
        module.bias.copy_(torch.tensor([0.1, 0.2, -1.0][: shape.channels]))
        y = module(torch.from_numpy(x[None]))[0].numpy()
    a, b = module.weight.detach().numpy(), module.bias.detach().numpy()
    for c, i, j in itertools.product(*map(range, y.shape)):
        total = x[c, i * kh : (i + 1) * kh, j * kw : (j + 1) * kw].sum()
        assert y[c, i, j] == pytest.approx(a[c] * total + b[c], abs=1e-12)
    assert y.shape == (shape.channels, shape.height // kh, shape.width // kw)
    assert np.isfinite(y).all()


@pytest.mark.parametrize("size", [1, 3, (2, 5), (8, 9)])
def test_adaptive_max_pool(size):
    shape = CHW(2, 5, 7)
    _, x, y = _run(AdaptiveMaxPool2d(size), shape)
    rows, cols = pair(size)
    for i, j in itertools.product(range(rows), range(cols)):
        part = x[
            :,
            i * 5 // rows : math.ceil((i + 1) * 5 / rows),
            j * 7 // cols : math.ceil((j + 1) * 7 / cols),
        ]
        np.testing.assert_array_equal(y[:, i, j], part.max((1, 2)))


def test_global_max_pool():
    _, x, y = _run(GlobalMaxPool2d(), CHW(3, 4, 5))
    np.testing.assert_array_equal(y[:, 0, 0], x.max((1, 2)))
