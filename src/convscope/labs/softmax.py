"""Softmax, likelihood and their gradient, with every number, on a few classes.

p[k] = exp(s[k]) / sum over j of exp(s[j])      probabilities
L = -log p[y]                                   negative log-likelihood, or cross-entropy
dL/ds[k] = p[k] - 1 if k is the label y, else p[k]
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

from convscope.errors import InputError

MOST_CLASSES = 20
MOST_STEPS = 10_000
LARGEST = 500.0


class State(NamedTuple):
    """Scores after a number of steps of gradient descent on the scores themselves.

    Attributes:
        exponentials: exp(s - max(s)), which softmax divides by their sum.
        loss: -log of the label's probability.
        gradient: of the loss, by the scores.
    """

    step: int
    scores: tuple[float, ...]
    exponentials: tuple[float, ...]
    probabilities: tuple[float, ...]
    loss: float
    gradient: tuple[float, ...]


@final
@dataclass(frozen=True)
class Softmax:
    """Scores of one image, and its label.

    Args:
        scores: one for each class.
        label: index of the right class, from 0.
        lr: learning rate of the steps.
        steps: of gradient descent.
    """

    scores: tuple[float, ...] = (2.0, 1.0, 0.1)
    label: int = 1
    lr: float = 1.0
    steps: int = 5

    def __post_init__(self) -> None:
        if not 2 <= len(self.scores) <= MOST_CLASSES:
            raise InputError(f"{len(self.scores)} scores", expected=f"2 to {MOST_CLASSES}")
        if not all(abs(score) <= LARGEST for score in self.scores):  # false for NaN too
            raise InputError("a score that is too large", expected=f"at most {LARGEST:g} in size")
        if not 0 <= self.label < len(self.scores):
            raise InputError(
                f"label {self.label}", expected=f"a class from 0 to {len(self.scores) - 1}"
            )
        if not 0 < self.lr <= 1000:
            raise InputError(f"learning rate {self.lr:g}", expected="above 0 and at most 1000")
        if not 0 <= self.steps <= MOST_STEPS:
            raise InputError(f"{self.steps} steps", expected=f"0 to {MOST_STEPS:,}")

    def state(self, scores: Sequence[float], step: int = 0) -> State:
        """Return probabilities, loss and gradient of scores."""
        largest = max(scores)  # exp of large scores would overflow; softmax is the same
        exponentials = tuple(math.exp(score - largest) for score in scores)
        total = math.fsum(exponentials)
        probabilities = tuple(value / total for value in exponentials)
        loss = math.log(total) - (scores[self.label] - largest)
        gradient = tuple(p - (k == self.label) for k, p in enumerate(probabilities))
        return State(step, tuple(scores), exponentials, probabilities, loss, gradient)

    def states(self) -> tuple[State, ...]:
        """Return the state before and after each step s <- s - lr * dL/ds."""
        states = [self.state(self.scores)]
        for step in range(1, self.steps + 1):
            last = states[-1]
            moved = [s - self.lr * g for s, g in zip(last.scores, last.gradient, strict=True)]
            states.append(self.state(moved, step))
        return tuple(states)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "softmax",
            "label": self.label,
            "lr": self.lr,
            "steps": [state._asdict() for state in self.states()],
        }
