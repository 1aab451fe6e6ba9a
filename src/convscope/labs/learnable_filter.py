"""Learn a filter: a filter is a fixed convolution, a kernel is a learned one.

Gradient descent recovers the kernel of a filter from a photo and its filtered image alone.

Legend: H height, W width, h, w the kernel's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError
from convscope.filters.kernels import check_kernel
from convscope.labs.draws import Draws

Array = NDArray[np.float64]

MAX_SIDE = 256
"""Largest side of the centre crop that is used: 65,000 windows are enough."""

MOST_LR = 10.0

DIVERGED = 1e6
"""Growth of the loss at which learning ends."""

SMALLEST_CHANGE = 1e-8
"""Learning stops when no weight changes by more than this."""


class Step(NamedTuple):
    """State after one step of gradient descent.

    Attributes:
        loss: half the mean squared difference of the two filtered images.
        error: largest difference between a learned and a true weight.
        kernel: (h, w).
    """

    step: int
    loss: float
    error: float
    kernel: Array


def windows_of(photo_HW: Array, shape: tuple[int, int]) -> Array:
    """Return every window as a row: (H, W) -> (H' * W', h * w)."""
    windows = np.lib.stride_tricks.sliding_window_view(photo_HW, shape)
    rows: Array = np.ascontiguousarray(windows.reshape(-1, shape[0] * shape[1]))
    return rows


class Quadratic(NamedTuple):
    """Quadratic loss L(k) = sum (windows @ k - target)^2 / 2n, from three sums over all windows.

    Loss and gradient equal those of a pass over all n windows, in a thousandth of the time.
    """

    products: Array  # windows^T windows / n: (h * w, h * w)
    correlation: Array  # windows^T target / n: (h * w,)
    energy: float  # target^T target / n

    @classmethod
    def of(cls, windows: Array, target: Array) -> "Quadratic":
        count = len(windows)
        energy = float(target @ target) / count
        return cls(windows.T @ windows / count, windows.T @ target / count, energy)

    def loss(self, kernel: Array) -> float:
        k = kernel.ravel()
        return max(0.0, float(k @ self.products @ k - 2 * k @ self.correlation) + self.energy) / 2

    def gradient(self, kernel: Array) -> Array:
        """Return dL/dk[u, v]: the mean over all windows of (output - target) * pixel under k[u, v].

        The lecture's formula for the derivative of a convolution.
        """
        gradient: Array = self.products @ kernel.ravel() - self.correlation
        return gradient.reshape(kernel.shape)

    @property
    def curvature(self) -> float:
        """Largest curvature of the loss; its inverse is the largest safe learning rate."""
        return float(np.linalg.eigvalsh(self.products)[-1])


@final
@dataclass(frozen=True)
class LearnableFilter:
    """Photo, filter and settings of the learning.

    Args:
        photo: (H, W), grey, from 0 to 1.
        truth: kernel of the filter (h, w); it makes the target and measures the error.
        size: side of the learned kernel, at least that of the filter.
        steps: upper limit.
        seed: of the initial values, N(0, 0.1^2) of `Draws`.
        lr: learning rate as a multiple of 1 / L, the inverse of the largest curvature. Safe are 1
            with momentum, and anything below 2 without.
        momentum: Nesterov's; without it learning is plain gradient descent, and much slower.
    """

    photo: Array
    truth: Array
    size: int
    steps: int = 20_000
    seed: int = 0
    lr: float = 1.0
    momentum: bool = True

    def __post_init__(self) -> None:
        check_kernel(self.truth)
        if self.size % 2 == 0 or self.size < max(self.truth.shape) or self.size > 15:
            raise InputError(
                f"a learned kernel of {self.size} x {self.size}",
                expected=f"an odd side from {max(self.truth.shape)} to 15",
            )
        if self.photo.ndim != 2 or min(self.photo.shape) < 4 * self.size:
            raise InputError(
                f"a photo of {' x '.join(map(str, self.photo.shape))}",
                expected=f"at least {4 * self.size} x {4 * self.size} pixels for a kernel of "
                f"{self.size} x {self.size}",
            )
        if self.steps < 1:
            raise InputError(f"{self.steps} steps", expected="at least 1")
        if not 0 < self.lr <= MOST_LR:
            raise InputError(
                f"a learning rate of {self.lr:g}",
                expected=f"above 0 and at most {MOST_LR:g}",
            )
        if np.ptp(self.photo) == 0:
            raise InputError("a photo of one constant value", expected="a photo with structure")

    @property
    def target_kernel(self) -> Array:
        """True kernel, padded with zeros to the size of the learned one."""
        rows, columns = ((self.size - side) // 2 for side in self.truth.shape)
        return np.pad(self.truth, ((rows, rows), (columns, columns)))

    def learn(self) -> tuple[Step, ...]:
        """Return every step of gradient descent.

        The learning rate is `lr` over the largest curvature, and Nesterov's momentum restarts when
        it points uphill (O'Donoghue and Candes 2015): with 1 nothing has to be tuned. Learning
        that diverges ends once the loss has grown a million times.
        """
        shape = (self.size, self.size)
        windows = windows_of(cropped(self.photo), shape)
        target = windows @ self.target_kernel.ravel()
        quadratic = Quadratic.of(windows, target)
        lr = self.lr / quadratic.curvature
        kernel = 0.1 * Draws(self.seed).normal(self.size**2).reshape(shape)
        ahead, pace = kernel, 1.0
        history = []
        for step in range(self.steps + 1):
            error = float(np.abs(kernel - self.target_kernel).max())
            history.append(Step(step, quadratic.loss(kernel), error, kernel))
            if not history[-1].loss <= DIVERGED * max(history[0].loss, SMALLEST_CHANGE):
                break
            gradient = quadratic.gradient(ahead)
            moved = ahead - lr * gradient
            if self.momentum and float((gradient * (moved - kernel)).sum()) > 0:
                pace, moved = 1.0, kernel - lr * quadratic.gradient(kernel)
            faster = (1 + np.sqrt(1 + 4 * pace**2)) / 2
            change = moved - kernel
            ahead = moved + (pace - 1) / faster * change if self.momentum else moved
            kernel, pace = moved, faster
            if float(np.abs(change).max()) < SMALLEST_CHANGE:
                break
        return tuple(history)


def cropped(photo_HW: Array) -> Array:
    """Return the centre of a photo, at most 256 x 256."""
    top, left = (max(0, (side - MAX_SIDE) // 2) for side in photo_HW.shape)
    return photo_HW[top : top + MAX_SIDE, left : left + MAX_SIDE]


def drawn_photo(*, seed: int = 0, side: int = 128) -> Array:
    """Return a synthetic photo: discs, bars and noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    photo = 0.3 + 0.4 * columns / side
    for _ in range(24):
        y, x, radius = rng.integers(0, side), rng.integers(0, side), rng.integers(4, side // 5)
        photo[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = rng.random()
        photo[:, x : x + 2] = rng.random()
    noisy: Array = np.clip(photo + rng.normal(0, 0.02, photo.shape), 0, 1)
    return noisy


def to_dict(lab: LearnableFilter, steps: Sequence[Step]) -> dict[str, Any]:
    """Return the result and 200 of the steps as JSON data."""
    return {
        "lab": "learnable_filter",
        "lr": lab.lr,
        "momentum": lab.momentum,
        "truth": lab.target_kernel.tolist(),
        "learned": steps[-1].kernel.tolist(),
        "error": steps[-1].error,
        "steps": [
            {**step._asdict(), "kernel": step.kernel.tolist()} for step in selected(steps, 200)
        ],
    }


def selected(steps: Sequence[Step], count: int) -> list[Step]:
    """Return at most `count` steps: the first, the last, and logarithmically spaced ones."""
    last = len(steps) - 1
    places = {0, last} | {int(p) for p in np.geomspace(1, max(1, last), count - 1)}
    return [steps[place] for place in sorted(places)]
