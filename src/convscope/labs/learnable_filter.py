"""A filter is a fixed convolution, a kernel is a learned one.

From one photo and its filtered twin, gradient descent finds out which filter it was. Nothing
about the filter is known but what it did.

    python -m convscope.labs.learnable_filter photo.jpg --filter sobel_x -o learned.png

Legend: H height, W width, h, w the kernel's.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError, unknown_name
from convscope.filters.kernels import KERNELS, check_kernel, parse_kernel
from convscope.labs import drawing, terminal
from convscope.labs.drawing import Canvas, Curve
from convscope.labs.terminal import number

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console

Array = NDArray[np.float64]

MAX_SIDE = 256
"""The photo is looked at through a crop of at most this size: 65,000 windows are plenty."""

NAMES = ("photo", "its filtered twin", "with what was learned")

ENOUGH = 1e-8
"""Learning stops when a step moves no weight further than this."""


class Step(NamedTuple):
    """Where learning stands after a step.

    Attributes:
        loss: half the mean squared difference between the twin and ours.
        error: the largest difference between a learned weight and the true one.
        kernel: (h, w).
    """

    step: int
    loss: float
    error: float
    kernel: Array


def windows_of(photo_HW: Array, shape: tuple[int, int]) -> Array:
    """Every window as a row. (H, W) -> (H' * W', h * w)."""
    windows = np.lib.stride_tricks.sliding_window_view(photo_HW, shape)
    rows: Array = np.ascontiguousarray(windows.reshape(-1, shape[0] * shape[1]))
    return rows


class Quadratic(NamedTuple):
    """The loss L(k) = sum (windows @ k - twin)^2 / 2n, added up over all windows beforehand.

    It is a parabola in k, so three sums say everything: loss and gradient are exactly those of
    going through all n windows at every step, in a thousandth of the time.
    """

    products: Array  # windows^T windows / n: (h * w, h * w)
    wanted: Array  # windows^T twin / n: (h * w,)
    energy: float  # twin^T twin / n

    @classmethod
    def of(cls, windows: Array, twin: Array) -> "Quadratic":
        count = len(windows)
        energy = float(twin @ twin) / count
        return cls(windows.T @ windows / count, windows.T @ twin / count, energy)

    def loss(self, kernel: Array) -> float:
        k = kernel.ravel()
        return max(0.0, float(k @ self.products @ k - 2 * k @ self.wanted) + self.energy) / 2

    def gradient(self, kernel: Array) -> Array:
        """dL/dk[u, v] = mean over all windows of (ours - twin) * the pixel that k[u, v] lay upon.

        The lecture's formula for the derivative of a convolution.
        """
        found: Array = (self.products @ kernel.ravel() - self.wanted).reshape(kernel.shape)
        return found

    @property
    def curvature(self) -> float:
        """The largest: one over it is the largest safe learning rate."""
        return float(np.linalg.eigvalsh(self.products)[-1])


@final
@dataclass(frozen=True)
class LearnableFilter:
    """A photo, the filter that made its twin, and how long to learn.

    Args:
        photo: (H, W), grey, from 0 to 1.
        truth: the filter's kernel (h, w), to make the twin and to measure the error with.
        size: side of the learned kernel; at least the filter's.
        steps: at most so many.
        seed: of the start values.
    """

    photo: Array
    truth: Array
    size: int
    steps: int = 20_000
    seed: int = 0

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
                expected=f"at least {4 * self.size} x {4 * self.size} to learn {self.size} x "
                f"{self.size} numbers from",
            )
        if self.steps < 1:
            raise InputError(f"{self.steps} steps", expected="at least 1")
        if np.ptp(self.photo) == 0:
            raise InputError(
                "the photo is one even area", expected="a photo with something on it, to learn from"
            )

    @property
    def wanted(self) -> Array:
        """The true kernel with zeros around it, as large as the learned one."""
        rows, columns = ((self.size - side) // 2 for side in self.truth.shape)
        return np.pad(self.truth, ((rows, rows), (columns, columns)))

    def learn(self) -> tuple[Step, ...]:
        """Gradient descent with Nesterov's momentum; every step is kept.

        The learning rate is one over the largest curvature; the momentum starts anew whenever
        it points uphill (O'Donoghue and Candes 2015), so nothing has to be tuned.
        """
        shape = (self.size, self.size)
        windows = windows_of(_crop(self.photo), shape)
        twin = windows @ self.wanted.ravel()
        quadratic = Quadratic.of(windows, twin)
        lr = 1 / quadratic.curvature
        kernel = np.random.default_rng(self.seed).normal(0, 0.1, shape)
        ahead, pace = kernel, 1.0
        found = []
        for step in range(self.steps + 1):
            error = float(np.abs(kernel - self.wanted).max())
            found.append(Step(step, quadratic.loss(kernel), error, kernel))
            gradient = quadratic.gradient(ahead)
            moved = ahead - lr * gradient
            if float((gradient * (moved - kernel)).sum()) > 0:
                pace, moved = 1.0, kernel - lr * quadratic.gradient(kernel)
            faster = (1 + np.sqrt(1 + 4 * pace**2)) / 2
            change = moved - kernel
            ahead = moved + (pace - 1) / faster * change
            kernel, pace = moved, faster
            if float(np.abs(change).max()) < ENOUGH:
                break
        return tuple(found)


def _crop(photo_HW: Array) -> Array:
    """The middle of a photo that is larger than needed."""
    top, left = (max(0, (side - MAX_SIDE) // 2) for side in photo_HW.shape)
    return photo_HW[top : top + MAX_SIDE, left : left + MAX_SIDE]


def drawn_photo(*, seed: int = 0, side: int = 128) -> Array:
    """Something to learn from where no photo is given: discs, bars and a little grain."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    picture = 0.3 + 0.4 * columns / side
    for _ in range(24):
        y, x, radius = rng.integers(0, side), rng.integers(0, side), rng.integers(4, side // 5)
        picture[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = rng.random()
        picture[:, x : x + 2] = rng.random()
    grainy: Array = np.clip(picture + rng.normal(0, 0.02, picture.shape), 0, 1)
    return grainy


def to_dict(lab: LearnableFilter, steps: Sequence[Step]) -> dict[str, Any]:
    """The way there, ready for JSON: of many steps 200, closer together at the start."""
    return {
        "lab": "learnable_filter",
        "truth": lab.wanted.tolist(),
        "learned": steps[-1].kernel.tolist(),
        "error": steps[-1].error,
        "steps": [
            {**step._asdict(), "kernel": step.kernel.tolist()} for step in _marks(steps, 200)
        ],
    }


def _marks(steps: Sequence[Step], count: int) -> list[Step]:
    """Some steps to show: the first, the last, and between them as a logarithm goes."""
    last = len(steps) - 1
    places = {0, last} | {int(p) for p in np.geomspace(1, max(1, last), count - 1)}
    return [steps[place] for place in sorted(places)]


def picture(lab: LearnableFilter, steps: Sequence[Step]) -> "Image":
    """The kernel on its way, the photo with both twins, and the curves of loss and error."""
    marks = _marks(steps, 6)
    cell = max(26, min(46, 160 // lab.size))
    wide = lab.size * cell + 26
    largest = float(np.abs(lab.wanted).max())
    kernels = Canvas((len(marks) + 1) * wide + 30, lab.size * cell + 76)
    kernels.text(0, 0, "the kernel as it is learned", size=18)
    shown = [(f"step {m.step}", m.kernel) for m in marks] + [("the filter", lab.wanted)]
    for order, (name, kernel) in enumerate(shown):
        left = order * wide + (30 if order == len(marks) else 0)
        kernels.text(left, 36, name, colour=drawing.QUIET)
        fills = {
            at: drawing.signed_colour(0.75 * float(v), largest) for at, v in np.ndenumerate(kernel)
        }
        kernels.grid(left, 60, np.round(kernel, 2) + 0.0, fills=fills, cell=cell)
    x = [step.step for step in steps]
    graph = drawing.curves(
        [
            Curve("loss", x, [step.loss for step in steps]),
            Curve("largest error of a weight", x, [step.error for step in steps]),
        ],
        title="gradient descent",
        x_label="step",
        y_label="logarithmic",
        logarithmic=True,
        height=360,
    )
    return drawing.stack([_photos(lab, steps[-1].kernel), kernels.image, graph])


def _photos(lab: LearnableFilter, kernel: Array) -> "Image":
    from PIL import Image

    photo = _crop(lab.photo)
    windows = windows_of(photo, kernel.shape)
    size = tuple(side - lab.size + 1 for side in photo.shape)
    twins = [(windows @ k.ravel()).reshape(size) for k in (lab.wanted, kernel)]
    signed = abs(float(lab.truth.sum())) < 1e-9
    scale = 255 / max(float(np.abs(twins[0]).max()), 1e-9)
    layers = [photo * 255] + [np.abs(t) * scale if signed else t * 255 for t in twins]
    parts = []
    for name, layer in zip(NAMES, layers, strict=True):
        pixels = np.clip(layer, 0, 255).astype(np.uint8)
        canvas = Canvas(max(pixels.shape[1], 190), pixels.shape[0] + 28)
        canvas.text(0, 0, name)
        canvas.image.paste(Image.fromarray(pixels).convert("RGB"), (0, 28))
        parts.append(canvas.image)
    return drawing.stack(parts, gap=16, across=True)


def _print(lab: LearnableFilter, steps: Sequence[Step], console: "Console") -> None:
    for mark in _marks(steps, 7):
        rows = "; ".join(" ".join(f"{v:7.3f}" for v in row) for row in mark.kernel)
        shown = f"  [{rows}]" if lab.size == 3 else ""
        console.print(
            f"step {mark.step:>5}  loss {mark.loss:9.3g}  error {mark.error:9.3g}{shown}",
            markup=False,
            soft_wrap=True,
        )
    console.print("\nlearned:")
    for learned, true in zip(steps[-1].kernel, lab.wanted, strict=True):
        left = " ".join(f"{v:9.4f}" for v in learned)
        right = " ".join(f"{number(float(v)):>9}" for v in true)
        console.print(f"  {left}    filter: {right}", soft_wrap=True)


def _photo(options: argparse.Namespace) -> Array:
    if options.photo is None:
        return drawn_photo(seed=options.seed)
    from convscope.io.images import read_image, to_grey

    grey: Array = to_grey(read_image(options.photo))[..., 0] / 255
    return grey


def main(arguments: Sequence[str] | None = None) -> None:
    """Learn a filter back from what it did."""
    parser = terminal.parser(
        "learnable_filter", "Gradient descent finds the filter from a photo and its twin."
    )
    parser.add_argument("photo", nargs="?", help="an image; without it one is drawn")
    parser.add_argument("--filter", default="sobel_x", help=", ".join(KERNELS))
    parser.add_argument("--kernel", help='any other: "0 1 0; 1 -4 1; 0 1 0"')
    parser.add_argument("--size", type=int, help="side of the learned kernel")
    parser.add_argument("--steps", type=int, default=20_000, help="at most")
    parser.add_argument("--seed", type=int, default=0, help="decides the start values")
    options = parser.parse_args(arguments)
    if options.kernel is None and options.filter not in KERNELS:
        raise unknown_name("filter with a kernel", options.filter, KERNELS)
    truth = parse_kernel(options.kernel) if options.kernel else KERNELS[options.filter].matrix
    size = options.size or max(truth.shape)
    lab = LearnableFilter(_photo(options), truth, size, options.steps, options.seed)
    steps = lab.learn()
    terminal.show(
        options,
        data=lambda: to_dict(lab, steps),
        text=lambda console: _print(lab, steps, console),
        picture=lambda: picture(lab, steps),
    )


if __name__ == "__main__":
    terminal.run(main)
