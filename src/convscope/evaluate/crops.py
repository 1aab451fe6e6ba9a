"""What the papers looked at to answer one image: crops, mirrored copies and scales, as data.

Each protocol says which views it takes of an image and how their answers become one. All of
them start from raw pixels and from the layers of the model's own preprocessing: its Resize
sets the scale, the size of the network's input is the size of a crop, and what follows
(Normalize) is applied to each view.

Tensor names end in their axes: N images, C channels, H height, W width, K classes.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple, final

from pydantic import Field
from torch import Tensor

from convscope.arch import Chain, Composition
from convscope.errors import InputError, unknown_name
from convscope.layers import AnyLayer, CenterCrop, Resize
from convscope.network import build_block
from convscope.record import Record
from convscope.shapes import CHW, crop_offset

Side = Annotated[int, Field(ge=1, le=4096)]
Interpolation = Literal["bilinear", "bicubic"]

RESNET_SCALES = (224, 256, 384, 480, 640)
GOOGLENET_SCALES = (256, 288, 320, 352)
PAPERS_INPUT = 224


class Stages(NamedTuple):
    """A preprocessing taken apart: what sets the scale, what cuts, and the rest."""

    resize: Resize | None
    crop: CenterCrop | None
    rest: dict[str, AnyLayer]
    input: CHW

    @property
    def size(self) -> tuple[int, int]:
        return self.input.height, self.input.width

    @property
    def interpolation(self) -> Interpolation:
        return self.resize.interpolation if self.resize else "bilinear"


def stages_of(preprocessing: Chain, input: CHW) -> Stages:
    """The stages of a model's preprocessing.

    Args:
        input: of the network.

    Raises:
        InputError: resizing and cropping that are not the first things done, in this order.
    """
    resize: Resize | None = None
    crop: CenterCrop | None = None
    rest: dict[str, AnyLayer] = {}
    for name, part in preprocessing.blocks.items():
        first = not rest and crop is None
        if isinstance(part, Resize) and first and resize is None:
            resize = part
        elif isinstance(part, CenterCrop) and first:
            crop = part
        elif isinstance(part, Resize | CenterCrop | Composition):
            raise InputError(
                "the preprocessing of this model resizes or crops more than once, or late",
                expected="Resize, CenterCrop, then the rest",
                fix="--crops single",
            )
        else:
            rest[name] = part
    return Stages(resize, crop, rest, input)


def _resized(images_NCHW: Tensor, size: int | tuple[int, int], kind: Interpolation) -> Tensor:
    _, channels, height, width = images_NCHW.shape
    shape = CHW(channels, height, width)
    found: Tensor = build_block(Resize(size, interpolation=kind), shape)(images_NCHW)
    return found


def _cut(images_NCHW: Tensor, top: int, left: int, size: tuple[int, int]) -> Tensor:
    return images_NCHW[:, :, top : top + size[0], left : left + size[1]]


def _five(images_NCHW: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """The four corners, then the middle."""
    down, right = images_NCHW.shape[2] - size[0], images_NCHW.shape[3] - size[1]
    for top, left in ((0, 0), (0, right), (down, 0), (down, right)):
        yield _cut(images_NCHW, top, left, size)
    middle = (
        crop_offset(images_NCHW.shape[2], size[0]),
        crop_offset(images_NCHW.shape[3], size[1]),
    )
    yield _cut(images_NCHW, *middle, size)


def _and_mirrored(views: Iterator[Tensor]) -> Iterator[Tensor]:
    for view in views:
        yield view
        yield view.flip(3)


def _proportional(scales: tuple[int, ...], input: CHW) -> tuple[int, ...]:
    """Shorter sides that a paper used for inputs of 224, for another input."""
    side = min(input.height, input.width)
    return tuple(round(scale * side / PAPERS_INPUT) for scale in scales)


@final
class SingleCrop(Record):
    """What `predict` does: the preprocessing of the model, once."""

    type: Literal["SingleCrop"] = "SingleCrop"

    @property
    def title(self) -> str:
        return "single"

    def views(self, images_NCHW: Tensor, stages: Stages) -> Iterator[Tensor]:
        if stages.resize is not None:
            images_NCHW = _resized(images_NCHW, stages.resize.size, stages.interpolation)
        if stages.crop is not None:
            shape = CHW(*images_NCHW.shape[1:])
            images_NCHW = build_block(stages.crop, shape)(images_NCHW)
        yield images_NCHW


@final
class TenCrop(Record):
    """The four corners and the middle of the centre square, and their mirror images.

    The mean of the ten softmaxes. The square is as long as the shorter side after the model's
    Resize: 256 for 224 in the paper.

    Paper: Krizhevsky et al. 2012, section 4.1; ResNet's Table 3 too.
    """

    type: Literal["TenCrop"] = "TenCrop"

    @property
    def title(self) -> str:
        return "ten"

    def views(self, images_NCHW: Tensor, stages: Stages) -> Iterator[Tensor]:
        if stages.crop is None:
            raise _nothing_to_cut("the preprocessing of this model has no CenterCrop")
        if stages.resize is not None:
            images_NCHW = _resized(images_NCHW, stages.resize.size, stages.interpolation)
        height, width = images_NCHW.shape[2:]
        exact = stages.resize is not None and isinstance(stages.resize.size, tuple)
        region = (height, width) if exact else (min(height, width),) * 2
        size = stages.size
        if region[0] < size[0] or region[1] < size[1] or region == size:
            raise _nothing_to_cut(f"{region[0]}x{region[1]} pixels hold one {size[0]}x{size[1]}")
        top, left = crop_offset(height, region[0]), crop_offset(width, region[1])
        yield from _and_mirrored(_five(_cut(images_NCHW, top, left, region), size))


@final
class MultiScale(Record):
    """The whole image at several scales, each with its mirror image; no crops.

    The network is slid over each (`Dense`) and its class score map averaged; then the mean of
    the softmaxes over scales and mirror images.

    Args:
        scales: shorter sides in pixels; by default ResNet's 224, 256, 384, 480 and 640 for an
            input of 224, and in proportion for others. VGG's are 256, 384 and 512.

    Paper: Simonyan and Zisserman 2015, sections 3.2 and 4.2; He et al. 2016, section 4.1.
    """

    type: Literal["MultiScale"] = "MultiScale"
    scales: Annotated[tuple[Side, ...], Field(min_length=1, max_length=64)] | None = None

    @property
    def title(self) -> str:
        sides = ", ".join(map(str, self.scales or ()))
        return f"multi_scale ({sides})" if sides else "multi_scale"

    def views(self, images_NCHW: Tensor, stages: Stages) -> Iterator[Tensor]:
        for scale in self.scales or _proportional(RESNET_SCALES, stages.input):
            scaled = _resized(images_NCHW, scale, stages.interpolation)
            yield from _and_mirrored(iter((scaled,)))


@final
class GoogLeNetCrops(Record):
    """144 views: 4 scales x 3 squares x (4 corners, the middle, the square itself) x 2.

    The image with shorter sides of 256, 288, 320 and 352 (for an input of 224, in proportion
    for others); of each the left, middle and right square, or the upper, middle and lower one;
    of each square the four corners, the middle and the square resized to the input; each with
    its mirror image. The mean of the softmaxes.

    Paper: Szegedy et al. 2015, section 7.
    """

    type: Literal["GoogLeNetCrops"] = "GoogLeNetCrops"

    @property
    def title(self) -> str:
        return "googlenet144"

    def views(self, images_NCHW: Tensor, stages: Stages) -> Iterator[Tensor]:
        size, kind = stages.size, stages.interpolation
        if size[0] != size[1]:
            raise InputError(
                f"GoogLeNet's crops are squares, and the network takes {size[0]}x{size[1]}",
                fix="--crops single or ten",
            )
        for scale in _proportional(GOOGLENET_SCALES, stages.input):
            scaled = _resized(images_NCHW, scale, kind)
            for square in _squares(scaled):
                yield from _and_mirrored(_five(square, size))
                yield from _and_mirrored(iter((_resized(square, size, kind),)))


def _squares(images_NCHW: Tensor) -> Iterator[Tensor]:
    """Three along the longer side; of a square image the one that all three are."""
    height, width = images_NCHW.shape[2:]
    side = min(height, width)
    room = max(height, width) - side
    for begin in (0, round(room / 2), room) if room else (0,):
        top, left = (begin, 0) if height > width else (0, begin)
        yield _cut(images_NCHW, top, left, (side, side))


def _nothing_to_cut(why: str) -> InputError:
    return InputError(
        f"there is nothing to take ten crops from: {why}",
        expected="a preprocessing that resizes to more than the network's input, then crops",
        fix="--crops single",
    )


AnyCrops = Annotated[
    SingleCrop | TenCrop | MultiScale | GoogLeNetCrops, Field(discriminator="type")
]
CROPS: dict[str, AnyCrops] = {
    crops.title: crops for crops in (SingleCrop(), TenCrop(), MultiScale(), GoogLeNetCrops())
}


def find_crops(name: str) -> AnyCrops:
    """The protocol of that name.

    Raises:
        InputError: no such name (with the nearest ones).
    """
    if name not in CROPS:
        raise unknown_name("way to crop", name, CROPS)
    return CROPS[name]
