"""Every filter against SciPy or a sum written out, on every type, shape and border."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.ndimage as ndimage
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from convscope import filters
from convscope.errors import InputError
from convscope.filters.engine import STRIP_ROWS

SCIPY = {
    "constant": "constant",
    "edge": "nearest",
    "reflect": "mirror",
    "symmetric": "reflect",
    "wrap": "grid-wrap",
}
TYPES = (np.uint8, np.uint16, np.float32, np.float64)


def some_image(dtype: type, shape: tuple[int, ...] = (37, 29, 3)) -> np.ndarray:
    rng = np.random.default_rng(20)  # its own for each image: no test depends on the order
    if np.dtype(dtype).kind == "f":
        return rng.random(shape).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


def by_channel(run, image: np.ndarray) -> np.ndarray:
    return np.stack([run(image[..., c].astype(np.float64)) for c in range(image.shape[2])], axis=2)


def agree(result: np.ndarray, exact: np.ndarray) -> None:
    """Equal to rounding: whole numbers to the nearest, floats to their last digits."""
    if result.dtype.kind in "iu":
        top = np.iinfo(result.dtype)
        wanted = np.clip(exact, top.min, top.max)
        # sums of up to 49 products in float32: each may be off by half a unit in the last place
        rounding = 49 * 2.0**-24 * top.max
        assert np.abs(result - wanted).max() <= 0.5 + rounding
    else:
        scale = max(1.0, np.abs(exact).max())
        limit = 1e-12 if result.dtype == np.float64 else 3e-6
        assert np.abs(result - exact).max() <= limit * scale


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("border", SCIPY)
@pytest.mark.parametrize("name", sorted(filters.KERNELS))
def test_every_kernel_is_scipys_correlation(name: str, border: str, dtype: type) -> None:
    image = some_image(dtype)
    kernel = filters.KERNELS[name].matrix
    result = filters.apply(image, filters.linear(name), border=border)
    agree(result, by_channel(lambda x: ndimage.correlate(x, kernel, mode=SCIPY[border]), image))
    turned = filters.convolve(image, kernel, border=border)
    agree(turned, by_channel(lambda x: ndimage.convolve(x, kernel, mode=SCIPY[border]), image))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("border", SCIPY)
@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_mean_and_median(size: int, border: str, dtype: type) -> None:
    image = some_image(dtype)
    mode = SCIPY[border]
    mean = filters.apply(image, filters.Mean(size), border=border)
    agree(mean, by_channel(lambda x: ndimage.uniform_filter(x, size, mode=mode), image))
    median = filters.apply(image, filters.Median(size), border=border)
    exact = by_channel(lambda x: ndimage.median_filter(x, size, mode=mode), image)
    np.testing.assert_array_equal(median, exact.astype(dtype))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.7, 8.0])
def test_gaussian_is_scipys_and_scikit_images(sigma: float, dtype: type) -> None:
    image = some_image(dtype)
    result = filters.apply(image, filters.Gaussian(sigma), border="symmetric")
    assert result.dtype == dtype
    agree(result, by_channel(lambda x: ndimage.gaussian_filter(x, sigma), image))
    wide = filters.apply(image, filters.Gaussian(sigma, size=5), border="edge")
    exact = by_channel(lambda x: ndimage.gaussian_filter(x, sigma, mode="nearest", radius=2), image)
    agree(wide, exact)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("operator", ["sobel", "scharr", "prewitt"])
def test_magnitude_and_direction(operator: str, dtype: type) -> None:
    image = some_image(dtype, (2 * STRIP_ROWS + 3, 11, 2 + 1))
    kernels = [filters.KERNELS[f"{operator}_{axis}"].matrix for axis in "xy"]
    x, y = (
        by_channel(lambda p, k=k: ndimage.correlate(p, k, mode="mirror"), image) for k in kernels
    )
    agree(filters.apply(image, filters.Magnitude(operator)), np.hypot(x, y))
    direction = filters.apply(image, filters.Direction(operator))
    assert direction.dtype == (np.float64 if dtype == np.float64 else np.float32)
    # as vectors: where there is no slope there is no direction, and -pi is pi
    steep = np.hypot(x, y)
    limit = 1e-5 * steep.max()
    np.testing.assert_allclose(steep * np.cos(direction), x, atol=limit)
    np.testing.assert_allclose(steep * np.sin(direction), y, atol=limit)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("border", SCIPY)
@pytest.mark.parametrize("sigma", [0.8, 1.4, 5.0])
def test_laplacian_of_gaussian(sigma: float, border: str, dtype: type) -> None:
    image = some_image(dtype, (40, 33, 1))
    result = filters.apply(image, filters.LaplacianOfGaussian(sigma), border=border)
    exact = by_channel(lambda x: ndimage.gaussian_laplace(x, sigma, mode=SCIPY[border]), image)
    tolerance = 1e-9 if dtype == np.float64 else 2e-6
    assert np.abs(result - exact).max() <= tolerance * max(1.0, image.max())


def bilateral_by_hand(x: np.ndarray, size: int, sigma: float, sigma_value: float) -> np.ndarray:
    """The sum of the docstring, window by window."""
    r = size // 2
    padded = np.pad(x, ((r, r), (r, r), (0, 0)), mode="reflect")
    total, weights = np.zeros_like(x), np.zeros((*x.shape[:2], 1))
    for dy in range(-r, r + 1):
        for dx in range(-r, r + 1):
            if dy * dy + dx * dx > r * r:
                continue
            near = padded[r + dy : r + dy + x.shape[0], r + dx : r + dx + x.shape[1]]
            far = np.abs(near - x).sum(axis=2, keepdims=True)
            weight = np.exp(-(dy * dy + dx * dx) / (2 * sigma**2) - far**2 / (2 * sigma_value**2))
            total, weights = total + weight * near, weights + weight
    return total / weights


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("channels", [1, 3])
def test_bilateral_is_its_formula(channels: int, dtype: type) -> None:
    image = some_image(dtype, (24, 21, channels))
    white = filters.white(image)
    result = filters.apply(image, filters.Bilateral(size=7, sigma=2.0, sigma_value=0.2))
    exact = bilateral_by_hand(image.astype(np.float64), 7, 2.0, 0.2 * white)
    assert result.dtype == dtype
    limit = 0.51 if dtype == np.uint8 else 2e-4 * white
    assert np.abs(result - exact).max() <= limit


@pytest.mark.parametrize("name", sorted(filters.FILTERS))
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_opaque_alpha_and_shape_come_out_as_they_went_in(
    name: str, dtype: type, channels: int
) -> None:
    image = some_image(dtype, (12, 14, channels))
    if channels in (2, 4):
        image[..., -1] = filters.white(image)
    before = image.copy()
    result = filters.apply(image, name)
    np.testing.assert_array_equal(image, before)
    assert result.shape == image.shape
    if channels in (2, 4):
        np.testing.assert_array_equal(result[..., -1], image[..., -1])
        alone = filters.apply(np.ascontiguousarray(image[..., :-1]), name)
        np.testing.assert_allclose(result[..., :-1], alone, rtol=1e-6, atol=2e-5)
    flat = filters.apply(image[..., 0], name)
    assert flat.shape == (12, 14)


@pytest.mark.parametrize("name", sorted(filters.FILTERS))
@pytest.mark.parametrize("border", SCIPY)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (6, 1), (2, 2)])
def test_windows_larger_than_the_image(name: str, border: str, shape: tuple[int, int]) -> None:
    image = some_image(np.uint8, shape)
    assert filters.apply(image, name, border=border).shape == shape


@settings(max_examples=80, deadline=None)
@given(
    image=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9)),
    kernel=hnp.arrays(
        np.int8,
        st.tuples(st.sampled_from([1, 3, 5, 7]), st.sampled_from([1, 3, 5, 7])),
        elements=st.integers(-9, 9),
    ),
    border=st.sampled_from(sorted(SCIPY)),
)
def test_any_kernel_on_any_image(image: np.ndarray, kernel: np.ndarray, border: str) -> None:
    """Windows wider than the image, too: every border as SciPy continues it."""
    exact = ndimage.correlate(
        image.astype(np.float64), kernel.astype(np.float64), mode=SCIPY[border]
    )
    result = filters.correlate(image, kernel, border=border)
    limits = np.iinfo(result.dtype) if result.dtype.kind in "iu" else np.finfo(result.dtype)
    np.testing.assert_array_equal(result, np.clip(exact, limits.min, limits.max))


@pytest.mark.parametrize("name", ["mean", "median", "gaussian3", "sobel", "log"])
def test_a_border_filled_with_a_value(name: str) -> None:
    image = some_image(np.uint8, (20, 20))
    filled = filters.apply(image, name, border="constant", value=200)
    padded = filters.apply(np.pad(image, 8, constant_values=200), name)[8:-8, 8:-8]
    np.testing.assert_allclose(filled, padded, rtol=1e-6, atol=1e-4)


def test_correlation_and_convolution_are_not_the_same() -> None:
    image = some_image(np.uint8)
    kernel = filters.KERNELS["sobel_x"].matrix
    np.testing.assert_array_equal(
        filters.correlate(image, kernel), -filters.convolve(image, kernel)
    )
    spike = np.zeros((5, 5))
    spike[2, 2] = 1
    lopsided = np.arange(1.0, 10).reshape(3, 3)
    np.testing.assert_array_equal(filters.convolve(spike, lopsided)[1:4, 1:4], lopsided)
    np.testing.assert_array_equal(
        filters.correlate(spike, lopsided)[1:4, 1:4], lopsided[::-1, ::-1]
    )


def test_results_with_a_sign() -> None:
    image = some_image(np.uint8)
    assert filters.apply(image, "sobel_x").dtype == np.int16
    assert filters.apply(image, "sobel_x").min() < 0
    assert filters.apply(image.astype(np.uint16), "laplacian8").dtype == np.float32
    assert filters.correlate(image, [[-0.5, 0, 0.5]]).dtype == np.float32
    assert filters.correlate(image, [[-1000, 0, 1000]]).dtype == np.float32
    assert filters.apply(image, "sharpen").dtype == np.uint8


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((3, 3, 5), np.uint8), "an array of shape"),
        (np.zeros(9, np.uint8), "an array of shape"),
        (np.zeros((0, 4), np.uint8), "without pixels"),
        (np.full((4, 4), 256), "int64 from 256 to 256"),
        (np.zeros((4, 4), complex), "complex128"),
        (np.full((4, 4), np.nan), "NaN"),
        (np.full((4, 4), np.inf, np.float32), "NaN or infinity"),
    ],
)
def test_what_is_no_image(image: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        filters.apply(image, "mean")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filters.Median(4), "even"),
        (lambda: filters.Mean(0), "odd number"),
        (lambda: filters.Mean(257), "odd number"),
        (lambda: filters.Gaussian(0), "sigma 0"),
        (lambda: filters.Gaussian(float("nan")), "sigma nan"),
        (lambda: filters.Gaussian(1e9), "sigma"),
        (lambda: filters.Gaussian(1, size=2), "even"),
        (lambda: filters.Bilateral(size=1), "window of 1 pixel"),
        (lambda: filters.named("medain"), "median"),
        (lambda: filters.named("sobel_x", {"size": 5}), "size for the filter"),
        (lambda: filters.named("median", {"sigma": 5.0}), "expected: size"),
        (lambda: filters.linear("gausian3"), "gaussian3"),
        (lambda: filters.linear([[1, 2], [3, 4]]), "no centre"),
        (lambda: filters.linear([[1, 2, float("nan")]]), "NaN"),
        (lambda: filters.linear(np.ones((257, 3))), "at most 255"),
        (lambda: filters.linear([1, 2, 3]), "rows and columns"),
        (lambda: filters.linear([[1, 2], [3]]), "equal length"),
        (lambda: filters.linear("mean", operation="konvolution"), "convolution"),
        (lambda: filters.border("mirrored"), "border mode"),
        (lambda: filters.border("edge", value=3), "does not use it"),
        (lambda: filters.border("constant", value=float("inf")), "finite"),
    ],
)
def test_settings_that_do_not_fit(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_names_of_borders() -> None:
    for name in filters.MODES:
        assert filters.border(name).mode in SCIPY
    assert filters.border("reflect").mode == filters.border("BORDER_REFLECT_101").mode
    assert filters.border("BORDER_REFLECT").mode == "symmetric"


def test_every_name_has_a_summary() -> None:
    assert list(filters.FILTERS) == list(filters.SUMMARIES)
    assert set(filters.SETTINGS) <= set(filters.FILTERS)


def test_kernels_and_their_sums() -> None:
    kernels = filters.KERNELS
    assert kernels["gaussian5"].total == 273
    assert kernels["gaussian5"].gain == 1
    assert [sum(row) for row in kernels["gaussian5"].rows] == [17, 66, 107, 66, 17]
    assert kernels["gaussian5_as_printed"].gain == Fraction(273, 173)
    assert round(float(kernels["gaussian5_as_printed"].gain), 3) == 1.578
    assert kernels["gaussian3"].total == kernels["gaussian3"].divisor == 16
    for name in ("mean", "gaussian3", "gaussian5", "sharpen", "emboss"):
        assert kernels[name].gain == 1
    for name in ("sobel_x", "sobel_y", "scharr_x", "prewitt_y", "laplacian4", "laplacian8"):
        assert kernels[name].total == 0


LECTURE = np.array(
    [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]],
    np.float64,
)


@pytest.mark.parametrize(
    ("name", "factor", "inner"),
    [
        ("mean", 9, [[6, 7, 6], [4, 7, 7], [4, 6, 6]]),
        ("gaussian3", 16, [[11, 14, 11], [6, 13, 14], [6, 12, 11]]),
        ("sobel_x", 1, [[3, 0, -3], [4, 3, -2], [4, 2, -3]]),
        ("sobel_y", 1, [[-3, 0, 3], [-2, -1, 0], [2, 0, -3]]),
        ("laplacian4", 1, [[-2, 0, -2], [2, -1, 0], [2, -1, -2]]),
        ("laplacian8", 1, [[-3, -2, -3], [4, -2, -2], [4, -3, -3]]),
        ("median", 1, [[1, 1, 1], [0, 1, 1], [0, 1, 1]]),
    ],
)
def test_the_image_of_the_lecture(name: str, factor: int, inner: list[list[int]]) -> None:
    result = filters.apply(LECTURE, name)[1:-1, 1:-1] * factor
    np.testing.assert_allclose(result, inner, atol=1e-12)


def test_the_gaussian_of_the_lecture() -> None:
    assert filters.apply(LECTURE, "gaussian5")[2, 2] * 273 == pytest.approx(197, abs=1e-9)


def test_kernels_as_text() -> None:
    matrix = filters.parse_kernel("0 -1 0; -1 4 -1; 0 -1 0")
    np.testing.assert_array_equal(matrix, -filters.KERNELS["laplacian4"].matrix)
    np.testing.assert_array_equal(filters.parse_kernel("1/4, 1/2, 1/4;"), [[0.25, 0.5, 0.25]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2; 3", "row 2 has 1 numbers"),
        ("", "row 1 has 0"),
        ("1 x 1", "'x' is not a number"),
        ("1 1/0 1", "1/0"),
        ("1 nan 1", "NaN"),
        ("1 1e999 1", "infinity"),
        ("1 2; 3 4", "no centre"),
        (" ".join(["1"] * 257), "at most 255"),
    ],
)
def test_kernels_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        filters.parse_kernel(text)


def test_a_border_value_that_is_not_used_is_refused_even_if_0() -> None:
    with pytest.raises(InputError, match="does not use it"):
        filters.apply(some_image(np.uint8), "median", border="edge", value=0)


@pytest.mark.parametrize("form", [list, Image.fromarray, torch.from_numpy, np.int64, "path", bytes])
def test_images_of_every_form_are_filtered(form, tmp_path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 12), np.uint8)
    expected = filters.apply(pixels, "median")
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).save(path)
    others = {list: pixels.tolist(), "path": path, bytes: path.read_bytes()}
    result = filters.apply(others[form] if form in others else form(pixels), "median")
    np.testing.assert_array_equal(result.reshape(9, 12), expected)


KERNELS = (
    np.ones((3, 3)),
    [[1, 1, 1]] * 3,
    np.ones((3, 3), np.int64),
    torch.ones(3, 3, requires_grad=True),
)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_is_a_filter(kernel) -> None:
    image = np.random.default_rng(0).random((9, 12))
    np.testing.assert_array_equal(filters.apply(image, kernel), filters.correlate(image, kernel))


def test_whole_numbers_of_numpy_are_sizes() -> None:
    image = np.random.default_rng(0).random((9, 12))
    for kind in (filters.Mean, filters.Median, filters.Gaussian):
        size = {"size": 5}
        expected = filters.apply(image, kind(**size))
        np.testing.assert_array_equal(filters.apply(image, kind(size=np.int64(5))), expected)


def test_a_class_of_filters_is_refused() -> None:
    with pytest.raises(InputError, match="the class Median"):
        filters.apply(np.zeros((4, 4)), filters.Median)


@pytest.mark.parametrize(
    "kernel", [np.ones((3, 3)) * 1j, torch.ones(3, 3, device="meta"), object()]
)
def test_what_is_no_kernel_is_refused(kernel) -> None:
    with pytest.raises(InputError, match="not a matrix of numbers"):
        filters.apply(np.zeros((5, 5)), kernel)
