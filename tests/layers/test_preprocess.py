"""Normalize, Resize and CenterCrop against NumPy, torch's interpolate, and Pillow."""

import numpy as np
import pytest
import torch
from PIL import Image
from PIL import __version__ as PILLOW
from skimage import data as photos
from torch.nn.functional import interpolate

from convscope.errors import InputError
from convscope.layers import CenterCrop, Normalize, Resize
from convscope.layers.torch.image_resize import quicken
from convscope.layers.torch.preprocess import resize_matrix
from convscope.shapes import CHW, pair

SIZES = [
    ((28, 28), (32, 32)),
    ((60, 41), (28, 28)),
    ((37, 53), (224, 96)),
    ((224, 224), (7, 5)),
    ((5, 7), (5, 90)),
    ((1, 1), (6, 4)),
    ((9, 1), (3, 3)),
    ((300, 400), (299, 401)),
    ((640, 480), (32, 32)),
    ((2, 3), (301, 1)),
]


def _pixels(height, width, channels=3):
    rng = np.random.default_rng(height * 1000 + width)
    return rng.integers(0, 256, (channels, height, width), dtype=np.uint8)


def _ours(x_CHW, after, interpolation):
    """Return the resize by matrix products, which is also that of the quick loops for bytes."""
    module = Resize(after, interpolation=interpolation).build(CHW(*x_CHW.shape))
    y = module(torch.from_numpy(x_CHW)[None])[0].numpy()
    quick = quicken(module)(torch.from_numpy(x_CHW)[None])[0].numpy()
    assert np.abs(y - quick).max() < 0.001
    return y


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("before", "after"), [s for s in SIZES if s[1][1] > 1])
def test_resize_is_torchs_antialiased_interpolate(before, after, interpolation):
    """To 0.001 grey levels where torch computes its weights in float64, to 0.01 in float32.

    An output one pixel wide is left out: torch 2.13 gets it wrong (every row comes out alike);
    Pillow is the oracle there.
    """
    x = _pixels(*before)
    y = _ours(x, after, interpolation)
    for dtype, most in ((torch.float64, 0.001), (torch.float32, 0.01)):
        theirs = interpolate(
            torch.from_numpy(x)[None].to(dtype), after, mode=interpolation, antialias=True
        )
        assert np.abs(y - theirs[0].numpy()).max() < most


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("before", "after"), SIZES)
def test_resize_is_pillows_on_floating_point_images(before, after, interpolation):
    x = _pixels(*before)
    resample = Image.Resampling[interpolation.upper()]
    for ours, channel in zip(_ours(x, after, interpolation), x, strict=True):
        image = Image.fromarray(channel.astype(np.float32))
        theirs = np.asarray(image.resize(after[::-1], resample))
        assert np.abs(ours - theirs).max() < 0.001


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_resize_is_pillows_bilinear_to_one_level(before, after):
    x = _pixels(*before)
    ours = _ours(x, after, "bilinear")
    image = Image.fromarray(x.transpose(1, 2, 0))
    theirs = image.resize(after[::-1], Image.Resampling.BILINEAR)
    assert np.abs(ours - np.asarray(theirs).transpose(2, 0, 1)).max() <= 1.001


def _pillow_bytes(image, after, interpolation):
    """Pillow along the width, then along the height: its versions differ in the order."""
    resample = Image.Resampling[interpolation.upper()]
    return image.resize((after[1], image.height), resample).resize(after[::-1], resample)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("seed", range(5))
def test_rounded_resize_is_pillows_bit_by_bit(interpolation, seed):
    """Sizes, noise and hard edges, which overshoot and are clipped; all numbers are equal."""
    rng = np.random.default_rng(seed)
    for number in range(20):
        height, width, *after = map(int, rng.integers(1, 120, 4))
        x_HWC = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        if number % 2:
            x_HWC = (x_HWC > 127).astype(np.uint8) * 255
        layer = Resize(tuple(after), interpolation=interpolation, rounding="uint8")
        module = layer.build(CHW(3, height, width))
        x_NCHW = torch.from_numpy(x_HWC).permute(2, 0, 1)[None]
        theirs = np.asarray(_pillow_bytes(Image.fromarray(x_HWC), after, interpolation))
        for y in (module(x_NCHW), quicken(module)(x_NCHW)):
            np.testing.assert_array_equal(y[0].permute(1, 2, 0).numpy(), theirs)


