"""Properties of all augmentations, and those that move pixels against loops in NumPy and SciPy."""

import json
import math
from typing import get_args

import numpy as np
import pydantic
import pytest
import scipy.ndimage
import scipy.stats
import torch

from convscope.data import (
    Affine,
    BatchShift,
    ColourJitter,
    Cutout,
    HorizontalFlip,
    PadAndCrop,
    PcaLighting,
    RandomErasing,
    Rotation,
    Shift,
)
from convscope.data.augment import AnyAugment, check_augments
from convscope.errors import InputError

ANY = pydantic.TypeAdapter(AnyAugment)
AUGMENTS = get_args(get_args(AnyAugment)[0])
EXAMPLES = [
    Shift(),
    Shift(pixels=3),
    BatchShift(),
    BatchShift(pixels=3),
    HorizontalFlip(),
    HorizontalFlip(probability=0.0),
    HorizontalFlip(probability=1.0),
    Affine(),
    Affine(degrees=180.0, scale=1.0, shear_degrees=60.0, shift_pixels=9.0),
    Affine(degrees=0.0, scale=0.0, shear_degrees=0.0, shift_pixels=0.0),
    Cutout(pixels=3),
    Cutout(pixels=4),
    Cutout(pixels=1024),
    PadAndCrop(),
    PadAndCrop(pixels=60),
    PadAndCrop(pixels=2, border=(10, 200, 90)),
    Rotation(),
    Rotation(degrees=180.0),
    RandomErasing(),
    RandomErasing(probability=1.0, area=(1.0, 1.0)),
    RandomErasing(probability=1.0, area=(0.001, 0.3), aspect=100.0),
    ColourJitter(),
    ColourJitter(brightness=3.0, contrast=2.0, saturation=9.0, hue=0.5),
    ColourJitter(brightness=0.0, contrast=0.0, saturation=0.0),
    PcaLighting(),
    PcaLighting(std=10.0),
]
FLOATS = (Affine, Rotation, ColourJitter, PcaLighting)
COLOURS = (ColourJitter, PcaLighting)
NAMES = [f"{type(example).__name__}-{number}" for number, example in enumerate(EXAMPLES)]
examples = pytest.mark.parametrize("augment", EXAMPLES, ids=NAMES)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(num=20, channels=3, height=9, width=7, seed=1):
    """No pixel is black, so that what moves in can be told."""
    size = (num, channels, height, width)
    return torch.randint(1, 256, size, generator=generator(seed), dtype=torch.uint8)


def moved(image_CHW, down, right):
    """Pixel (y, x) shows the input at (y + down, x + right)."""
    channels, height, width = image_CHW.shape
    expected = np.zeros_like(image_CHW)
    for c, y, x in np.ndindex(channels, height, width):
        if 0 <= y + down < height and 0 <= x + right < width:
            expected[c, y, x] = image_CHW[c, y + down, x + right]
    return expected


def step_of(before_CHW, after_CHW, most):
    """The one step that explains an image."""
    steps = [(d, r) for d in range(-most, most + 1) for r in range(-most, most + 1)]
    found = [step for step in steps if np.array_equal(moved(before_CHW, *step), after_CHW)]
    assert len(found) == 1
    return found[0]


# --- what all of them keep


def test_every_augment_has_an_example_and_a_docstring():
    assert {type(example) for example in EXAMPLES} == set(AUGMENTS)
    for augment in AUGMENTS:
        assert augment().type == augment.__name__
        assert "(N, C, H, W) -> (N, C, H, W)" in augment.__doc__


@examples
@pytest.mark.parametrize("size", [(5, 3, 28, 28), (1, 3, 6, 11), (4, 3, 1, 1), (2, 3, 1, 9)])
def test_shape_and_type(augment, size):
    images = noise(*size)
    before = images.clone()
    found = augment.apply(images, generator())
    assert found.shape == images.shape
    assert found.dtype == (torch.float32 if isinstance(augment, FLOATS) else torch.uint8)
    assert torch.equal(images, before)
    assert torch.isfinite(found.float()).all()
    assert found.min() >= 0
    assert found.max() <= 255.001


