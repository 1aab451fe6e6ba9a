"""Labs of a few numbers against NumPy, SciPy and PyTorch; every one prints, draws and refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage, signal
from torch import nn
from torch.nn import functional as F

from convscope.cli.lab import run
from convscope.errors import ConvscopeError
from convscope.labs import LABS
from convscope.labs.functions.activations import ACTIVATIONS, Activations
from convscope.labs.functions.descent import Descent
from convscope.labs.laplacian import KERNEL_4, KERNEL_8, Laplacian
from convscope.labs.object_sizes import ObjectSizes, detector
from convscope.labs.pixels import Pixels
from convscope.labs.pooling import BESIDE, DETECTOR, example
from convscope.labs.pooling_windows import EXAMPLE, PoolingWindows, drawn
from convscope.labs.shapes.depth_concat import DepthConcat, Size
from convscope.labs.shapes.mlp_size import MLPSize
from convscope.labs.softmax import Softmax
from convscope.labs.surface import Surface

SMALL = (
    *("pixels", "surface", "laplacian", "pooling_windows", "softmax", "object_sizes"),
    *("mlp_size", "depth_concat", "activations", "descent"),
)


@pytest.mark.parametrize("name", SMALL)
def test_prints_draws_and_gives_data(name, tmp_path, capsys):
    assert name in LABS
    path = tmp_path / "picture.svg"
    run(name, ["-o", str(path)])
    assert len(capsys.readouterr().out.splitlines()) > 3
    assert path.read_text().startswith("<svg")
    run(name, ["--json"])
    assert json.loads(capsys.readouterr().out)["lab"] == name


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("softmax", ["--scores", "1"]),
        ("softmax", ["--scores", "1 nan"]),
        ("softmax", ["--label", "3"]),
        ("softmax", ["--lr", "0"]),
        ("softmax", ["--steps", "-1"]),
        ("laplacian", ["--row", "1 2"]),
        ("laplacian", ["--row", "1 x 3"]),
        ("surface", ["gausian"]),
        ("surface", ["--sigma", "99"]),
        ("pixels", ["none.jpg"]),
        ("pixels", ["--size", "99"]),
        ("pixels", ["--top", "9999"]),
        ("pooling_windows", ["--kind", "min"]),
        ("pooling_windows", ["--size", "9"]),
        ("pooling_windows", ["--padding", "2"]),
        ("pooling_windows", ["--step", "5"]),
        ("pooling_windows", ["--side", "0"]),
        ("surface", ["--size", "4"]),
        ("pooling", ["--example-only", "--shift", "4"]),
        ("pooling", ["--example-only", "--size", "2"]),
        ("mlp_size", ["--width", "0"]),
        ("mlp_size", ["--kernel", "2"]),
        ("depth_concat", ["14x14x2"]),
        ("depth_concat", ["14x14", "16x16x3"]),
        ("depth_concat", ["14x14x2", "9999x1x1"]),
        ("depth_concat", ["--mode", "equal"]),
        ("depth_concat", ["--mode", "crop"]),
        ("activations", ["--x", "nan"]),
        ("activations", ["--layers", "0"]),
        ("descent", ["--lr", "0"]),
        ("descent", ["--lr", "nan"]),
        ("descent", ["--steps", "101"]),
        ("descent", ["--start", "11"]),
        ("object_sizes", ["--objects", "4"]),
        ("object_sizes", ["--kernels", "3.5"]),
    ],
)
def test_what_does_not_fit_is_refused(name, arguments):
    with pytest.raises(ConvscopeError) as caught:
        run(name, arguments)
    assert str(caught.value)


@pytest.mark.parametrize("seed", range(5))
def test_softmax_is_that_of_torch(seed):
    generator = torch.Generator().manual_seed(seed)
    scores = (10 * torch.randn(6, generator=generator, dtype=torch.float64)).requires_grad_()
    loss = F.cross_entropy(scores[None], torch.tensor([seed]))
    torch.autograd.backward(loss)
    state = Softmax(tuple(scores.tolist()), seed).states()[0]
    np.testing.assert_allclose(state.probabilities, scores.detach().softmax(0), rtol=1e-12)
    assert state.loss == pytest.approx(float(loss.detach()), rel=1e-12)
    assert scores.grad is not None
    np.testing.assert_allclose(state.gradient, scores.grad, atol=1e-12)


def test_softmax_of_large_scores_and_steps_that_lower_the_loss():
    states = Softmax((500.0, -500.0, 499.0), 2, lr=0.5, steps=20).states()
    losses = [state.loss for state in states]
    assert losses == sorted(losses, reverse=True)
    assert all(sum(state.probabilities) == pytest.approx(1) for state in states)


def test_second_differences_are_those_of_numpy():
    row = tuple(np.random.default_rng(0).normal(size=20))
    lab = Laplacian(row)
    second = np.diff(row, 2)
    np.testing.assert_allclose([d.second for d in lab.differences()], second, atol=1e-12)
    signs = np.sign(second)
    assert len(lab.edges()) == int((signs[1:] != signs[:-1]).sum())


def test_the_laplacian_is_that_of_scipy():
    image = np.random.default_rng(1).normal(size=(9, 8))
    ours = ndimage.correlate(image, KERNEL_4, mode="mirror")
    np.testing.assert_allclose(ours, ndimage.laplace(image, mode="mirror"), atol=1e-12)
    assert KERNEL_8.tolist() == [[1, 1, 1], [1, -8, 1], [1, 1, 1]]


@pytest.mark.parametrize("sigma", [0.5, 1.5, 4.0])
def test_surfaces_are_the_responses_of_scipy_to_a_point(sigma):
    point = np.zeros((41, 41))
    point[20, 20] = 1
    for name, filter in (("gaussian", ndimage.gaussian_filter), ("log", ndimage.gaussian_laplace)):
        kernel = Surface(name, sigma).kernel
        radius = len(kernel) // 2
        part = slice(20 - radius, 21 + radius)
        np.testing.assert_allclose(kernel, filter(point, sigma)[part, part], atol=1e-6)
    assert Surface("sobel_x").section.tolist() == [-2, 0, 2]


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize(("size", "stride", "padding"), [(2, None, 0), (3, 2, 1), (3, 1, 0)])
def test_pooling_windows_are_those_of_torch(kind, size, stride, padding):
    x = np.random.default_rng(2).normal(size=(7, 9))
    lab = PoolingWindows(x, kind, size, stride, padding)
    image = torch.tensor(x[None, None]).requires_grad_()
    if kind == "max":
        pooled = F.max_pool2d(image, size, lab.step, padding)
    else:
        pooled = F.avg_pool2d(image, size, lab.step, padding, count_include_pad=False)
    torch.autograd.backward(pooled.sum())
    np.testing.assert_allclose(lab.output, pooled[0, 0].detach(), atol=1e-12)
    assert image.grad is not None
    np.testing.assert_allclose(lab.gradient(), image.grad[0, 0], atol=1e-12)


def test_the_usual_example_of_pooling():
    assert PoolingWindows(EXAMPLE).output.tolist() == [[6, 8], [3, 4]]
    first = PoolingWindows(EXAMPLE).windows[0]
    assert (first.values, first.winner) == ((1, 1, 5, 6), (1, 1))


def test_pixels_are_those_of_the_image():
    image = np.random.default_rng(3).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    lab = Pixels(image, 4, top=18, left=2)
    assert lab.corner == (16, 2)
    for c, name in enumerate(("red", "green", "blue")):
        assert np.array_equal(lab.channels[name], image[16:20, 2:6, c])
    assert Pixels(image[..., :1], 40 - 8).region.shape == (20, 30, 1)


def test_kernels_respond_most_to_their_own_size():
    lab = ObjectSizes()
    for diameter, size in ((3, 3), (7, 7), (13, 13)):
        best = max((r for r in lab.responses() if r.object == diameter), key=lambda r: r.response)
        assert best.kernel == size
        kernel = detector(size)
        assert abs(kernel.sum()) < 1e-12
        expected = ndimage.correlate(lab.picture(diameter), kernel, mode="constant")
        np.testing.assert_allclose(lab.map(diameter, size), expected, atol=1e-12)


@pytest.mark.parametrize("size", [3, 5, 9])
def test_a_gaussian_of_any_size_is_that_of_scipy_with_the_sum_1(size):
    window = signal.windows.gaussian(size, 1.5)
    expected = np.outer(window, window) / window.sum() ** 2
    np.testing.assert_allclose(Surface("gaussian", 1.5, size).kernel, expected, atol=1e-12)


def test_parameters_of_first_layers_are_those_of_torch():
    lab = MLPSize(40, 30, 3, 7, 5, 11)
    with torch.device("meta"):
        full, convolution = nn.Linear(40 * 30 * 3, 7), nn.Conv2d(3, 11, 5, padding=2)
    for count, module in ((lab.fully_connected(), full), (lab.convolution(), convolution)):
        assert count.parameters == sum(p.numel() for p in module.parameters())
        assert count.biases == module.bias.numel()
    assert MLPSize().fully_connected().parameters == 622_080_100
    assert lab.convolution().uses == convolution(torch.empty(3, 30, 40, device="meta"))[0].numel()


def test_depth_concat_pads_as_torch7():
    """`start = floor((outputSize - currentSize) / 2 + 1)` in DepthConcat.lua of torch/nn."""
    rng = np.random.default_rng(4)
    for sizes in (((14, 14, 2), (16, 16, 3)), ((5, 9, 1), (8, 4, 2)), ((3, 3, 2), (3, 3, 2))):
        lab = DepthConcat(tuple(Size(*size) for size in sizes))
        arrays = tuple(rng.normal(size=size) for size in sizes)
        height, width = (max(size[axis] for size in sizes) for axis in (0, 1))
        padded = []
        for array in arrays:
            more = [(height - array.shape[0]), (width - array.shape[1])]
            around = [(int(np.floor(n / 2 + 1)) - 1, n - int(np.floor(n / 2))) for n in more]
            padded.append(np.pad(array, [*around, (0, 0)]))
        expected = np.concatenate(padded, axis=2)
        assert lab.output == expected.shape
        np.testing.assert_array_equal(lab.concatenate(arrays), expected)
        assert sum(placed.zeros for placed in lab.placed()) == int((expected == 0).sum())
    assert str(DepthConcat().output) == "16x16x5"


@pytest.mark.parametrize("x", [-7.0, -0.3, 0.0, 0.4, 2.0, 50.0])
def test_activations_and_slopes_are_those_of_torch(x):
    functions = {
        "relu": F.relu,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "leaky_relu": F.leaky_relu,
        "elu": F.elu,
        "gelu": F.gelu,
        "silu": F.silu,
    }
    assert set(functions) == set(ACTIVATIONS)
    lab = Activations(x, 3)
    for name, function in functions.items():
        place = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        value = function(place)
        torch.autograd.backward(value)
        assert place.grad is not None
        point = lab.point(name)
        assert point.value == pytest.approx(float(value.detach()), rel=1e-12, abs=1e-15)
        assert point.slope == pytest.approx(float(place.grad), rel=1e-9, abs=1e-15)
        assert point.through == point.slope**3


@pytest.mark.parametrize(
    ("lr", "verdict"),
    [
        *((0.1, "slow"), (0.5, "direct"), (1.0, "direct"), (1.5, "oscillating")),
        *((2.0, "circling"), (2.2, "diverging")),
    ],
)
def test_descent_follows_the_gradient_of_torch(lr, verdict):
    lab = Descent(lr, 6, -3.0)
    place = torch.tensor(-3.0, dtype=torch.float64, requires_grad=True)
    for step in lab.path():
        assert step.x == pytest.approx(float(place.detach()), abs=1e-12)
        place.grad = None
        loss = place**2 / 2
        assert step.value == pytest.approx(float(loss.detach()), abs=1e-12)
        torch.autograd.backward(loss)
        assert place.grad is not None
        with torch.no_grad():
            place -= lr * place.grad
    assert lab.verdict == verdict
    sizes = [abs(step.update) for step in lab.path()]
    assert (sizes[-1] > sizes[0]) == (verdict == "diverging")


@pytest.mark.parametrize("shift", range(-3, 4))
@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_the_shifted_row_is_pooled_as_torch_does(shift, size):
    values = example("max", shift=shift, size=size)
    assert (values.shifted == DETECTOR) == (shift == 0)
    whole = (*BESIDE[0], *DETECTOR, *BESIDE[1])
    assert tuple(np.roll(whole, shift)[3:7]) == values.shifted
    row = torch.tensor(values.shifted, dtype=torch.float64)[None]
    pooled = F.max_pool1d(row, size, 1, size // 2)[0]
    np.testing.assert_array_equal(values.pooled_shifted, pooled)
    assert values.difference == pytest.approx(np.abs(np.subtract(DETECTOR, values.shifted)).sum())


def test_drawn_inputs_are_digits_that_a_seed_decides():
    digits = drawn(20, 3)
    assert set(digits.ravel()) == set(range(10))
    assert np.array_equal(digits, drawn(20, 3))
    assert not np.array_equal(digits, drawn(20, 4))


def test_the_true_convolution_of_a_point_copies_the_kernel(tmp_path: Path, capsys):
    run(
        "convolution",
        ["--operation", "convolution", "--input", "1x5x5", "--kernels", "1", "--json"],
    )
    rotated = json.loads(capsys.readouterr().out)
    run("convolution", ["--input", "1x5x5", "--kernels", "1", "--json"])
    plain = json.loads(capsys.readouterr().out)
    w = np.array(plain["kernel"])
    assert np.array_equal(np.array(rotated["kernel"]), w[..., ::-1, ::-1])
    x = np.array(plain["input"])[0]
    expected = ndimage.convolve(x, w[0, 0], mode="constant")[1:-1, 1:-1] + plain["bias"][0]
    np.testing.assert_allclose(np.array(rotated["output"])[0], expected)
