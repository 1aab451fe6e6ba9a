"""Gradient descent on a parabola: too small, good, too large a learning rate.

f(x) = x^2 / 2,  f'(x) = x
x <- x - lr f'(x) = (1 - lr) x

Each update is 1 - lr times the one before. Above lr = 2 that factor is below -1: there is still
one update per step, but the updates become larger and larger.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

from convscope.errors import InputError

LARGEST_START = 10.0
LARGEST_RATE = 4.0
MOST_STEPS = 100
SLOW = 0.9  # factor from which on progress is slow
TIGHT = 1e-9  # rounding of 1 - lr

Verdict = Literal["slow", "direct", "oscillating", "circling", "diverging"]


class Step(NamedTuple):
    """A place on the curve, before its update.

    Attributes:
        value: f(x).
        gradient: f'(x).
        update: -lr f'(x), which is added to x.
    """

    step: int
    x: float
    value: float
    gradient: float
    update: float


@final
@dataclass(frozen=True)
class Descent:
    """Gradient descent from a starting point.

    Args:
        lr: learning rate.
        steps: number of updates.
        start: first x.
    """

    lr: float = 0.3
    steps: int = 8
    start: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.lr <= LARGEST_RATE:
            raise InputError(
                f"learning rate {self.lr:g}", expected=f"above 0 and at most {LARGEST_RATE:g}"
            )
        if not 0 <= self.steps <= MOST_STEPS:
            raise InputError(f"{self.steps} steps", expected=f"0 to {MOST_STEPS}")
        if not abs(self.start) <= LARGEST_START:
            raise InputError(
                f"start at x = {self.start:g}", expected=f"at most {LARGEST_START:g} in size"
            )

    @property
    def factor(self) -> float:
        """Ratio of an update to the one before."""
        return 1 - self.lr

    @property
    def verdict(self) -> Verdict:
        """Kind of the path: slow or direct (on one side), oscillating, circling or diverging."""
        size = abs(self.factor)
        if size > 1 + TIGHT:
            return "diverging"
        if size > 1 - TIGHT and self.factor < 0:
            return "circling"
        if self.factor < -TIGHT:
            return "oscillating"
        return "slow" if self.factor > SLOW - TIGHT else "direct"

    def path(self) -> tuple[Step, ...]:
        """Return the start and the place after each update: steps + 1 places."""
        path: list[Step] = []
        x = self.start
        for step in range(self.steps + 1):
            path.append(Step(step, x, x * x / 2, x, -self.lr * x))
            x += path[-1].update
        return tuple(path)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "descent",
            "lr": self.lr,
            "factor": self.factor,
            "verdict": self.verdict,
            "path": [step._asdict() for step in self.path()],
        }
