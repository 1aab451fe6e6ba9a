"""Receptive fields of known networks, and against a recursion written another way."""

from random import Random

import pytest
import torch

from convscope.arch import Chain, Concat, Residual, receptive_fields, trace
from convscope.errors import ArchitectureError
from convscope.layers import (
    AdaptiveAvgPool2d,
    CenterCrop,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    MaxPool2d,
    ReLU,
    Resize,
)
from convscope.network import build_block
from convscope.shapes import CHW


def _vgg16():
    parts = {}
    for stage, (channels, repeats) in enumerate(
        [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], start=1
    ):
        for number in range(1, repeats + 1):
            parts[f"conv{stage}_{number}"] = Conv2d(channels, 3, padding=1)
        parts[f"pool{stage}"] = MaxPool2d(2)
    return Chain(**parts)


ALEXNET = Chain(
    conv1=Conv2d(96, 11, stride=4),
    pool1=MaxPool2d(3, stride=2),
    conv2=Conv2d(256, 5, padding=2),
    pool2=MaxPool2d(3, stride=2),
    conv3=Conv2d(384, 3, padding=1),
    conv4=Conv2d(384, 3, padding=1),
    conv5=Conv2d(256, 3, padding=1),
    pool5=MaxPool2d(3, stride=2),
)


def _basic(channels, stride=1):
    body = Chain(a=Conv2d(channels, 3, stride, 1), r=ReLU(), b=Conv2d(channels, 3, padding=1))
    return Residual(body, Conv2d(channels, 1, stride)) if stride > 1 else Residual(body)


RESNET18 = Chain(
    stem=Conv2d(64, 7, stride=2, padding=3),
    pool=MaxPool2d(3, stride=2, padding=1),
    **{f"s1b{n}": _basic(64) for n in (1, 2)},
    s2b1=_basic(128, 2),
    s2b2=_basic(128),
    s3b1=_basic(256, 2),
    s3b2=_basic(256),
    s4b1=_basic(512, 2),
    s4b2=_basic(512),
)


def _field(block, shape, path):
    found = trace(block, shape)
    step = next(step for step in found.steps if step.path == path)
    return receptive_fields(found)[step.output]


@pytest.mark.parametrize(
    ("block", "shape", "path", "size", "stride", "start"),
    [
        # Simonyan and Zisserman's network; 196 and 212 are Araujo, Norris and Sim 2019's figures
        (_vgg16(), CHW(3, 224, 224), "conv5_3", 196, 16, -90),
        (_vgg16(), CHW(3, 224, 224), "pool5", 212, 32, -90),
        (_vgg16(), CHW(3, 224, 224), "conv3_3", 40, 4, -18),
        # by hand: 11, 19, 51, 67, 99, 131, 163, 195
        (ALEXNET, CHW(3, 227, 227), "conv5", 163, 16, -64),
        (ALEXNET, CHW(3, 227, 227), "pool5", 195, 32, -64),
        # Araujo, Norris and Sim 2019, table 1: ResNet-18's last block sees 435 at stride 32
        (RESNET18, CHW(3, 224, 224), "s4b2", 435, 32, -217),
        (RESNET18, CHW(3, 224, 224), "s1b1.body.a", 19, 4, -9),
    ],
)
def test_known_networks(block, shape, path, size, stride, start):
    field = _field(block, shape, path)
    for axis in field:
        assert (axis.size, axis.stride, axis.start) == (size, stride, start)


def _sees(block, out_pixels):
    """The pixels that a set of output places needs, going backwards through one axis."""
    match block:
        case Chain():
            for part in reversed(block.blocks.values()):
                out_pixels = _sees(part, out_pixels)
            return out_pixels
        case Concat():
            return set().union(*(_sees(part, out_pixels) for part in block.blocks.values()))
        case Residual():
            return _sees(block.body, out_pixels) | _sees(block.shortcut, out_pixels)
        case Conv2d() | MaxPool2d():
            stride = block.kernel_size if block.stride is None else block.stride
            return {
                i * stride - block.padding + t * block.dilation
                for i in out_pixels
                for t in range(block.kernel_size)
            }
        case _:
            return out_pixels


@pytest.mark.parametrize(
    "block",
    [
        RESNET18,
        ALEXNET,
        Chain(c=Concat(a=Conv2d(1, 1), b=Conv2d(1, 5, padding=2)), p=MaxPool2d(3, stride=2)),
        Chain(d=Conv2d(1, 3, dilation=4), e=Conv2d(1, 3, stride=3, dilation=2)),
        Chain(c=Concat(a=Conv2d(1, 3, stride=2, padding=1), b=MaxPool2d(2)), e=Conv2d(1, 3)),
    ],
)
def test_against_going_backwards(block):
    found = trace(block, CHW(3, 242, 242))
    field = receptive_fields(found)[found.output]
    for unit in (0, 1, found.output_shape.height - 1):
        pixels = _sees(block, {unit})
        assert field.rows.span(unit) == field.cols.span(unit) == (min(pixels), max(pixels) + 1)