@pytest.mark.parametrize("augment", [e for e in EXAMPLES if not isinstance(e, PcaLighting)])
def test_grey_images(augment):
    if isinstance(augment, PadAndCrop) and isinstance(augment.border, tuple):
        augment = PadAndCrop(border=(7,))
    images = noise(channels=1)
    augment.check(1)
    assert augment.apply(images, generator()).shape == images.shape


@examples
def test_empty_batches(augment):
    assert augment.apply(noise(num=0), generator()).shape == (0, 3, 9, 7)


@examples
def test_results_depend_on_the_generator_only(augment):
    images = noise()
    state = torch.get_rng_state()
    one, again = (augment.apply(images, generator(5)) for _ in range(2))
    assert torch.equal(one, again)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("kind", AUGMENTS)
def test_other_seeds_give_other_batches(kind):
    images = noise(num=40)
    found = {kind().apply(images, generator(seed)).numpy().tobytes() for seed in range(40)}
    assert len(found) >= (8 if kind is BatchShift else 40)


@examples
def test_float_images_give_the_same_as_uint8(augment):
    images = noise()
    found = augment.apply(images.float(), generator())
    assert found.dtype == torch.float32
    assert torch.equal(found, augment.apply(images, generator()).float())


@pytest.mark.parametrize(
    "augment", [e for e in EXAMPLES if not isinstance(e, (*COLOURS, RandomErasing))]
)
def test_channels_move_together(augment):
    if isinstance(augment, PadAndCrop) and isinstance(augment.border, tuple):
        augment = PadAndCrop(border=(7, 7, 7))
    images = noise(channels=1).expand(-1, 3, -1, -1)
    found = augment.apply(images, generator())
    assert torch.equal(found[:, 0], found[:, 1])
    assert torch.equal(found[:, 0], found[:, 2])


@pytest.mark.parametrize("kind", AUGMENTS)
def test_images_on_another_device_stay_there(kind):
    # `meta` stands for a GPU: it, too, refuses to be mixed with tensors of the processor
    found = kind().apply(noise().to("meta"), generator())
    assert found.device.type == "meta"
    assert found.shape == noise().shape


@examples
def test_images_that_are_not_contiguous(augment):
    images = noise(height=7, width=9).transpose(2, 3)
    nhwc = noise().to(memory_format=torch.channels_last)
    for given in (images, nhwc):
        found = augment.apply(given, generator())
        assert torch.equal(found, augment.apply(given.contiguous(), generator()))


@examples
def test_results_do_not_depend_on_the_chunk_size(augment, monkeypatch):
    images = noise()
    expected = augment.apply(images, generator())
    monkeypatch.setattr("convscope.data.augment.base.CHUNK_BYTES", 400)
    assert torch.allclose(augment.apply(images, generator()).float(), expected.float(), atol=1e-3)


@pytest.mark.parametrize(
    ("augment", "channels"),
    [
        (PcaLighting(), 1),
        (ColourJitter(), 2),
        (ColourJitter(), 4),
        (PadAndCrop(border=(1, 2, 3)), 1),
    ],
)
def test_unsupported_images_are_errors(augment, channels):
    images = noise(channels=channels)
    with pytest.raises(InputError, match=f"{channels} channels"):
        augment.apply(images, generator())
    with pytest.raises(InputError) as caught:
        check_augments((Shift(), augment), channels)
    assert caught.value.where.startswith(f"augment.1.{type(augment).__name__}")
    check_augments((Shift(), HorizontalFlip(), Affine()), channels)


# --- one by one


def test_pad_and_crop_with_a_black_border_equals_shift():
    for pixels in (1, 4, 60):
        images = noise()
        expected = Shift(pixels=pixels).apply(images, generator(7))
        found = PadAndCrop(pixels=pixels).apply(images, generator(7))
        assert torch.equal(found, expected)


