"""Check of whether an image is already prepared as those of MNIST.

Legend: H height, W width, C channels.
"""

import numpy as np

from convscope.io.conversion import Pixels, to_grey

SIDE = 28
DARK = 40  # of 255: the background of a prepared image
SMALL = 14  # of SIDE: ink of a prepared image is larger


def is_prepared(image_HWC: Pixels, sides: tuple[int, ...] = (SIDE,)) -> bool:
    """Return whether an image is as those of MNIST: its size, its background and a large digit.

    Args:
        sides: height and width of prepared images.
    """
    height, width = image_HWC.shape[:2]
    if height != width or height not in sides:
        return False
    if image_HWC.shape[2] in (2, 4) and image_HWC[..., -1].min() < np.iinfo(image_HWC.dtype).max:
        return False
    grey_HW = to_grey(image_HWC)[..., 0]
    border = np.concatenate([grey_HW[0], grey_HW[-1], grey_HW[:, 0], grey_HW[:, -1]])
    if np.median(border) > DARK or np.median(grey_HW) > 2 * DARK:
        return False
    rows, columns = np.nonzero(grey_HW > DARK)
    return not rows.size or bool(max(np.ptp(rows), np.ptp(columns)) + 1 >= SMALL)
