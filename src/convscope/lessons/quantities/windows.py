"""Numbers of the chapters on gradients, padding and pooling."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from convscope.lessons.quantities.convolution import example, output_side
from convscope.lessons.quantities.formats import Value
from convscope.lessons.quantities.measured import measured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from convscope.labs.pooling import Example
    from convscope.labs.pooling_windows import Kind

    Array = NDArray[np.float64]

STEP = 0.001
"""Change of a weight for a difference quotient."""

GREY = 90
"""Value of an evenly grey photo."""


def _numbers(values: "Array") -> str:
    return ", ".join(f"{value:g}" for value in values.ravel())


def rows(matrix: "Array") -> str:
    """Return a matrix as text: 4 3 4 / 2 4 3 / 2 3 4."""
    return " / ".join(" ".join(f"{value:g}" for value in row) for row in matrix)


def _first_window() -> "Array":
    return example("lecture").x[0, :3, :3]


def _half_squares(change: float) -> float:
    """Return L = half the sum of y^2 of the first example, its first weight changed."""
    import dataclasses

    lab = example("lecture")
    w = lab.w.copy()
    w[0, 0, 0, 0] += change
    return float((dataclasses.replace(lab, w=w).output ** 2).sum()) / 2


def _formula() -> float:
    lab = example("lecture")
    return float(lab.kernel_gradient(lab.output)[0, 0, 0, 0])


def _sizes() -> tuple[int, ...]:
    from convscope.labs.pooling import shrinking

    return shrinking(28, 5)


def _ranks() -> tuple[int, int, int]:
    """Return equations, rank, and rank with the slide's result, of the padded example."""
    import numpy as np

    from convscope.labs.examples import LECTURE_INPUT, LECTURE_PRINTED_2

    windows = np.lib.stride_tricks.sliding_window_view(np.pad(LECTURE_INPUT, 1), (3, 3))
    matrix = windows.reshape(-1, 9)
    both = np.column_stack([matrix, LECTURE_PRINTED_2.ravel()])
    ranks = (int(np.linalg.matrix_rank(one)) for one in (matrix, both))
    return len(matrix), *ranks  # type: ignore[return-value]


def _padded_row(kind: str, number: int) -> str:
    """Return a row of the padded example: as printed, correct, or with the kernel turned."""
    import dataclasses

    from convscope.labs.examples import LECTURE_PRINTED_2

    lab = example("lecture_padded")
    turned = dataclasses.replace(lab, w=lab.w[..., ::-1, ::-1].copy())
    outputs = {"printed": LECTURE_PRINTED_2, "correct": lab.output[0], "turned": turned.output[0]}
    return rows(outputs[kind][number - 1 : number])


def _mean_of_grey(zeros: int) -> int:
    return round(GREY * (9 - zeros) / 9)


def _pooled(kind: "Kind") -> str:
    from convscope.labs.pooling_windows import EXAMPLE, PoolingWindows

    return rows(PoolingWindows(EXAMPLE, kind=kind).output)


def _shift() -> "Example":
    from convscope.labs.pooling import example as shifted

    return shifted("max")


def _list(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _padded(network: str) -> int:
    """Return the number of convolutions with padding."""
    from convscope.zoo import load

    architecture = load(network)
    rows = {row.path: row for row in architecture.table().rows}
    windows = [
        rows[step.path].window
        for step in architecture.trace.steps
        if step.layer is not None and step.layer.role == "convolution"
    ]
    return sum(window is not None and window.padding[0] > 0 for window in windows)


WINDOWS: dict[str, Callable[[], Value]] = {
    "convolution.3_3.side": lambda: output_side(3, 3),
    "convolution.cs231n.last": lambda: int(example("cs231n_1").output[1, 2, 2]),
    "gradients.lecture.terms": lambda: example("lecture").output_shape.numel,
    "gradients.lecture.slide": lambda: int(_first_window().sum()),
    "gradients.lecture.window": lambda: _numbers(_first_window()),
    "gradients.check.step": lambda: STEP,
    "gradients.check.quotient": lambda: (_half_squares(STEP) - _half_squares(0)) / STEP,
    "gradients.check.formula": _formula,
    "padding.digit": lambda: _sizes()[0],
    "padding.layers": lambda: len(_sizes()) - 1,
    "padding.sizes": lambda: " → ".join(map(str, _sizes())),
    "padding.for_seven": lambda: next(p for p in range(9) if output_side(20, 7, 1, p) == 20),
    **{
        f"padding.{kind}_{number}": partial(_padded_row, kind, number)
        for kind in ("printed", "correct", "turned")
        for number in range(1, 6)
    },
    "padding.equations": lambda: _ranks()[0],
    "padding.rank": lambda: _ranks()[1],
    "padding.rank_with_result": lambda: _ranks()[2],
    "padding.grey": lambda: GREY,
    "padding.corner": lambda: _mean_of_grey(5),
    "padding.edge": lambda: _mean_of_grey(3),
    "padding.vgg_convolutions": lambda: _padded("vgg16"),
    "pooling.maxima": lambda: _pooled("max"),
    "pooling.means": lambda: _pooled("average"),
    "pooling.detectors": lambda: _list(_shift().detectors),
    "pooling.shifted": lambda: _list(_shift().shifted),
    "pooling.pooled": lambda: _list(_shift().pooled),
    "pooling.pooled_shifted": lambda: _list(_shift().pooled_shifted),
    "pooling.changed": lambda: _shift().pooled_changed,
    "pooling.detectors_changed": lambda: _shift().changed,
    "pooling.measured.before": lambda: measured("pooling.relu1.amount"),
    "pooling.measured.after": lambda: measured("pooling.pool1.amount"),
    "pooling.measured.second_before": lambda: measured("pooling.relu2.amount"),
    "pooling.measured.second_after": lambda: measured("pooling.pool2.amount"),
    "pooling.measured.share": lambda: measured("pooling.pool1.share"),
}