@pytest.mark.parametrize("border", ["reflect", (3, 250, 77)])
def test_pad_and_crop_equals_numpy_padding(border):
    images = noise(num=30)
    found = PadAndCrop(pixels=3, border=border).apply(images, generator()).numpy()
    steps = set()
    for before, after in zip(images.numpy(), found, strict=True):
        if border == "reflect":
            padded = np.pad(before, ((0, 0), (3, 3), (3, 3)), mode="reflect")
        else:
            parts = [np.pad(c, 3, constant_values=v) for c, v in zip(before, border, strict=True)]
            padded = np.stack(parts)
        windows = [
            step
            for step in np.ndindex(7, 7)
            if np.array_equal(padded[:, step[0] : step[0] + 9, step[1] : step[1] + 7], after)
        ]
        assert len(windows) == 1
        steps |= set(windows)
    assert len(steps) > 10


def test_a_reflected_border_is_smaller_than_the_image():
    with pytest.raises(InputError, match="around 7 pixels"):
        PadAndCrop(pixels=7, border="reflect").apply(noise(), generator())
    PadAndCrop(pixels=6, border="reflect").apply(noise(), generator())


@pytest.mark.parametrize(("height", "width"), [(28, 28), (17, 31)])
def test_rotation_equals_scipy(height, width):
    rotation = Rotation(degrees=70.0)
    images = noise(num=6, channels=1, height=height, width=width)
    found = rotation.apply(images, generator(3)).numpy()
    middle = (np.array([height, width]) - 1) / 2
    for n, angle in enumerate(rotation.angles(6, generator(3)).double().tolist()):
        cos, sin = math.cos(angle), math.sin(angle)
        matrix = np.array([[cos, sin], [-sin, cos]])  # SciPy counts (y, x)
        expected = scipy.ndimage.affine_transform(
            images[n, 0].double().numpy(),
            matrix,
            middle - matrix @ middle,
            order=1,
            mode="grid-constant",
        )
        assert np.abs(found[n, 0] - expected).max() < 0.02


def test_rotation_is_anticlockwise():
    image = torch.zeros(1, 1, 21, 21)
    image[0, 0, 2, 10] = 255
    for seed in range(6):
        angle = float(Rotation(degrees=90.0).angles(1, generator(seed)))
        found = Rotation(degrees=90.0).apply(image, generator(seed))[0, 0].numpy()
        y, x = (np.indices((21, 21)) * found).sum((1, 2)) / found.sum() - 10
        assert (y, x) == pytest.approx((-8 * math.cos(angle), -8 * math.sin(angle)), abs=0.3)


def test_rotation_fills_its_bounds():
    angles = Rotation(degrees=40.0).angles(4000, generator()).double().numpy()
    assert scipy.stats.kstest(np.degrees(angles) / 80 + 0.5, "uniform").pvalue > 1e-3


def _rectangle(before, after):
    """Where an image changed: top, bottom, left, right; None where it did not."""
    rows, cols = np.nonzero((before != after).any(0))
    return (rows.min(), rows.max() + 1, cols.min(), cols.max() + 1) if len(rows) else None


def test_random_erasing_is_one_rectangle_of_noise():
    erasing = RandomErasing(probability=0.5, area=(0.1, 0.3), aspect=2.0)
    images = torch.zeros(600, 3, 30, 40, dtype=torch.uint8)
    found = erasing.apply(images, generator()).numpy()
    corners = erasing.corners(600, 30, 40, generator()).numpy().T
    seen = []
    for before, after, corner in zip(images.numpy(), found, corners, strict=True):
        box = _rectangle(before, after)
        if box is None:
            assert not corner.any()
            continue
        assert box == tuple(corner)
        height, width = box[1] - box[0], box[3] - box[2]
        assert 0.08 < height * width / 1200 < 0.33
        assert 0.45 < height / width < 2.2
        seen.append(after[:, box[0] : box[1], box[2] : box[3]].reshape(3, -1))
    assert abs(len(seen) - 300) < 60
    pixels = np.concatenate(seen, axis=1)
    for channel in pixels:
        assert scipy.stats.chisquare(np.bincount(channel, minlength=256)).pvalue > 1e-3
    assert abs(np.corrcoef(pixels) - np.eye(3)).max() < 0.02


