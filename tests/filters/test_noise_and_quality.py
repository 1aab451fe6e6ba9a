"""Noise by its statistics, PSNR and SSIM against scikit-image."""

import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from convscope import filters
from convscope.errors import InputError

GREY = np.full((300, 280, 3), 128, np.uint8)


def test_salt_and_pepper_is_half_and_half() -> None:
    noisy = filters.salt_and_pepper(GREY, 0.2, seed=3)
    assert noisy.dtype == np.uint8
    share = [(noisy == value).all(axis=2).mean() for value in (0, 255, 128)]
    np.testing.assert_allclose(share, (0.1, 0.1, 0.8), atol=0.01)
    assert set(np.unique(noisy)) == {0, 128, 255}


@pytest.mark.parametrize(
    ("image", "sigma"),
    [(GREY, 10.0), (GREY.astype(np.uint16) * 200, 1000.0), (GREY / 255, 0.05)],
)
def test_gaussian_noise_has_its_sigma(image: np.ndarray, sigma: float) -> None:
    noisy = filters.gaussian_noise(image, sigma, seed=3)
    assert noisy.dtype == image.dtype
    difference = noisy.astype(np.float64) - image
    assert abs(difference.mean()) < sigma / 100
    assert difference.std() == pytest.approx(sigma, rel=0.01)


@pytest.mark.parametrize(
    "noise",
    [
        lambda x, s: filters.salt_and_pepper(x, 0.3, seed=s),
        lambda x, s: filters.gaussian_noise(x, 0.2, seed=s),
    ],
)
def test_a_seed_decides_the_noise_and_alpha_has_none(noise) -> None:
    image = np.full((40, 30, 4), 0.5)
    before = image.copy()
    np.testing.assert_array_equal(noise(image, 1), noise(image, 1))
    assert (noise(image, 1) != noise(image, 2)).any()
    assert (noise(image, 1)[..., 3] == 0.5).all()
    np.testing.assert_array_equal(image, before)


def test_no_noise_is_the_image() -> None:
    np.testing.assert_array_equal(filters.salt_and_pepper(GREY, 0, seed=0), GREY)
    np.testing.assert_array_equal(filters.gaussian_noise(GREY, 0, seed=0), GREY)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
@pytest.mark.parametrize("shape", [(61, 47), (300, 20, 3)])
def test_quality_is_scikit_images(dtype: type, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    smooth = filters.apply(rng.random(shape), filters.Gaussian(2))
    original = smooth if dtype == np.float64 else (smooth * np.iinfo(dtype).max).astype(dtype)
    noisy = filters.gaussian_noise(original, 0.05 * filters.white(original), seed=1)
    white = filters.white(original)
    assert filters.psnr(noisy, original) == pytest.approx(
        peak_signal_noise_ratio(original, noisy, data_range=white), abs=1e-9
    )
    expected = structural_similarity(
        original,
        noisy,
        data_range=white,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        channel_axis=2 if len(shape) == 3 else None,
    )
    assert filters.ssim(noisy, original) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e6])
def test_ssim_of_numbers_far_from_zero(offset: float) -> None:
    """Each window in two passes: mean first, then weighted squares of what differs from it."""
    rng = np.random.default_rng(3)
    a = offset + rng.random((14, 13))
    b = a + 0.3 * rng.random((14, 13))
    bell = np.exp(-0.5 * ((np.arange(11) - 5) / 1.5) ** 2)
    weights = np.outer(bell, bell) / bell.sum() ** 2
    similarities = []
    for row in range(4):
        for column in range(3):
            x, y = (image[row : row + 11, column : column + 11] for image in (a, b))
            mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
            u, v = x - mean_x, y - mean_y
            luminance = (2 * mean_x * mean_y + 1e-4) / (mean_x**2 + mean_y**2 + 1e-4)
            structure = 2 * (weights * u * v).sum() + 9e-4
            structure /= (weights * u**2).sum() + (weights * v**2).sum() + 9e-4
            similarities.append(luminance * structure)
    assert filters.ssim(a, b) == pytest.approx(np.mean(similarities), abs=1e-8)


def test_equal_images() -> None:
    assert filters.psnr(GREY, GREY) == math.inf
    assert filters.ssim(GREY, GREY) == pytest.approx(1)


def test_the_median_is_for_salt_and_pepper_and_the_mean_is_not() -> None:
    """The lecture's claim, measured."""
    from skimage import data

    photo = data.camera()
    noisy = filters.salt_and_pepper(photo, 0.1, seed=0)
    scores = {
        name: filters.psnr(filters.apply(noisy, name), photo)
        for name in ("median", "mean", "gaussian3")
    }
    assert scores["median"] > scores["mean"] + 5
    assert scores["median"] > scores["gaussian3"] + 5
    assert scores["median"] > filters.psnr(noisy, photo) + 10


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filters.salt_and_pepper(GREY, 1.5, seed=0), "amount"),
        (lambda: filters.salt_and_pepper(GREY, float("nan"), seed=0), "amount"),
        (lambda: filters.salt_and_pepper(GREY, 0.5, seed=-1), "seed"),
        (lambda: filters.gaussian_noise(GREY, -1, seed=0), "sigma"),
        (lambda: filters.psnr(GREY, GREY[:10]), "same size and type"),
        (lambda: filters.psnr(GREY, GREY / 255), "same size and type"),
        (lambda: filters.ssim(GREY[:10], GREY[:10]), "11 x 11"),
    ],
)
def test_what_does_not_fit(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()
