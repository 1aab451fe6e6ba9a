"""A photo of a handwritten digit as an image of MNIST: 20 x 20 in 28 x 28, centred by mass.

Legend: H height, W width, C channels of the photo; h, w of the reduced photo.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError
from convscope.handwriting.contrast import LEAST, Contrast, find_contrast, sharpness
from convscope.handwriting.prepared import SIDE, is_prepared
from convscope.handwriting.shapes import Shape, connected, digits, inside
from convscope.io.conversion import Pixels, to_grey
from convscope.text import counted

BOX = 20
STROKES = (1.6, 3.6)
"""Mean widths of the strokes in MNIST, in pixels of BOX; others are thickened or thinned."""

SHARES = (0.3, 0.45, 0.6, 0.75)  # thresholds, of the highest contrast
GRAINS = 8_000  # horizontal runs of pixels: a digit has 500
STRONG = 0.6  # of the highest contrast
BLURRED = 0.3  # part of the outline of a shadow that is an edge, at most
ALIKE = 0.05  # parts of two outlines that are edges
ENOUGH = 0.8  # of the strong pixels of the best threshold
JOINED = 0.15  # parts of two outlines that are edges: less is a digit joined with lines
FILLED = 0.8  # of the box of a sheet of paper; an ellipse, as a thick 0, fills 0.785 at most
WRITTEN = 0.25  # of the size of a sheet: a digit on it
PAPER = 0.5  # of the difference of ink from its surroundings


class PreparedDigit(NamedTuple):
    """An image as those of MNIST, (28, 28), uint8, light on black; and what was done, or ""."""

    pixels_HW: NDArray[np.uint8]
    note: str


def prepare_digit(image_HWC: Pixels, *, where: str = "") -> PreparedDigit:
    """Return the digit in a photo or drawing as an image of MNIST. (H, W, C) -> (28, 28).

    The background is removed, also under uneven light. The ink is cropped, its longer side scaled
    to 20 pixels, and its centre of mass put in the middle. A prepared image is returned as it is.

    Raises:
        InputError: no ink.
    """
    if is_prepared(image_HWC):
        return PreparedDigit(to_grey(image_HWC)[..., 0], "")
    written = _strokes([_separated(contrast) for contrast in find_contrast(image_HWC)])
    if written is None:
        raise InputError(
            "no ink is in this image",
            expected="a digit that is darker or lighter than its background",
            fix="take the photo closer, with more light",
            where=where,
        )
    return PreparedDigit(_centred(_boxed(_cropped(written))), _note(written))


class _Writing(NamedTuple):
    """Ink above a threshold: its connected regions, and the digits that they form."""

    contrast: Contrast
    threshold: float
    labels_hw: NDArray[np.int32]
    digits: list[Shape]
    strong: int  # pixels of the first digit with a high contrast
    sharpness: float  # part of the first digit's outline that is an edge

    def difference(self) -> float:
        """Return how much the ink differs from its surroundings: of medians, 0 to 255.

        Paper between strokes or lines hardly differs from the paper around it.
        """
        values_hw, shape = self.contrast.values_hw, self.digits[0]
        height, width = values_hw.shape
        window = np.s_[
            max(0, shape.top - shape.size) : min(height, shape.bottom + shape.size),
            max(0, shape.left - shape.size) : min(width, shape.right + shape.size),
        ]
        own = np.isin(self.labels_hw[window], shape.labels)
        if own.all():
            return 0.0
        values = values_hw[window]
        return max(0.0, float(np.median(values[~own]) - np.median(values[own])))


def _separated(contrast: Contrast) -> _Writing | None:
    """Return the digits at the lowest threshold that separates them from lines of the paper.

    A digit joined with lines or a shadow leaves the image with them. Below that threshold fewer
    strong pixels are in a digit, since shapes that touch the border are no digits. Joined with
    the lines of a page that ends inside the image, its outline is no edge in most places.
    """
    tried = [_at(contrast, share * contrast.peak) for share in SHARES if contrast.peak]
    written = [writing for writing in tried if writing is not None]
    most = max((writing.strong for writing in written), default=0)
    written = [writing for writing in written if writing.strong > ENOUGH * most]
    sharpest = max((writing.sharpness for writing in written), default=0)
    return next((each for each in written if each.sharpness > sharpest - JOINED), None)


def _at(contrast: Contrast, threshold: float) -> _Writing | None:
    mask_hw = contrast.ink_hw > max(threshold, LEAST)
    if np.count_nonzero(mask_hw[:, 1:] & ~mask_hw[:, :-1]) > GRAINS:
        return None
    labels_hw, shapes = connected(mask_hw)
    if not shapes:
        return None
    listed = digits(inside(shapes, labels_hw.shape))
    own = np.isin(labels_hw, listed[0].labels)
    strong = int((own & (contrast.ink_hw > STRONG * contrast.peak)).sum())
    return _Writing(contrast, threshold, labels_hw, listed, strong, sharpness(contrast, own))


def _strokes(candidates: list[_Writing | None]) -> _Writing | None:
    """Return the writing, not the paper between its strokes, which contrasts with them as well.

    Returns None where there are only shadows and grain.
    """
    writings = [each for each in candidates if each is not None and each.sharpness > BLURRED]
    if len(writings) < 2:
        return writings[0] if writings else None
    first, second = writings
    if _is_sheet(first.digits[0], second.digits[0]):
        return second
    if _is_sheet(second.digits[0], first.digits[0]):
        return first
    differences = first.difference(), second.difference()
    if min(differences) < PAPER * max(differences):
        return first if differences[0] > differences[1] else second
    if abs(first.sharpness - second.sharpness) > ALIKE:
        return first if first.sharpness > second.sharpness else second
    if first.digits[0].within(second.digits[0]):
        return second  # strokes surround the paper between them
    if second.digits[0].within(first.digits[0]):
        return first
    return max(first, second, key=lambda writing: writing.contrast.peak * writing.strong)


def _is_sheet(outer: Shape, inner: Shape) -> bool:
    """Return whether a shape is a sheet of paper, or a screen, on which the other is written.

    It fills its box, unlike strokes; the hole in a thick 0 or 8 is smaller than ink on a sheet.
    """
    filled = outer.pixels / (outer.height * outer.width)
    return inner.within(outer) and filled > FILLED and inner.size > WRITTEN * outer.size


def _note(writing: _Writing) -> str:
    contrast, (chosen, *others) = writing.contrast, writing.digits
    box = [round(value * contrast.scale) for value in chosen[2:]]
    top, left, bottom, right = box
    ink = "dark ink" if contrast.kind == "dark" else "light ink"
    text = (
        f"{ink} of {right - left} x {bottom - top} pixels at {left}, {top} was "
        f"prepared as a digit of MNIST; --no-digit uses the image as it is"
    )
    if others:
        text += (
            f"; {counted(len(others) + 1, 'shape')} of ink are in the image, and only the largest "
            "is used: crop the image to choose another"
        )
    return text


def _cropped(writing: _Writing) -> NDArray[np.float32]:
    """Return the ink of one digit, 0 to 1, with the soft edges of its strokes."""
    contrast, labels_hw, shape = writing.contrast, writing.labels_hw, writing.digits[0]
    margin = 1
    height, width = labels_hw.shape
    window = np.s_[
        max(0, shape.top - margin) : min(height, shape.bottom + margin),
        max(0, shape.left - margin) : min(width, shape.right + margin),
    ]
    own = np.isin(labels_hw[window], shape.labels)
    ink = contrast.ink_hw[window]
    full = float(np.median(ink[own]))
    low = 0.5 * writing.threshold
    soft: NDArray[np.float32] = np.clip((ink - low) / max(full - low, 1e-6), 0, 1)
    return np.where(_grown(own), soft, 0).astype(np.float32)


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask with its 8 neighbours."""
    padded = np.pad(mask, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]