def test_random_erasing_positions():
    corners = RandomErasing(probability=1.0, area=(0.25, 0.25), aspect=1.0).corners(
        9000, 6, 8, generator(3)
    )
    top, bottom, left, right = corners.numpy()
    assert (bottom - top == 3).all()
    assert (right - left == 3).all()
    counts = np.bincount(top * 6 + left, minlength=24)
    assert scipy.stats.chisquare(counts).pvalue > 1e-3


def test_random_erasing_of_everything():
    images = torch.zeros(4, 1, 8, 5, dtype=torch.uint8)
    corners = RandomErasing(probability=1.0, area=(1.0, 1.0), aspect=1.0).corners(
        4, 8, 5, generator()
    )
    assert (corners[1] - corners[0]).tolist() == [6] * 4  # the root of 40
    assert corners[2:].tolist() == [[0] * 4, [5] * 4]  # not wider than the image
    assert RandomErasing(probability=0.0).apply(images, generator()).equal(images)


@pytest.mark.parametrize("pixels", [1, 3])
def test_shift_moves_each_image(pixels):
    images = noise(num=30)
    found = Shift(pixels=pixels).apply(images, generator()).numpy()
    steps = {step_of(*pair, pixels) for pair in zip(images.numpy(), found, strict=True)}
    assert len(steps) > 5


def test_batch_shift_moves_all_images_together():
    images = noise(num=5)
    for seed in range(10):
        found = BatchShift(pixels=2).apply(images, generator(seed)).numpy()
        steps = {step_of(*pair, 2) for pair in zip(images.numpy(), found, strict=True)}
        assert len(steps) == 1


def test_a_shift_larger_than_the_image():
    images = noise(num=50, height=2, width=2)
    found = Shift(pixels=60).apply(images, generator())
    assert (found == 0).flatten(1).all(1).float().mean() > 0.9


def _steps_of_a_dot(found):
    """Where the white pixel in the middle of 5 x 5 went, for each image."""
    return found.flatten(1).argmax(1).numpy()


def test_shifts_are_uniform():
    dots = torch.zeros(9000, 1, 5, 5, dtype=torch.uint8)
    dots[:, :, 2, 2] = 255
    places = [5 * y + x for y in (1, 2, 3) for x in (1, 2, 3)]
    each = _steps_of_a_dot(Shift().apply(dots, generator(4)))
    numbers = generator(4)
    whole = [_steps_of_a_dot(BatchShift().apply(dots[:1], numbers))[0] for _ in range(3000)]
    for found in (each, np.array(whole)):
        counts = [int((found == place).sum()) for place in places]
        assert sum(counts) == len(found)
        assert scipy.stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize(("probability", "expected"), [(0.0, 0), (1.0, 4000), (0.5, 2000)])
def test_flips(probability, expected):
    images = noise(num=4000, height=2, width=5)
    found = HorizontalFlip(probability=probability).apply(images, generator()).numpy()
    before = images.numpy()
    flipped = (found == before[:, :, :, ::-1]).all((1, 2, 3))
    assert (flipped | (found == before).all((1, 2, 3))).all()
    assert abs(int(flipped.sum()) - expected) <= 5 * math.sqrt(1000) * (probability == 0.5)


