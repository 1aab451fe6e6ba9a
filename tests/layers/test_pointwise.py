"""Activations, normalisation, vectors and shortcuts against NumPy in float64."""

import numpy as np
import pytest
import scipy.stats
import torch

from convscope.errors import ArchitectureError
from convscope.layers import (
    ELU,
    GELU,
    BatchNorm2d,
    ChannelShuffle,
    Conv2d,
    Dropout,
    EuclideanRBF,
    Flatten,
    Hardsigmoid,
    Hardswish,
    Identity,
    LayerScale,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    PReLU,
    ReLU,
    ReLU6,
    ScaledTanh,
    SelectChannels,
    Sigmoid,
    SiLU,
    Softmax,
    StochasticDepth,
    Tanh,
    ZeroPadShortcut,
)
from convscope.shapes import CHW, Features

SHAPE = CHW(5, 3, 2)


def _run(layer, shape=SHAPE):
    torch.manual_seed(11)
    module = layer.build(shape).double().eval()
    x = 4 * torch.randn(1, *shape, dtype=torch.float64)
    with torch.no_grad():
        return module, x[0].numpy(), module(x)[0].numpy()


@pytest.mark.parametrize(
    ("layer", "formula"),
    [
        (ReLU(), lambda x: np.maximum(x, 0)),
        (ReLU6(), lambda x: np.minimum(np.maximum(x, 0), 6)),
        (Tanh(), np.tanh),
        (ScaledTanh(), lambda x: 1.7159 * np.tanh(2 * x / 3)),
        (ScaledTanh(2.0, 0.25), lambda x: 2 * np.tanh(x / 4)),
        (Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
        (Softmax(), lambda x: np.exp(x) / np.exp(x).sum(0)),
        (Hardsigmoid(), lambda x: np.clip((x + 3) / 6, 0, 1)),
        (LeakyReLU(0.2), lambda x: np.where(x >= 0, x, 0.2 * x)),
        (PReLU(init=0.3), lambda x: np.where(x >= 0, x, 0.3 * x)),
        (ELU(1.5), lambda x: np.where(x > 0, x, 1.5 * (np.exp(x) - 1))),
        (GELU(), lambda x: x * scipy.stats.norm.cdf(x)),
        (
            GELU("tanh"),
            lambda x: x / 2 * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))),
        ),
        (SiLU(), lambda x: x / (1 + np.exp(-x))),
        (Hardswish(), lambda x: x * np.clip(x + 3, 0, 6) / 6),
        (Identity(), lambda x: x),
        (Dropout(0.3), lambda x: x),
        (StochasticDepth(0.3), lambda x: x),
        (LayerScale(0.25), lambda x: x / 4),
        (SelectChannels(1, 4), lambda x: x[1:4]),
        (SelectChannels(3), lambda x: x[3:]),
        (Flatten(), lambda x: x.reshape(-1)),
    ],
)
def test_formula(layer, formula):
    _, x, y = _run(layer)
    np.testing.assert_allclose(y, formula(x), atol=1e-12)


def test_prelu_has_a_slope_for_each_channel():
    module = PReLU(per_channel=True).build(SHAPE).double()
    slopes = torch.linspace(0.1, 0.5, SHAPE.channels, dtype=torch.float64)
    module.weight.data.copy_(slopes)
    x = torch.randn(2, *SHAPE, dtype=torch.float64)
    expected = np.where(x >= 0, x, slopes[:, None, None] * x)
    np.testing.assert_allclose(module(x).detach(), expected, atol=1e-15)


def test_stochastic_depth_removes_whole_images_and_keeps_the_mean():
    torch.manual_seed(0)
    module = StochasticDepth(0.25).build(CHW(2, 3, 4)).train()
    y = module(torch.ones(40_000, 2, 3, 4)).flatten(1)
    assert (y == y[:, :1]).all()
    assert y.unique().tolist() == [0.0, pytest.approx(4 / 3)]
    assert float(y.mean()) == pytest.approx(1, abs=0.02)
    assert StochasticDepth(0.0).build(CHW(2, 3, 4)).train()(y) is y


def test_channel_shuffle_interleaves_the_groups():
    x = torch.arange(6.0).view(1, 6, 1, 1)
    assert ChannelShuffle(2).build(CHW(6, 1, 1))(x).flatten().tolist() == [0, 3, 1, 4, 2, 5]
    assert ChannelShuffle(3).build(CHW(6, 1, 1))(x).flatten().tolist() == [0, 2, 4, 1, 3, 5]


