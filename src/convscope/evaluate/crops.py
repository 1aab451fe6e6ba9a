"""Test-time crops of the papers: crops, mirror images and scales of one image, as data.

The prediction is the mean of the softmaxes over the views. All protocols start from raw pixels
and from the layers of the model's own preprocessing: its resize sets the scale, the size of the
network's input is the size of a crop, and the remaining layers are applied to each view.

Axes: N images, C channels, H height, W width, K classes.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, NamedTuple, cast, final

from pydantic import Field
from torch import Tensor

from convscope.arch import AnyBlock, Chain
from convscope.errors import InputError, unknown_name
from convscope.layers import Layer, Resize
from convscope.network import build_block
from convscope.record import Record
from convscope.shapes import CHW, crop_offset

Side = Annotated[int, Field(ge=1, le=4096)]
RESNET_SCALES = (224, 256, 384, 480, 640)
GOOGLENET_SCALES = (256, 288, 320, 352)
PAPERS_INPUT = 224


class Stages(NamedTuple):
    """A preprocessing in its stages: the resize, the crop, and the remaining layers."""

    resize: Layer | None
    crop: Layer | None
    rest: dict[str, Layer]
    input: CHW

    @property
    def size(self) -> tuple[int, int]:
        return self.input.height, self.input.width

    def resized(self, images_NCHW: Tensor, size: int | tuple[int, int]) -> Tensor:
        """Resize images as the model does, to another size."""
        layer = self.resize.with_size(size) if self.resize else Resize(size)
        assert layer is not None
        return _apply(layer, images_NCHW)


def stages_of(preprocessing: Chain, input: CHW) -> Stages:
    """Return the stages of a model's preprocessing.

    Args:
        input: of the network.

    Raises:
        InputError: a resize or a crop that does not come first, in this order.
    """
    resize: Layer | None = None
    crop: Layer | None = None
    rest: dict[str, Layer] = {}
    for name, part in preprocessing.blocks.items():
        framing = part.framing if isinstance(part, Layer) else None
        first = not rest and crop is None
        if framing == "resize" and first and resize is None:
            resize = cast(Layer, part)
        elif framing == "crop" and first:
            crop = cast(Layer, part)
        elif framing or not isinstance(part, Layer):
            raise InputError(
                "the preprocessing resizes or crops more than once, or after other layers",
                expected="Resize, CenterCrop, then the rest",
                fix="--crops single",
            )
        else:
            rest[name] = part
    return Stages(resize, crop, rest, input)


def _apply(layer: Layer, images_NCHW: Tensor) -> Tensor:
    module = build_block(cast(AnyBlock, layer), CHW(*images_NCHW.shape[1:]))
    result_NCHW: Tensor = module(images_NCHW)
    return result_NCHW


def _keeps_aspect(resize: Layer) -> bool:
    """Return whether a resize sets the shorter side, not both sides."""
    return resize.output_shape(CHW(1, 1, 2)) != resize.output_shape(CHW(1, 2, 1))


def _cut(images_NCHW: Tensor, top: int, left: int, size: tuple[int, int]) -> Tensor:
    return images_NCHW[:, :, top : top + size[0], left : left + size[1]]


def _five(images_NCHW: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Yield the four corners, then the centre."""
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
    """Scale the shorter sides that a paper used for inputs of 224 to another input."""
    side = min(input.height, input.width)
    return tuple(round(scale * side / PAPERS_INPUT) for scale in scales)


@final
class SingleCrop(Record):
    """The preprocessing of the model, once, as `predict` does."""

    type: Literal["SingleCrop"] = "SingleCrop"
    title: ClassVar[str] = "single"

    def views(self, images_NCHW: Tensor, stages: Stages) -> Iterator[Tensor]:
        for layer in (stages.resize, stages.crop):
            if layer is not None:
                images_NCHW = _apply(layer, images_NCHW)
        yield images_NCHW


@final
class TenCrop(Record):
    """The four corners and the middle of the centre square, and their mirror images.

    The mean of the ten softmaxes. The square is as long as the shorter side after the model's
    Resize: 256 for 224 in the paper.

    Paper: Krizhevsky et al. 2012, section 4.1; ResNet's Table 3 too.
    """

    type: Literal["TenCrop"] = "TenCrop"
    title: ClassVar[str] = "ten"

    def views(self, images_NCHW: Tensor, stages: Stages) -> Iterator[Tensor]:
        if stages.crop is None:
            raise _nothing_to_cut("the preprocessing of this model has no CenterCrop")
        if stages.resize is not None:
            images_NCHW = _apply(stages.resize, images_NCHW)
        height, width = images_NCHW.shape[2:]
        whole = stages.resize is not None and not _keeps_aspect(stages.resize)
        region = (height, width) if whole else (min(height, width),) * 2
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
            scaled = stages.resized(images_NCHW, scale)
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
    title: ClassVar[str] = "googlenet144"

    def views(self, images_NCHW: Tensor, stages: Stages) -> Iterator[Tensor]:
        size = stages.size
        if size[0] != size[1]:
            raise InputError(
                f"GoogLeNet's crops are squares, and the network takes {size[0]}x{size[1]}",
                fix="--crops single or ten",
            )
        for scale in _proportional(GOOGLENET_SCALES, stages.input):
            scaled = stages.resized(images_NCHW, scale)
            for square in _squares(scaled):
                yield from _and_mirrored(_five(square, size))
                yield from _and_mirrored(iter((stages.resized(square, size),)))


def _squares(images_NCHW: Tensor) -> Iterator[Tensor]:
    """Yield three squares along the longer side; of a square image only itself."""
    height, width = images_NCHW.shape[2:]
    side = min(height, width)
    room = max(height, width) - side
    for begin in (0, round(room / 2), room) if room else (0,):
        top, left = (begin, 0) if height > width else (0, begin)
        yield _cut(images_NCHW, top, left, (side, side))


def _nothing_to_cut(why: str) -> InputError:
    return InputError(
        f"ten crops are not possible: {why}",
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
    """Return the protocol of that name.

    Raises:
        InputError: no such name (with the nearest ones).
    """
    if name not in CROPS:
        raise unknown_name("crop protocol", name, CROPS)
    return CROPS[name]
