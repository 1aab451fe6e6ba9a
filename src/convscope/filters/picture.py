"""Results of filters as displayable images.

Legend: H height, W width, C channels.
"""

import numpy as np
from numpy.typing import NDArray

from convscope.errors import unknown_name
from convscope.filters.base import View
from convscope.filters.engine import Image, check_image, opencv, white
from convscope.io.conversion import to_rgb

VIEWS: tuple[View, ...] = ("same", "absolute", "scaled", "angle")

STRIP_ROWS = 256
LARGE = 0.995  # quantile of the magnitudes that is shown as white


def picture(result: Image, view: View, *, original: Image) -> Image:
    """Return a result as an image of the original's type: (H, W[, C]) -> (H, W[, C]).

    - same: the result, clipped to black and white.
    - absolute: its magnitude, clipped at white.
    - scaled: its magnitude, scaled so that 1 value in 200 reaches white.
    - angle: the hue of a direction, as bright as the gradient of the original: 8-bit RGB.

    Floats become 8 bits. Alpha is not scaled.
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
        sample = np.abs(part[:: max(1, len(part) // 512)].astype(np.float32))
        largest = float(np.quantile(sample, LARGE)) or max(float(part.max()), -float(part.min()))
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
    """Return hues: red for brighter to the right, then green-yellow down, cyan left, violet up."""
    cv2 = opencv()
    grey_HW = np.ascontiguousarray(to_rgb(eight_bits(original_HWC))).mean(axis=2).astype(np.float32)
    x = cv2.Sobel(grey_HW, cv2.CV_32F, 1, 0)
    y = cv2.Sobel(grey_HW, cv2.CV_32F, 0, 1)
    magnitude_HW = np.clip(cv2.magnitude(x, y), 0, 255).astype(np.uint8)
    angle_HW = np.arctan2(y, x) if angle_HWC.shape[2] > 2 else angle_HWC[..., 0]
    hue_HW = (np.mod(angle_HW, 2 * np.pi) * (90 / np.pi)).astype(np.uint8) % 180
    hsv = np.dstack([hue_HW, np.full_like(hue_HW, 255), magnitude_HW])
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


def eight_bits(image_HWC: Image) -> Image:
    """Return the image with floats as 8 bits."""
    if image_HWC.dtype.kind == "u":
        return image_HWC
    rounded: NDArray[np.uint8] = np.clip(np.rint(image_HWC * 255), 0, 255).astype(np.uint8)
    return rounded