def test_scaled_tanh_hits_its_targets():
    """f(1) = 1 and f(-1) = -1 to 3e-6, as LeCun et al. 1998 choose the constants."""
    module = ScaledTanh().build(SHAPE).double()
    one = module(torch.tensor([1.0, -1.0], dtype=torch.float64)).numpy()
    np.testing.assert_allclose(one, [1, -1], atol=4e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("alpha_per", ["sum", "mean"])
def test_local_response_norm(size, alpha_per):
    layer = LocalResponseNorm(size, alpha=0.3, beta=0.6, k=1.5, alpha_per=alpha_per)
    _, x, y = _run(layer)
    alpha = 0.3 if alpha_per == "sum" else 0.3 / size
    expected = np.empty_like(x)
    for c in range(len(x)):
        near = [d for d in range(c - size // 2, c + (size - 1) // 2 + 1) if 0 <= d < len(x)]
        expected[c] = x[c] / (1.5 + alpha * sum(x[d] ** 2 for d in near)) ** 0.6
    np.testing.assert_allclose(y, expected, atol=1e-12)


def test_local_response_norm_of_the_paper_is_torchs_with_five_times_alpha():
    _, x, y = _run(LocalResponseNorm(5, alpha=1e-2))
    theirs = torch.nn.functional.local_response_norm(
        torch.from_numpy(x[None]), 5, alpha=5e-2, beta=0.75, k=2.0
    )
    np.testing.assert_allclose(y, theirs[0].numpy(), atol=1e-14)


def test_batch_norm_in_training_and_after():
    module = BatchNorm2d(eps=1e-2, momentum=0.25).build(CHW(3, 4, 5)).double()
    with torch.no_grad():
        module.weight.copy_(torch.tensor([1.0, 2.0, -1.0]))
        module.bias.copy_(torch.tensor([0.5, 0.0, 1.0]))
    x = torch.randn(6, 3, 4, 5, dtype=torch.float64)
    y = module.train()(x).detach().numpy()
    mean, var = x.numpy().mean((0, 2, 3)), x.numpy().var((0, 2, 3))
    gamma, beta = module.weight.detach().numpy(), module.bias.detach().numpy()
    at = (None, slice(None), None, None)
    np.testing.assert_allclose(
        y, gamma[at] * (x.numpy() - mean[at]) / np.sqrt(var[at] + 1e-2) + beta[at], atol=1e-12
    )
    running = 0.75 * 1 + 0.25 * var * 120 / 119  # the running variance is the unbiased one
    z = module.eval()(x).detach().numpy()
    np.testing.assert_allclose(
        z,
        gamma[at] * (x.numpy() - 0.25 * mean[at]) / np.sqrt(running[at] + 1e-2) + beta[at],
        atol=1e-12,
    )


def test_dropout_keeps_the_mean():
    module = Dropout(0.25).build(Features(1)).train()
    torch.manual_seed(0)
    y = module(torch.ones(1, 100_000))
    assert y.unique().tolist() == [0.0, pytest.approx(4 / 3)]
    assert float(y.mean()) == pytest.approx(1, abs=0.01)


def test_linear():
    module, x, y = _run(Linear(4), Features(6))
    weight, bias = module.weight.detach().numpy(), module.bias.detach().numpy()
    expected = [sum(w * v for w, v in zip(weight[k], x, strict=True)) + bias[k] for k in range(4)]
    np.testing.assert_allclose(y, expected, atol=1e-12)


def test_euclidean_rbf_is_minus_the_squared_distance():
    centres = ((1.0, -1.0, 1.0), (-1.0, 0.5, 2.0), (0.0, 0.0, 0.0))
    module, x, y = _run(EuclideanRBF(centres), Features(3))
    expected = [-sum((a - b) ** 2 for a, b in zip(x, c, strict=True)) for c in centres]
    np.testing.assert_allclose(y, expected, atol=1e-12)
    assert module.state_dict() == {}
    assert list(module.parameters()) == []
    at_centre = module(torch.tensor([centres[1]], dtype=torch.float64))
    assert at_centre.argmax() == 1
    assert at_centre[0, 1] == 0


@pytest.mark.parametrize(
    ("out", "stride", "shape"), [(5, 2, CHW(3, 5, 4)), (3, 1, CHW(3, 2, 2)), (4, 3, CHW(2, 7, 8))]
)
def test_zero_pad_shortcut(out, stride, shape):
    _, x, y = _run(ZeroPadShortcut(out, stride), shape)
    assert y.shape == (out, -(-shape.height // stride), -(-shape.width // stride))
    for c in range(out):
        expected = x[c, ::stride, ::stride] if c < shape.channels else np.zeros(y.shape[1:])
        np.testing.assert_array_equal(y[c], expected)


def test_two_values_for_one_argument_are_refused():
    with pytest.raises(ArchitectureError, match="two values for out_channels"):
        Conv2d(6, 5, out_channels=9)
    with pytest.raises(ArchitectureError, match="without a name"):
        Conv2d(6, 5, 1, 0, 1, 1, True, "zeros", 8)
