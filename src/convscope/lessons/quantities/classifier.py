"""Numbers of the chapters on strides and on the classifier: windows, softmax and slopes."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from convscope.lessons.quantities.classic import network
from convscope.lessons.quantities.convolution import output_side
from convscope.lessons.quantities.formats import Value

if TYPE_CHECKING:
    from convscope.labs.softmax import State

SIDE = 6  # of the input in the figure on strides
SCORES, LABEL, STEPS = (2.0, 1.0, 0.1), 1, 5
WRONG = (6.0, 0.0, 1.0)


@cache
def _states(scores: tuple[float, ...] = SCORES) -> "tuple[State, ...]":
    from convscope.labs.softmax import Softmax

    return Softmax(scores=scores, label=LABEL, lr=1.0, steps=STEPS).states()


def _list(values: Sequence[float], digits: int) -> str:
    """Return numbers as the text of a vector, with a proper minus sign."""
    numbers = ", ".join(f"{value:.{digits}f}".replace("-", "−") for value in values)
    return f"({numbers})"


def _windows(stride: int) -> int:
    return output_side(SIDE, 2, stride) ** 2


def _tanh(layers: int = 1) -> float:
    """Return the factor of a gradient that passes tanh units, each at an input of 3."""
    from convscope.labs.functions.activations import Activations

    return Activations(3.0, layers=layers).point("tanh").through


CLASSIFIER: dict[str, Callable[[], Value]] = {
    "stride.input": lambda: (SIDE, SIDE),
    "stride.one.windows": lambda: _windows(1),
    "stride.two.windows": lambda: _windows(2),
    "stride.three.windows": lambda: _windows(3),
    "softmax.scores": lambda: _list(SCORES, 1),
    "softmax.exponentials": lambda: _list([math.exp(score) for score in SCORES], 3),
    "softmax.total": lambda: f"{math.fsum(map(math.exp, SCORES)):.3f}",
    "softmax.probabilities": lambda: _list(_states()[0].probabilities, 3),
    "softmax.likelihood": lambda: f"{_states()[0].probabilities[LABEL]:.3f}",
    "softmax.loss": lambda: f"{_states()[0].loss:.3f}",
    "softmax.gradient": lambda: _list(_states()[0].gradient, 3),
    "softmax.loss_1": lambda: f"{_states()[1].loss:.3f}",
    "softmax.loss_5": lambda: f"{_states()[STEPS].loss:.3f}",
    "softmax.wrong_loss": lambda: f"{_states(WRONG)[0].loss:.3f}",
    "softmax.overflow": lambda: math.floor(math.log(math.nextafter(math.inf, 0.0))),
    "softmax.chance_10": lambda: math.log(10),
    "softmax.chance_1000": lambda: math.log(1000),
    "softmax.digits": lambda: network("lenet5").num_classes,
    "softmax.classes": lambda: network("alexnet").num_classes,
    "tanh.slope_3": _tanh,
    "tanh.slope_3_power_5": lambda: _tanh(5),
}
"""The scores, the label and the states of the lab `softmax`; the slope of tanh."""
