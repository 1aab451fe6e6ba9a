"""Drawing of objects at several sizes and the responses of kernels of several sizes."""

import numpy as np

from convscope.labs.object_sizes import ObjectSizes, detector
from convscope.labs.pictures.marks import stacked
from convscope.lang import label
from convscope.payload import Scale
from convscope.render.marks import Drawing, Image, Mark, Text

TILE, GAP, LEFT, TOP = 150.0, 18.0, 160.0, 170.0


def drawing(lab: ObjectSizes) -> Drawing:
    """Draw a row for each object and a column for each kernel; colours share one scale."""
    marks: list[Mark] = []
    maps = {(d, k): lab.map(d, k) for d in lab.objects for k in lab.kernels}
    reach = max(float(np.abs(each).max()) for each in maps.values())
    scale = Scale(colours="blue-white-red", low=-reach, high=reach)
    responses = {(r.object, r.kernel): r for r in lab.responses()}
    for column, size in enumerate(lab.kernels):
        x = LEFT + column * (TILE + GAP)
        kernel = detector(size)
        largest = float(np.abs(kernel).max())
        own = Scale(colours="blue-white-red", low=-largest, high=largest)
        side = TILE * len(kernel) / 33
        marks.append(Text(x, 16, f"{label('kernel')} {size} x {size}", size=15))
        marks.append(Image(x, 26, side, side, own.paint(kernel.astype(np.float32))))
    for row, diameter in enumerate(lab.objects):
        y = TOP + row * (TILE + 44)
        grey = np.repeat((255 * lab.picture(diameter))[..., None], 3, axis=2).astype(np.uint8)
        marks.append(Text(0, y - 8, f"{label('object')}: {diameter}", size=15))
        marks.append(Image(0, y, TILE - 20, TILE - 20, grey))
        for column, size in enumerate(lab.kernels):
            x = LEFT + column * (TILE + GAP)
            response = responses[diameter, size]
            best = response.share == 1
            marks.append(
                Image(x, y, TILE, TILE, scale.paint(maps[diameter, size].astype(np.float32)))
            )
            words = f"{response.response:.2f} ({response.share:.0%})"
            marks.append(Text(x, y - 8, words, size=14, bold=best))
    width = LEFT + len(lab.kernels) * (TILE + GAP)
    whole = Drawing(width, TOP + len(lab.objects) * (TILE + 44), tuple(marks))
    return stacked([whole])
