"""Images and whole numbers as Python values, in the forms of the field's libraries."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

import convscope
from convscope.errors import ConvscopeError, FormatError, InputError
from convscope.io.values import as_pixels, split_images, whole_number
from convscope.layers import Conv2d, Linear
from convscope.opening import untrained

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
GREY = PIXELS[..., 0]


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


class Foreign:
    """An array of another library."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


COLOUR = {
    "array": PIXELS,
    "list": PIXELS.tolist(),
    "tuple": tuple(map(tuple, PIXELS.tolist())),
    "int64": PIXELS.astype(np.int64),
    "float 0 to 1": PIXELS / 255,
    "float16": (PIXELS / 255).astype(np.float16),
    "float 0 to 255": PIXELS.astype(np.float32),
    "channels first": PIXELS.transpose(2, 0, 1),
    "batch of one": PIXELS[None],
    "CHW tensor": torch.from_numpy(PIXELS).permute(2, 0, 1),
    "HWC tensor": torch.from_numpy(PIXELS),
    "NCHW tensor": torch.from_numpy(PIXELS).permute(2, 0, 1)[None],
    "float tensor": torch.from_numpy(PIXELS).permute(2, 0, 1) / 255,
    "tensor with gradient": (torch.from_numpy(PIXELS).permute(2, 0, 1) / 255).requires_grad_(),
    "parameter": torch.nn.Parameter(torch.from_numpy(PIXELS).permute(2, 0, 1) / 255),
    "bytes": png(PIXELS),
    "bytearray": bytearray(png(PIXELS)),
    "memoryview": memoryview(png(PIXELS)),
    "open file": io.BytesIO(png(PIXELS)),
    "PIL": Image.fromarray(PIXELS),
    "PIL, lazily read": Image.open(io.BytesIO(png(PIXELS))),
    "array of another library": Foreign(PIXELS),
}


@pytest.mark.parametrize("form", COLOUR)
def test_colour_images_of_every_form(form):
    np.testing.assert_array_equal(as_pixels(COLOUR[form]), PIXELS)


BLACK_AND_WHITE = GREY > 127
FORMS = {
    "HW": GREY,
    "HW tensor": torch.from_numpy(GREY),
    "list": GREY.tolist(),
    "PIL L": Image.fromarray(GREY),
    "PIL F": Image.fromarray(GREY.astype(np.float32)),
    "PIL P": Image.fromarray(GREY).convert("P"),
}


@pytest.mark.parametrize("form", FORMS)
def test_grey_images_of_every_form(form):
    np.testing.assert_array_equal(as_pixels(FORMS[form])[..., 0], GREY)


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy, Image.fromarray])
def test_true_is_white(form):
    expected = BLACK_AND_WHITE.astype(np.uint8) * 255
    np.testing.assert_array_equal(as_pixels(form(BLACK_AND_WHITE))[..., 0], expected)


def test_16_bits_are_kept():
    deep = GREY.astype(np.uint16) * 257
    for form in (deep, torch.from_numpy(deep), Image.fromarray(deep)):
        np.testing.assert_array_equal(as_pixels(form)[..., 0], deep)


def test_a_pil_image_is_turned_upright_and_not_changed():
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PIXELS).save(stream, "PNG", exif=exif)
    picture = Image.open(stream)
    np.testing.assert_array_equal(as_pixels(picture), np.rot90(PIXELS, -1))
    assert picture.size == (7, 5)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((PIXELS / 255 - 0.45) / 0.22, "float64 from -"),
        (PIXELS / 100, "float64 from 0"),
        (np.full((4, 4), np.nan), "nan"),
        (np.full((4, 4), 256), "int64 from 256 to 256"),
        (np.full((4, 4), -1), "int64 from -1"),
        (np.zeros((4, 4), complex), "complex128"),
        (np.zeros((9, 9, 9)), "shape"),
        (np.zeros((2, 8, 8, 3)), "a batch of 2 images"),
        (np.zeros((0, 4), np.uint8), "shape"),
        (np.zeros(9, np.uint8), "shape"),
        (torch.zeros(3, 4, 4, device="meta"), "meta"),
        (torch.zeros(4, 4).to_sparse(), "sparse"),
        ([[1, 2], [3]], "list that is no array"),
        ([["a", "b"]], "<U1"),
        ([], "shape"),
        (None, "type NoneType"),
        (3, "type int"),
        ({"image": 1}, "type dict"),
        (object(), "type object"),
        (io.StringIO("text"), "open as text"),
        (io.BytesIO(b""), "empty"),
        (b"not an image", "not an image"),
    ],
)
def test_values_that_are_no_image(value, message):
    with pytest.raises(ConvscopeError, match=message):
        as_pixels(value)


