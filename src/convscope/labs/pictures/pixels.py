"""Drawing of a region of a photo, and the matrix of each channel."""

import numpy as np

from convscope.filters.picture import eight_bits
from convscope.io.conversion import to_rgb
from convscope.labs.pictures.marks import abreast, number_grid, stacked
from convscope.labs.pixels import Pixels
from convscope.lang import label
from convscope.render.marks import Box, Drawing, Image, Mark, Text

PHOTO = 300.0  # longer side
LIGHTS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}


def drawing(lab: Pixels) -> Drawing:
    """Draw the photo with the region framed, the region enlarged, and its matrices."""
    rgb = to_rgb(eight_bits(lab.image))
    height, width = rgb.shape[:2]
    scale = PHOTO / max(height, width)
    top, left = lab.corner
    frame = Box(
        left * scale, top * scale, lab.size * scale, lab.size * scale, stroke="series-1", thick=3
    )
    photo = Drawing(
        width * scale,
        height * scale,
        (Image(0, 0, width * scale, height * scale, rgb, smooth=True), frame),
    )
    region = rgb[top : top + lab.size, left : left + lab.size]
    near = Drawing(PHOTO, PHOTO, (Image(0, 0, PHOTO, PHOTO, region),))
    return stacked([abreast([photo, near]), abreast([_matrix(lab, name) for name in lab.channels])])


def _matrix(lab: Pixels, name: str) -> Drawing:
    matrix = lab.channels[name]
    cell = max(30.0, min(38.0, 420 / len(matrix)))
    white = np.iinfo(matrix.dtype).max
    lights = LIGHTS.get(name, (1, 1, 1))
    fills = {
        at: "#" + "".join(f"{round(255 * float(v) / white) * light:02x}" for light in lights)
        for at, v in np.ndenumerate(matrix)
    }
    marks: list[Mark] = [Text(0, 16, label(name), size=15)]
    marks += number_grid(0, 26, matrix.astype(np.float64), fills, cell=cell)
    rows, columns = matrix.shape
    return Drawing(columns * cell + 8, rows * cell + 34, tuple(marks))
