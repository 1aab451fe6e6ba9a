"""Activation functions and their slopes: where a function is flat, no gradient passes.

The backward pass multiplies a gradient by f'(x). Tanh and the logistic function saturate: f'(x)
goes to 0 on both sides. ReLU has f'(x) = 1 for every x > 0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, final

from convscope.errors import InputError, unknown_name

LARGEST = 100.0
LEAKY_SLOPE = 0.01
MOST_LAYERS = 100

Function = Callable[[float], float]


class Activation(NamedTuple):
    """A function and its derivative; at a corner the derivative is that of PyTorch."""

    law: str
    value: Function
    slope: Function


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _sigmoid_slope(x: float) -> float:
    return _sigmoid(x) * _sigmoid(-x)


def _normal(x: float) -> float:
    """Return the distribution function of the normal distribution."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _normal_density(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation("max(x, 0)", lambda x: max(x, 0.0), lambda x: float(x > 0)),
    "tanh": Activation("tanh(x)", math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    "sigmoid": Activation("1 / (1 + exp(-x))", _sigmoid, _sigmoid_slope),
    "leaky_relu": Activation(
        "x if x > 0, else 0.01 x",
        lambda x: x if x > 0 else LEAKY_SLOPE * x,
        lambda x: 1.0 if x > 0 else LEAKY_SLOPE,
    ),
    "elu": Activation(
        "x if x > 0, else exp(x) - 1",
        lambda x: x if x > 0 else math.expm1(x),
        lambda x: 1.0 if x > 0 else math.exp(x),
    ),
    "gelu": Activation(
        "x times the normal distribution function of x",
        lambda x: x * _normal(x),
        lambda x: _normal(x) + x * _normal_density(x),
    ),
    "silu": Activation(
        "x / (1 + exp(-x))",
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) + x * _sigmoid_slope(x),
    ),
}


class Point(NamedTuple):
    """One function at one input.

    Attributes:
        through: slope ** layers, the factor of a gradient that passes so many of these layers.
    """

    function: str
    value: float
    slope: float
    through: float


@final
@dataclass(frozen=True)
class Activations:
    """All functions at one input.

    Args:
        layers: number of layers in a row, each at the same input.
    """

    x: float = 2.0
    layers: int = 5

    def __post_init__(self) -> None:
        if not abs(self.x) <= LARGEST:  # false for NaN too
            raise InputError(f"x = {self.x:g}", expected=f"at most {LARGEST:g} in size")
        if not 1 <= self.layers <= MOST_LAYERS:
            raise InputError(f"{self.layers} layers", expected=f"1 to {MOST_LAYERS}")

    def point(self, name: str) -> Point:
        """Return value and slope of one function.

        Raises:
            InputError: there is no such function.
        """
        if name not in ACTIVATIONS:
            raise unknown_name("activation", name, ACTIVATIONS)
        activation = ACTIVATIONS[name]
        slope = activation.slope(self.x)
        return Point(name, activation.value(self.x), slope, slope**self.layers)

    def points(self) -> tuple[Point, ...]:
        """Return value and slope of every function."""
        return tuple(self.point(name) for name in ACTIVATIONS)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "activations",
            "x": self.x,
            "layers": self.layers,
            "functions": [
                {**point._asdict(), "law": ACTIVATIONS[point.function].law}
                for point in self.points()
            ],
        }
