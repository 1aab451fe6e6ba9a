"""A filter's result as something to look at, and a sheet of several with their names.

Legend: H height, W width, C channels.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError, unknown_name
from convscope.filters.base import View
from convscope.filters.engine import Image, check_image, opencv, white
from convscope.io.images import to_rgb

VIEWS: tuple[View, ...] = ("same", "absolute", "scaled", "angle")

STRIP_ROWS = 256
LARGE = 0.995
GAP, LINE, TEXT_SIZE = 16, 24, 17
PAPER, INK, QUIET = (255, 255, 255), (24, 24, 27), (113, 113, 122)


def picture(result: Image, view: View, *, original: Image) -> Image:
    """What a person is shown of a result, in the original's type. (H, W[, C]) -> (H, W[, C]).

    - same: the result, held between black and white.
    - absolute: its size without the sign, held at white.
    - scaled: its size, so that 1 value in 200 reaches white.
    - angle: the hue of a direction, as bright as the original's slope is steep: 8-bit RGB.

    Floats become 8 bits. Alpha stays.
    """
    if view not in VIEWS:
        raise unknown_name("view", str(view), VIEWS)
    result_HWC = result[..., None] if result.ndim == 2 else result
    original_HWC = check_image(original)
    if view == "angle":
        return _hues(result_HWC, original_HWC)
    colours = result_HWC.shape[2] - (result_HWC.shape[2] in (2, 4))
    top_value = white(original_HWC)
    target = original_HWC.dtype if original_HWC.dtype.kind == "u" else np.dtype(np.uint8)
    scale = float(np.iinfo(target).max) / top_value
    if view == "scaled":
        part = result_HWC[..., :colours]
        few = np.abs(part[:: max(1, len(part) // 512)].astype(np.float32))
        largest = float(np.quantile(few, LARGE)) or max(float(part.max()), -float(part.min()))
        scale *= top_value / largest if largest else 1.0
    shown = np.empty(result_HWC.shape, target)
    for top in range(0, len(shown), STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        strip = result_HWC[rows].astype(np.float32)
        strip[..., :colours] *= scale
        strip[..., colours:] *= float(np.iinfo(target).max) / top_value
        if view != "same":
            np.abs(strip, out=strip)
        shown[rows] = np.clip(np.rint(strip, out=strip), 0, np.iinfo(target).max)
    shaped: Image = shown.reshape(result.shape)
    return shaped


def _hues(angle_HWC: Image, original_HWC: Image) -> NDArray[np.uint8]:
    """Red: brighter to the right; then green-yellow downwards, cyan left, violet upwards."""
    cv2 = opencv()
    grey_HW = (
        np.ascontiguousarray(to_rgb(_eight_bits(original_HWC))).mean(axis=2).astype(np.float32)
    )
    x = cv2.Sobel(grey_HW, cv2.CV_32F, 1, 0)
    y = cv2.Sobel(grey_HW, cv2.CV_32F, 0, 1)
    steep_HW = np.clip(cv2.magnitude(x, y), 0, 255).astype(np.uint8)
    angle_HW = np.arctan2(y, x) if angle_HWC.shape[2] > 2 else angle_HWC[..., 0]
    hue_HW = (np.mod(angle_HW, 2 * np.pi) * (90 / np.pi)).astype(np.uint8) % 180
    hsv = np.dstack([hue_HW, np.full_like(hue_HW, 255), steep_HW])
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


def _eight_bits(image_HWC: Image) -> Image:
    if image_HWC.dtype.kind == "u":
        return image_HWC
    rounded: NDArray[np.uint8] = np.clip(np.rint(image_HWC * 255), 0, 255).astype(np.uint8)
    return rounded


class Labelled(NamedTuple):
    """An image with its name, and a second, quieter line."""

    image: Image
    title: str
    note: str = ""


def sheet(images: Sequence[Labelled], *, width: int = 640) -> NDArray[np.uint8]:
    """Images side by side under their names. -> (H, W, 3), uint8.

    Args:
        width: the most that one image takes; larger ones are made smaller.

    Raises:
        InputError: no images.
    """
    from PIL import Image as PillowImage
    from PIL import ImageDraw, ImageFont

    if not images:
        raise InputError("a sheet needs at least one image")
    columns = min(len(images), 3)
    pictures = []
    for item in images:
        image_HWC = item.image[..., None] if item.image.ndim == 2 else item.image
        shown = PillowImage.fromarray(_on_paper(_eight_bits(image_HWC)))
        factor = min(1.0, width / shown.width, width / shown.height)
        if shown.width < 160:  # a tiny image: whole pixels, enlarged
            factor = float(max(1, 240 // max(shown.size)))
        size = (max(1, round(shown.width * factor)), max(1, round(shown.height * factor)))
        how = PillowImage.Resampling.LANCZOS if factor < 1 else PillowImage.Resampling.NEAREST
        pictures.append(shown.resize(size, how))
    font = ImageFont.load_default(TEXT_SIZE)
    quiet = ImageFont.load_default(TEXT_SIZE - 3)
    text = max(max(font.getlength(i.title), quiet.getlength(i.note)) for i in images)
    cell_width = max(max(p.width for p in pictures), int(text) + 1)
    cell_height = max(p.height for p in pictures) + 2 * LINE
    rows = -(-len(images) // columns)
    paper = PillowImage.new(
        "RGB",
        (columns * cell_width + (columns + 1) * GAP, rows * cell_height + (rows + 1) * GAP),
        PAPER,
    )
    pen = ImageDraw.Draw(paper)
    for number, (item, shown) in enumerate(zip(images, pictures, strict=True)):
        left = GAP + number % columns * (cell_width + GAP)
        top = GAP + number // columns * (cell_height + GAP)
        pen.text((left, top), item.title, fill=INK, font=font)
        pen.text((left, top + LINE), item.note, fill=QUIET, font=quiet)
        paper.paste(shown, (left, top + 2 * LINE))
    return np.array(paper)


def _on_paper(image_HWC: Image) -> NDArray[np.uint8]:
    """Colour as it looks on white paper: alpha is blended."""
    rgb = to_rgb(image_HWC)
    if image_HWC.shape[2] not in (2, 4):
        return rgb
    share = image_HWC[..., -1:].astype(np.float32) / white(image_HWC)
    blended: NDArray[np.uint8] = np.rint(rgb * share + 255 * (1 - share)).astype(np.uint8)
    return blended