def test_rounded_resize_of_a_photo_is_pillows_resize():
    """Where the aspect ratio is kept, one call of Pillow's resize gives the same numbers."""
    for name, interpolation in (("coffee", "bilinear"), ("rocket", "bicubic")):
        x_HWC = getattr(photos, name)()
        layer = Resize(256, interpolation=interpolation, rounding="uint8")
        y = layer.build(CHW(3, *x_HWC.shape[:2]))(torch.from_numpy(x_HWC).permute(2, 0, 1)[None])
        size = (y.shape[3], y.shape[2])
        theirs = Image.fromarray(x_HWC).resize(size, Image.Resampling[interpolation.upper()])
        np.testing.assert_array_equal(y[0].permute(1, 2, 0).numpy(), np.asarray(theirs))


@pytest.mark.parametrize(
    ("before", "after"), [((199, 100), (90, 50)), ((199, 100), (102, 50)), ((100, 100), (39, 70))]
)
def test_pillow_13_resizes_the_height_first_where_it_shrinks_most(before, after):
    """The rule that the docstring states; with earlier versions the width is always first."""
    x_HWC = np.random.default_rng(0).integers(0, 256, (*before, 3), dtype=np.uint8)
    image = Image.fromarray(x_HWC)
    ours = _pillow_bytes(image, after, "bicubic")
    height_first = image.resize((before[1], after[0]), Image.Resampling.BICUBIC)
    height_first = height_first.resize(after[::-1], Image.Resampling.BICUBIC)
    is_new = int(PILLOW.split(".")[0]) >= 13
    shrinks = before[0] - after[0] > 2 * (before[1] - after[1])
    expected = height_first if is_new and shrinks else ours
    theirs = image.resize(after[::-1], Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(np.asarray(theirs), np.asarray(expected))
    assert (np.asarray(ours) != np.asarray(height_first)).any()


def test_the_gradient_of_a_rounded_resize_is_that_without_rounding():
    x = torch.rand(1, 3, 9, 7) * 255
    weight = torch.rand(1, 3, 4, 5)
    gradients = []
    for rounding in ("none", "uint8"):
        own = x.clone().requires_grad_()
        y = Resize((4, 5), rounding=rounding).build(CHW(3, 9, 7))(own)
        (y * weight).sum().backward()
        gradients.append(own.grad)
    torch.testing.assert_close(*gradients, rtol=0, atol=0)
    assert gradients[0].abs().sum() > 0
    assert torch.equal(y, y.round())


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("before", "after"), [(10, 4), (4, 10), (7, 7), (1, 5), (100, 3)])
def test_resize_matrix_row_by_row(before, after, interpolation):
    """The formula of the docstring in loops: a constant image stays constant."""
    scale = before / after

    def kernel(x):
        x = abs(x)
        if interpolation == "bilinear":
            return max(0.0, 1 - x)
        if x < 1:
            return 1.5 * x**3 - 2.5 * x**2 + 1
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0

    matrix = resize_matrix(before, after, interpolation).numpy()
    for i in range(after):
        row = [kernel((j + 0.5 - (i + 0.5) * scale) / max(scale, 1)) for j in range(before)]
        np.testing.assert_allclose(matrix[i], np.array(row) / sum(row), atol=1e-6)
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("before", "after"), SIZES)
def test_resize_reach_is_where_the_weights_are(before, after, interpolation):
    spans = Resize(after, interpolation=interpolation).reach(CHW(3, *before))
    for size, places, axis_spans in zip(before, after, spans, strict=True):
        weights = resize_matrix(size, places, interpolation).abs().numpy()
        for unit, (first, last) in enumerate(axis_spans):
            assert not weights[unit, :first].any()
            assert not weights[unit, last:].any()
            largest = weights[unit].nonzero()[0]
            assert first <= largest[0]
            assert last - 1 - largest[-1] <= 1  # a cubic may pass through zero at the rim