def _covered(image_CHW, middle_y, middle_x, pixels):
    expected = image_CHW.copy()
    _, height, width = image_CHW.shape
    for y in range(middle_y - pixels // 2, middle_y - pixels // 2 + pixels):
        for x in range(middle_x - pixels // 2, middle_x - pixels // 2 + pixels):
            if 0 <= y < height and 0 <= x < width:
                expected[:, y, x] = 0
    return expected


@pytest.mark.parametrize("pixels", [1, 2, 3, 4])
def test_cutout_is_one_square_about_some_pixel(pixels):
    images = noise(num=40, height=6, width=5).numpy()
    found = Cutout(pixels=pixels).apply(torch.from_numpy(images), generator()).numpy()
    for before, after in zip(images, found, strict=True):
        explained = [
            middle
            for middle in np.ndindex(6, 5)
            if np.array_equal(_covered(before, *middle, pixels), after)
        ]
        assert len(explained) == 1


def test_cutout_positions():
    images = noise(num=6000, channels=1, height=3, width=4)
    found = Cutout(pixels=1).apply(images, generator(2))
    counts = (found == 0).sum((0, 1)).flatten().numpy()
    assert counts.sum() == 6000
    assert scipy.stats.chisquare(counts).pvalue > 1e-3


def test_a_cutout_larger_than_the_image():
    assert not Cutout(pixels=1024).apply(noise(), generator()).any()


@pytest.mark.parametrize(("height", "width"), [(28, 28), (17, 31), (30, 12)])
@pytest.mark.parametrize("strong", [False, True])
def test_affine_equals_scipy(height, width, strong):
    affine = Affine(degrees=50.0, scale=0.5, shear_degrees=30.0, shift_pixels=4.0)
    affine = affine if strong else Affine()
    images = noise(num=8, channels=2, height=height, width=width)
    found = affine.apply(images, generator(3)).numpy()
    a, t = (part.numpy().astype(np.float64) for part in affine.matrices(8, generator(3)))
    middle = (np.array([height, width]) - 1) / 2
    for n, c in np.ndindex(8, 2):
        matrix, step = a[n, ::-1, ::-1], t[n, ::-1]  # SciPy counts (y, x)
        expected = scipy.ndimage.affine_transform(
            images[n, c].numpy().astype(np.float64),
            matrix,
            middle + step - matrix @ middle,
            order=1,
            mode="grid-constant",
        )
        assert np.abs(found[n, c] - expected).max() < 0.02


def _parts(a):
    """Angle, scale and shear of A = R(angle) S(shear) / scale, in degrees; solved by hand."""
    angle = np.arctan2(a[:, 1, 0], a[:, 0, 0])
    scale = 1 / np.hypot(a[:, 0, 0], a[:, 1, 0])
    back = np.stack([np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)], 1)
    upper = back.reshape(-1, 2, 2) @ a * scale[:, None, None]
    assert np.allclose(upper[:, [0, 1, 1], [0, 0, 1]], [1, 0, 1], atol=1e-5)
    return np.degrees(angle), scale, np.degrees(np.arctan(upper[:, 0, 1]))


def test_affine_keeps_its_bounds_and_fills_them():
    affine = Affine(degrees=20.0, scale=0.3, shear_degrees=10.0, shift_pixels=2.0)
    a, t = (part.numpy().astype(np.float64) for part in affine.matrices(4000, generator(8)))
    angle, scale, shear = _parts(a)
    log_scale = np.log(scale) / math.log(1.3)
    for found in (angle / 20, log_scale, shear / 10, t[:, 0] / 2, t[:, 1] / 2):
        assert np.abs(found).max() < 1 + 1e-5
        assert scipy.stats.kstest((found + 1) / 2, "uniform").pvalue > 1e-3


NOTHING = {"degrees": 0.0, "scale": 0.0, "shear_degrees": 0.0, "shift_pixels": 0.0}


@pytest.mark.parametrize("size", [(4, 3, 28, 28), (4, 1, 9, 32), (2, 1, 224, 160)])
def test_affine_of_nothing_is_the_identity(size):
    images = noise(*size)
    found = Affine(**NOTHING).apply(images, generator())
    limit = 1e-4 * 255
    assert (found - images.float()).abs().max() < limit


def test_affine_parts_alone():
    turn = Affine(**(NOTHING | {"degrees": 30.0})).matrices(50, generator())[0].numpy()
    assert np.allclose(turn @ turn.transpose(0, 2, 1), np.eye(2), atol=1e-6)
    zoom = Affine(**(NOTHING | {"scale": 0.5})).matrices(50, generator())[0].numpy()
    assert np.array_equal(zoom[:, [0, 1], [1, 0]], np.zeros((50, 2)))
    assert np.array_equal(zoom[:, 0, 0], zoom[:, 1, 1])
    shear = Affine(**(NOTHING | {"shear_degrees": 40.0})).matrices(50, generator())[0].numpy()
    assert np.allclose(shear[:, [0, 1, 1], [0, 0, 1]], [1, 0, 1])
    assert np.abs(shear[:, 0, 1]).max() > 0.5


# --- as JSON


@examples
def test_json_round_trip(augment):
    text = ANY.dump_json(augment)
    assert json.loads(text)["type"] == type(augment).__name__
    assert ANY.validate_json(text) == augment


def test_the_type_alone_is_enough():
    for kind in AUGMENTS:
        assert ANY.validate_json(json.dumps({"type": kind.__name__})) == kind()


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"type": "Rotate"},
        {"type": "shift"},
        {"type": "Shift", "pixel": 1},
        {"type": "Shift", "pixels": 0},
        {"type": "Shift", "pixels": -1},
        {"type": "Shift", "pixels": 1025},
        {"type": "Shift", "pixels": 1.5},
        {"type": "Shift", "pixels": "1"},
        {"type": "Shift", "pixels": True},
        {"type": "Shift", "pixels": None},
        {"type": "BatchShift", "pixels": 0},
        {"type": "Cutout", "pixels": 0},
        {"type": "Cutout", "pixels": 10**9},
        {"type": "HorizontalFlip", "probability": -0.1},
        {"type": "HorizontalFlip", "probability": 1.1},
        {"type": "HorizontalFlip", "probability": float("nan")},
        {"type": "PadAndCrop", "border": "white"},
        {"type": "PadAndCrop", "border": [256]},
        {"type": "PadAndCrop", "border": [-1]},
        {"type": "Rotation", "degrees": 181.0},
        {"type": "RandomErasing", "area": [0.4, 0.1]},
        {"type": "RandomErasing", "area": [0.0, 0.1]},
        {"type": "RandomErasing", "area": [0.1]},
        {"type": "RandomErasing", "aspect": 0.5},
        {"type": "ColourJitter", "hue": 0.6},
        {"type": "ColourJitter", "brightness": -0.1},
        {"type": "ColourJitter", "colour": 0.1},
        {"type": "PcaLighting", "values": []},
        {"type": "PcaLighting", "values": [0.1, 0.2]},
        {"type": "PcaLighting", "values": [-0.1, 0.1, 0.1]},
        {"type": "PcaLighting", "vectors": [[1.0, 0.0], [0.0, 1.0]]},
        {"type": "PcaLighting", "std": float("nan")},
        {"type": "Affine", "degrees": -1.0},
        {"type": "Affine", "degrees": 181.0},
        {"type": "Affine", "degrees": float("inf")},
        {"type": "Affine", "scale": 1.5},
        {"type": "Affine", "scale": -0.1},
        {"type": "Affine", "shear_degrees": 90.0},
        {"type": "Affine", "shift_pixels": 1025.0},
        {"type": "Affine", "shift_pixels": float("nan")},
        ["Shift"],
        "Shift",
        None,
    ],
    ids=str,
)
def test_invalid_augmentations(value):
    with pytest.raises(pydantic.ValidationError):
        ANY.validate_json(json.dumps(value))


@examples
def test_augments_do_not_change(augment):
    with pytest.raises(pydantic.ValidationError):
        augment.type = "Other"
