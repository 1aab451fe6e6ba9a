"""Drawing of gradient descent: the places on the curve, and the size of each update."""

import numpy as np

from convscope.labs.functions.descent import Descent
from convscope.labs.pictures.marks import stacked
from convscope.payload import Curves, Series
from convscope.render import payloads
from convscope.render.marks import Drawing

POINTS = 121


def drawing(lab: Descent) -> Drawing:
    """Draw the curve with the path, and the updates on a logarithmic axis."""
    path = lab.path()
    reach = 1.1 * max(abs(place.x) for place in path) or 1.0
    places = np.linspace(-reach, reach, POINTS).tolist()
    curve = Series(name="f(x) = x^2 / 2", x=tuple(places), y=tuple(x * x / 2 for x in places))
    steps = Series(
        name="path", x=tuple(place.x for place in path), y=tuple(place.value for place in path)
    )
    descent = Curves(
        title=f"Gradient descent, learning rate {lab.lr:g}",
        x_label="x",
        y_label="f(x)",
        series=(curve, steps),
    )
    sizes = Series(
        name="|update|",
        x=tuple(float(place.step + 1) for place in path),
        y=tuple(abs(place.update) or None for place in path),
    )
    updates = Curves(
        title="Size of each update",
        x_label="step",
        y_label="|update|",
        y_scale="log",
        series=(sizes,),
    )
    return stacked([payloads.drawing(descent), payloads.drawing(updates)])
