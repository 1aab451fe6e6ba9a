"""The filter is found, and the gradient is autograd's."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data
from torch.nn import functional as F

from convscope import filters
from convscope.cli.lab import run
from convscope.errors import InputError
from convscope.io.image_writing import write_image
from convscope.labs.learnable_filter import LearnableFilter, Quadratic, drawn_photo, windows_of

PHOTO = data.chelsea()[..., 1] / 255


@pytest.mark.parametrize("name", sorted(filters.KERNELS))
@pytest.mark.parametrize("photo", [PHOTO, drawn_photo()], ids=["photo", "drawn"])
def test_every_filter_is_found(photo: np.ndarray, name: str) -> None:
    truth = filters.KERNELS[name].matrix
    steps = LearnableFilter(photo, truth, len(truth)).learn()
    assert np.abs(steps[-1].kernel - truth).max() < 1e-3
    assert steps[-1].error == np.abs(steps[-1].kernel - truth).max()
    assert steps[-1].loss < 1e-9 < steps[0].loss


def test_a_larger_kernel_learns_zeros_around_it() -> None:
    truth = filters.KERNELS["sobel_y"].matrix
    lab = LearnableFilter(drawn_photo(), truth, 5)
    learned = lab.learn()[-1].kernel
    np.testing.assert_allclose(learned, np.pad(truth, 1), atol=1e-3)


def test_loss_and_gradient_are_autograds() -> None:
    rng = np.random.default_rng(0)
    photo, truth, kernel = rng.random((20, 17)), rng.random((3, 3)), rng.normal(size=(3, 3))
    windows = windows_of(photo, (3, 3))
    quadratic = Quadratic.of(windows, windows @ truth.ravel())
    x, k, t = (torch.tensor(a)[None, None] for a in (photo, kernel, truth))
    k.requires_grad_()
    loss = F.mse_loss(F.conv2d(x, k), F.conv2d(x, t)) / 2
    loss.backward()
    assert quadratic.loss(kernel) == pytest.approx(loss.item(), rel=1e-9)
    np.testing.assert_allclose(quadratic.gradient(kernel), k.grad[0, 0], rtol=1e-9)


def test_terminal_json_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = write_image(tmp_path / "cat.png", data.chelsea())
    run("learnable_filter", [str(photo), "--filter", "laplacian4", "-o", str(tmp_path / "a.png")])
    assert "learned kernel" in capsys.readouterr().out
    assert (tmp_path / "a.png").stat().st_size > 5000
    run("learnable_filter", ["--kernel", "1 0 -1", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["error"] < 1e-3
    assert said["steps"][0]["step"] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--filter", "median"], "filter with a kernel"),
        (["--kernel", "1 2"], "no centre"),
        (["--size", "4"], "odd side"),
        (["--filter", "gaussian5", "--size", "3"], "from 5 to 15"),
        (["--steps", "0"], "at least 1"),
        (["nothing.png"], "no such file"),
    ],
)
def test_what_does_not_fit(words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run("learnable_filter", words)


def test_nothing_can_be_learned_from_an_even_area() -> None:
    with pytest.raises(InputError, match="one constant value"):
        LearnableFilter(np.ones((50, 50)), np.eye(3), 3)
    with pytest.raises(InputError, match="at least 12 x 12"):
        LearnableFilter(np.eye(5), np.eye(3), 3)
