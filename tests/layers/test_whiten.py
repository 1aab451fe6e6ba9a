"""GlobalContrastNorm and ZcaWhiten against NumPy in float64."""

import numpy as np
import pytest
import torch

from convscope.arch import Chain, Limits, trace
from convscope.errors import ArchitectureError
from convscope.layers import GlobalContrastNorm, ZcaWhiten
from convscope.shapes import CHW


def contrast(images, scale, epsilon):
    """As Goodfellow's pylearn2 writes it, one image a row."""
    rows = images.reshape(len(images), -1).astype(np.float64)
    rows = rows - rows.mean(axis=1, keepdims=True)
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return (scale * rows / np.maximum(lengths, epsilon)).reshape(images.shape)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize(("scale", "epsilon"), [(55.0, 1e-8), (1.0, 1e-8), (1.0, 1e5)])
def test_contrast_is_numpys(dtype, scale, epsilon):
    pixels = np.random.default_rng(3).integers(0, 256, (4, 3, 6, 5))
    module = GlobalContrastNorm(scale, epsilon=epsilon).build(CHW(3, 6, 5))
    actual = module(torch.from_numpy(pixels).to(dtype)).numpy()
    assert np.abs(actual - contrast(pixels, scale, epsilon)).max() < 1e-5 * scale


def test_contrast_has_no_mean_and_one_length():
    images = torch.rand(5, 3, 8, 8) * 255
    actual = GlobalContrastNorm(55.0).build(CHW(3, 8, 8))(images).flatten(1)
    assert actual.mean(1).abs().max() < 1e-4
    assert torch.allclose(actual.norm(dim=1), torch.full((5,), 55.0), rtol=1e-5)


def test_contrast_of_an_even_image_is_zero_and_has_a_gradient():
    image = torch.full((1, 3, 4, 4), 7.0, requires_grad=True)
    actual = GlobalContrastNorm().build(CHW(3, 4, 4))(image)
    actual.sum().backward()
    assert actual.abs().max() == 0
    assert torch.isfinite(image.grad).all()


def test_contrast_norm_ignores_brightness_and_contrast():
    images = torch.rand(2, 1, 6, 6) * 100
    module = GlobalContrastNorm().build(CHW(1, 6, 6))
    assert torch.allclose(module(images), module(images * 2 + 30), atol=1e-3)


def test_whitening_is_a_matrix_product():
    module = ZcaWhiten().build(CHW(2, 3, 4))
    mean, matrix = torch.rand(24), torch.rand(24, 24)
    module.load_state_dict({"mean_D": mean, "matrix_DD": matrix})
    images = torch.rand(5, 2, 3, 4)
    expected = (images.numpy().reshape(5, 24) - mean.numpy()).astype(np.float64) @ matrix.numpy().T
    actual = module(images.contiguous(memory_format=torch.channels_last))
    assert np.abs(actual.reshape(5, 24).numpy() - expected).max() < 1e-5
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(module(images), module(images.clone()))
        assert module(images).dtype == torch.float32


def test_whitening_is_the_identity_until_fitted():
    images = torch.randint(0, 256, (2, 3, 4, 4), dtype=torch.uint8)
    assert torch.equal(ZcaWhiten().build(CHW(3, 4, 4))(images), images.float())


def test_tensors_are_in_the_state_dict():
    state = ZcaWhiten().build(CHW(1, 4, 4)).state_dict()
    assert {name: tuple(t.shape) for name, t in state.items()} == {
        "mean_D": (16,),
        "matrix_DD": (16, 16),
    }
    assert not GlobalContrastNorm().build(CHW(1, 4, 4)).state_dict()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ZcaWhiten(0.0), "epsilon"),
        (lambda: GlobalContrastNorm(-1.0), "scale"),
        (lambda: GlobalContrastNorm(epsilon=0.0), "epsilon"),
        (lambda: ZcaWhiten().output_shape(CHW(3, 224, 224)), "150,528 x 150,528"),
    ],
)
def test_refuses(build, message):
    with pytest.raises(ArchitectureError, match=message):
        build()


def test_matrices_count_towards_the_limits():
    parts = {f"whiten{number}": ZcaWhiten() for number in range(3)}
    fits = Limits(parameters=3 * (48 * 48 + 48))
    trace(Chain(**parts), CHW(3, 4, 4), fits)
    with pytest.raises(ArchitectureError, match="parameters: 7,056"):
        trace(Chain(**parts), CHW(3, 4, 4), Limits(parameters=3 * (48 * 48 + 48) - 1))
    stored = sum(t.numel() for t in ZcaWhiten().build(CHW(3, 4, 4)).state_dict().values())
    assert ZcaWhiten().fitted(CHW(3, 4, 4)) == stored