def test_a_damaged_file_behind_a_pil_image():
    picture = Image.open(io.BytesIO(png(PIXELS)[:80]))
    with pytest.raises(FormatError, match="truncated or damaged"):
        as_pixels(picture)


@pytest.mark.parametrize("seed", range(40))
def test_any_array_is_read_or_refused_with_a_sentence(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.choice([0, 1, 2, 3, 4, 5, 9], rng.integers(0, 6)))
    kinds = ["u1", "i1", "u2", "i4", "f2", "f8", "c8", "?", "O", "M8[s]", "S3", "u8", "f4"]
    with np.errstate(all="ignore"):
        values = (rng.random(shape) * rng.choice([0, 1, 255, 1e9])).astype(str(rng.choice(kinds)))
    try:
        pixels = as_pixels(values)
    except ConvscopeError:
        return
    assert pixels.dtype in (np.uint8, np.uint16)
    assert pixels.ndim == 3


@pytest.mark.parametrize(
    ("values", "number"),
    [
        (PIXELS, 1),
        (PIXELS.tolist(), 1),
        (GREY.tolist(), 1),
        ([PIXELS, PIXELS], 2),
        ((PIXELS,), 1),
        ([GREY.tolist(), GREY.tolist()], 2),
        (np.stack([PIXELS] * 3), 3),
        (torch.zeros(4, 3, 8, 8), 4),
        ((image for image in [PIXELS, PIXELS]), 2),
        (["a.png", "b.png"], 2),
        ("a.png", 1),
        (io.BytesIO(png(PIXELS)), 1),
        (Image.fromarray(PIXELS), 1),
        ([], 0),
    ],
)
def test_one_image_or_several(values, number):
    assert len(split_images(values)) == number


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), torch.tensor(3)])
def test_whole_numbers_of_every_type(value):
    number = whole_number(value, "topk")
    assert (number, type(number)) == (3, int)


@pytest.mark.parametrize(
    "value", [0, -1, 2.0, True, "3", None, np.float32(3), np.arange(3), torch.zeros(2)]
)
def test_values_that_are_no_whole_number(value):
    with pytest.raises(InputError, match="topk="):
        whole_number(value, "topk")


def test_whole_numbers_of_numpy_in_layers():
    assert Conv2d(np.int64(6), np.int64(5), stride=(np.int32(1), 2)) == Conv2d(6, 5, stride=(1, 2))
    assert Linear(np.int64(10)) == Linear(10)
    with pytest.raises(ConvscopeError):
        Conv2d(np.float32(6), 5)


def test_a_model_predicts_images_of_every_form():
    model = untrained(convscope.load("lenet5"))
    digit = np.random.default_rng(1).integers(0, 256, (28, 28), np.uint8)
    (expected,) = model.predict(digit, topk=np.int64(3))
    assert len(expected.top) == 3
    tensor = torch.from_numpy(digit)
    forms = [tensor, tensor[None] / 255, Image.fromarray(digit), digit.tolist(), png(digit)]
    for form in forms:
        assert model.predict(form, topk=3)[0].top == expected.top
    batch = torch.stack([tensor, tensor])[:, None]
    assert len(model.predict(batch)) == 2
    assert [p.top[0].label for p in model.predict(forms)] == [expected.top[0].label] * 5