@pytest.mark.parametrize("size", [(1, 6000), (6000, 1), (2, 16000)])
def test_resize_refuses_slivers_before_they_take_gigabytes(size):
    module = Resize(256).build(CHW(3, *size))
    with pytest.raises(InputError, match="would be resized"):
        module(torch.zeros(1, 3, *size, dtype=torch.uint8))


def test_resize_gives_floats_whatever_the_size():
    """The type of the output must not depend on the size of the image."""
    module = Resize(8).build(CHW(1, 8, 8))
    for size in (8, 9):
        assert module(torch.zeros(1, 1, size, size, dtype=torch.uint8)).dtype == torch.float32
    assert module(torch.zeros(1, 1, 8, 8, dtype=torch.float64)).dtype == torch.float64


@pytest.mark.parametrize(
    ("before", "size", "after"),
    [
        ((480, 640), 256, (256, 341)),
        ((640, 480), 256, (341, 256)),
        ((5, 5), 3, (3, 3)),
        ((1, 10_000), 2, (2, 20_000)),
        ((3, 4), (9, 2), (9, 2)),
    ],
)
def test_shorter_side(before, size, after):
    assert Resize(size).output_shape(CHW(1, *before)) == CHW(1, *after)


def _torchvision_center_crop(x, height, width):
    """The algorithm of torchvision's center_crop, in NumPy."""
    if width > x.shape[2] or height > x.shape[1]:
        left = (width - x.shape[2]) // 2 if width > x.shape[2] else 0
        top = (height - x.shape[1]) // 2 if height > x.shape[1] else 0
        right = (width - x.shape[2] + 1) // 2 if width > x.shape[2] else 0
        bottom = (height - x.shape[1] + 1) // 2 if height > x.shape[1] else 0
        x = np.pad(x, ((0, 0), (top, bottom), (left, right)))
    top, left = round((x.shape[1] - height) / 2.0), round((x.shape[2] - width) / 2.0)
    return x[:, top : top + height, left : left + width]


@pytest.mark.parametrize("height", range(1, 12))
@pytest.mark.parametrize("size", [1, 2, 5, 6, 7, (4, 9), (9, 4), (12, 13)])
def test_center_crop_for_every_parity(height, size):
    for width in range(1, 12):
        x = _pixels(height, width, 2)
        layer = CenterCrop(size)
        y = layer.build(CHW(2, height, width))(torch.from_numpy(x)[None])[0].numpy()
        np.testing.assert_array_equal(y, _torchvision_center_crop(x, *pair(size)))
        rows, cols = layer.reach(CHW(2, height, width))
        for axis, (window, places) in enumerate(zip((rows, cols), y.shape[1:], strict=True)):
            for unit in range(places):
                inside = 0 <= unit - window.padding < x.shape[axis + 1]
                if inside and axis == 0 and 0 <= (width // 2) + cols.padding < y.shape[2]:
                    at = width // 2
                    assert y[0, unit, at + cols.padding] == x[0, unit - window.padding, at]


def test_normalize():
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    x = np.arange(256, dtype=np.uint8).reshape(1, 16, 16).repeat(3, 0)
    module = Normalize(mean, std).build(CHW(3, 16, 16))
    at = (slice(None), None, None)
    expected = (x.astype(np.float64) / 255 - np.array(mean)[at]) / np.array(std)[at]
    for dtype in (torch.uint8, torch.float32):
        y = module(torch.from_numpy(x)[None].to(dtype))
        assert y.dtype == torch.float32
        np.testing.assert_allclose(y[0].numpy(), expected, atol=1e-6)
    assert module.state_dict() == {}