def _shrunk(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return ~_grown(~mask)


def _boxed(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale ink to BOX, with strokes as wide as those of MNIST: 0 to 1."""
    from PIL import Image

    rows = np.flatnonzero((ink > 0.5).any(axis=1))
    columns = np.flatnonzero((ink > 0.5).any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink = _with_usual_strokes(ink)
    height, width = ink.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = Image.fromarray(ink).resize(size, Image.Resampling.BOX)
    boxed = np.asarray(picture, np.float32)
    full = max(float(np.percentile(boxed[boxed > 0.1], 90)), 0.5)
    result: NDArray[np.float32] = np.clip(boxed / full, 0, 1)
    return result


def _with_usual_strokes(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Thicken strokes below STROKES, and thin those above."""
    unit = max(ink.shape) / BOX
    width = stroke_width(ink > 0.5) / unit
    thin, thick = STROKES
    if width < thin:
        steps = round((thin - width) * unit / 2)
        ink = np.pad(ink, steps)
        for _ in range(steps):
            ink = _neighbours(ink, np.maximum)
    elif width > thick:
        for _ in range(round((width - thick) * unit / 2)):
            thinner = _neighbours(ink, np.minimum)
            if not (thinner > 0.5).any():  # a blob without strokes
                break
            ink = thinner
        rows, columns = np.nonzero(ink > 0.5)
        ink = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return ink


def _neighbours(ink: NDArray[np.float32], choose: np.ufunc) -> NDArray[np.float32]:
    """Return the largest or smallest of each pixel and its 4 neighbours."""
    padded = np.pad(ink, 1)
    result: NDArray[np.float32] = choose.reduce(
        [ink, padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
    )
    return result


def stroke_width(mask: NDArray[np.bool_]) -> float:
    """Return the mean width of strokes: twice the area over the length of the outline."""
    area = int(mask.sum())
    outline = int((mask & ~_shrunk(mask)).sum())
    return 2 * area / max(outline, 1)


def _centred(boxed: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Put the centre of mass into the middle of SIDE x SIDE, as far as the ink stays inside."""
    height, width = boxed.shape
    total = float(boxed.sum())
    row = float((boxed.sum(axis=1) * np.arange(height)).sum()) / total
    column = float((boxed.sum(axis=0) * np.arange(width)).sum()) / total
    top = min(max(round(SIDE / 2 - row), 0), SIDE - height)
    left = min(max(round(SIDE / 2 - column), 0), SIDE - width)
    pixels_HW = np.zeros((SIDE, SIDE), np.uint8)
    pixels_HW[top : top + height, left : left + width] = np.rint(255 * boxed)
    return pixels_HW