def test_everything_after_flattening_sees_the_whole():
    """The six units of pool5 together, edges of padding included."""
    block = Chain(**ALEXNET.blocks, flatten=Flatten())
    axis = _field(block, CHW(3, 227, 227), "flatten").rows
    assert (axis.size, axis.start, axis.stride) == (195 + 5 * 32, -64, 0)
    assert _field(Chain(g=GlobalAvgPool2d()), CHW(1, 9, 4), "g").cols.size == 4


def test_rectangles_keep_their_axes():
    field = _field(Chain(c=Conv2d(1, (1, 7), stride=(2, 3))), CHW(1, 20, 20), "c")
    assert (field.rows.size, field.cols.size) == (1, 7)
    assert (field.rows.stride, field.cols.stride) == (2, 3)


def test_uneven_windows_have_spans_of_their_own():
    axis = _field(Chain(a=AdaptiveAvgPool2d(3)), CHW(1, 7, 7), "a").rows
    assert [axis.span(unit) for unit in range(3)] == [(0, 3), (2, 5), (4, 7)]
    assert (axis.stride, axis.size, axis.start) == (None, 3, 0)
    even = _field(Chain(a=AdaptiveAvgPool2d(7)), CHW(1, 14, 14), "a").rows
    assert (even.size, even.stride) == (2, 2)
    half = _field(Chain(r=Resize((4, 4))), CHW(1, 8, 8), "r").rows
    assert [half.span(unit) for unit in range(4)] == [(0, 3), (1, 5), (3, 7), (5, 8)]
    crop = _field(Chain(c=CenterCrop(4)), CHW(1, 8, 8), "c").rows
    assert (crop.size, crop.stride, crop.start) == (1, 1, 2)


def _hull_by_autograd(block, length, unit):
    """The first and last + 1 row that the gradient of a unit reaches, with weights of 1."""
    module = build_block(block, CHW(1, length, length)).double().eval()
    for parameter in module.parameters():
        torch.nn.init.ones_(parameter)
    image = torch.rand(1, 1, length, length, dtype=torch.double, requires_grad=True)
    (gradient,) = torch.autograd.grad(module(image)[0, 0, unit].sum(), image)
    rows = gradient[0, 0].abs().sum(1).nonzero().flatten().tolist()
    return (rows[0], rows[-1] + 1) if rows else (0, 0)


def test_a_field_that_shrinks_is_the_hull_of_all_taps():
    """The spans of the dilated convolution go back: unit 0 sees later pixels than unit 1."""
    block = Chain(
        pool=AdaptiveAvgPool2d(4),
        dilated=Conv2d(1, 3, padding=1, dilation=2),
        conv=Conv2d(1, 3, padding=1),
    )
    axis = _field(block, CHW(1, 14, 14), "conv").rows
    assert axis.span(0) == _hull_by_autograd(block, 14, 0) == (0, 14)
    assert axis.size == 14
    whole = Chain(**block.blocks, flatten=Flatten())
    assert _field(whole, CHW(1, 14, 14), "flatten").rows.span(0) == (0, 14)


def _random_block(random):
    """An adaptive pooling, and layers whose windows jump, overlap, shrink and lie on padding."""
    parts = {"pool": AdaptiveAvgPool2d(random.choice([4, 5, 7]))}
    for number in range(random.randint(1, 4)):
        kernel, dilation = random.choice([1, 2, 3, 5]), random.choice([1, 2, 3])
        padding = random.randint(0, 3)
        conv = Conv2d(1, kernel, random.choice([1, 1, 2]), padding, dilation)
        parts[f"conv{number}"] = random.choice(
            [conv, AdaptiveAvgPool2d(random.randint(2, 6)), Concat(a=conv, b=conv)]
        )
    return Chain(**parts)


def test_uneven_fields_equal_autograd():
    """Every unit of 60 random networks: the hull of the pixels with a gradient."""
    random = Random(0)
    checked = 0
    while checked < 60:
        block = _random_block(random)
        try:
            found = trace(block, CHW(1, 13, 13))
        except ArchitectureError:  # a window larger than its input
            continue
        axis = receptive_fields(found)[found.output].rows
        if axis.stride is None:
            checked += 1
            for unit in range(found.output_shape.height):
                assert axis.span(unit) == _hull_by_autograd(block, 13, unit), (block, unit)
