"""Drawing of the activations lab: the functions, and their slopes."""

from collections.abc import Callable

import numpy as np

from convscope.labs.functions.activations import ACTIVATIONS, Activation, Activations
from convscope.labs.pictures.marks import stacked
from convscope.payload import Curves, Series
from convscope.render import payloads
from convscope.render.marks import Drawing

LEAST_REACH = 4.0
POINTS = 161
SHOWN = ("relu", "tanh", "sigmoid", "elu", "gelu")
"""Leaky ReLU and SiLU would hide others."""


def drawing(lab: Activations) -> Drawing:
    """Draw two charts around 0, wide enough for the lab's input."""
    reach = max(LEAST_REACH, 1.25 * abs(lab.x))
    places = np.linspace(-reach, reach, POINTS).tolist()
    return stacked(
        [
            payloads.drawing(
                _curves("Activation functions", "f(x)", places, lambda one: one.value)
            ),
            payloads.drawing(_curves("Their slopes", "f'(x)", places, lambda one: one.slope)),
        ]
    )


def _curves(
    title: str,
    y_label: str,
    places: list[float],
    of: Callable[[Activation], Callable[[float], float]],
) -> Curves:
    series = tuple(
        Series(name=name, x=tuple(places), y=tuple(map(of(ACTIVATIONS[name]), places)))
        for name in SHOWN
    )
    return Curves(title=title, x_label="x", y_label=y_label, series=series)
