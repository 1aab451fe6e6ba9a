"""Labs of a few numbers against NumPy, SciPy and PyTorch; every one prints, draws and refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional as F

from convscope.cli.lab import run
from convscope.errors import ConvscopeError
from convscope.labs import LABS
from convscope.labs.laplacian import KERNEL_4, KERNEL_8, Laplacian
from convscope.labs.object_sizes import ObjectSizes, detector
from convscope.labs.pixels import Pixels
from convscope.labs.pooling_windows import EXAMPLE, PoolingWindows
from convscope.labs.softmax import Softmax
from convscope.labs.surface import Surface

SMALL = ("pixels", "surface", "laplacian", "pooling_windows", "softmax", "object_sizes")


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
