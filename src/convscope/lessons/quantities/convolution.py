"""Numbers of the chapters on convolution: sizes, products and the examples of the labs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from convscope.lessons.quantities.formats import Value

if TYPE_CHECKING:
    from convscope.labs.convolution import Convolution


def output_side(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Return O = floor((I - K + 2P) / S) + 1 from the lab's formula."""
    from convscope.labs.sizes import size_formula
    from convscope.shapes import Window

    return size_formula(size, Window(kernel, stride, padding)).output


def example(name: str) -> "Convolution":
    """Return an example of `convscope lab convolution --example NAME`."""
    from convscope.labs.convolution_inputs import example as of_lab

    return of_lab(name)


def _matrix(name: str) -> tuple[int, int]:
    lab = example(name)
    return lab.output_shape.numel, lab.x.size


def _used(name: str) -> int:
    return int((example(name).terms.input >= 0).sum())


def _shape(name: str) -> tuple[int, ...]:
    shape = example(name).output_shape
    return shape.height, shape.width, shape.channels


def _rows(name: str) -> str:
    """Return the only channel of an output as rows: 4 3 4 / 2 4 3 / 2 3 4."""
    return " / ".join(" ".join(f"{value:g}" for value in row) for row in example(name).output[0])


CONVOLUTION: dict[str, Callable[[], Value]] = {
    "convolution.4_2.side": lambda: output_side(4, 2),
    "convolution.4_2.output": lambda: (output_side(4, 2), output_side(4, 2), 1),
    "convolution.5_3.side": lambda: output_side(5, 3),
    "convolution.5_3_padding_1.side": lambda: output_side(5, 3, padding=1),
    "convolution.7_3_stride_2.side": lambda: output_side(7, 3, 2),
    "convolution.6_3_stride_2.side": lambda: output_side(6, 3, 2),
    "convolution.cs231n.side": lambda: example("cs231n_1").output_shape.height,
    "convolution.cs231n.output": lambda: _shape("cs231n_1"),
    "convolution.cs231n.outputs": lambda: example("cs231n_1").output_shape.numel,
    "convolution.cs231n.inputs": lambda: example("cs231n_1").x.size,
    "convolution.cs231n.weights": lambda: example("cs231n_1").w.size,
    "convolution.cs231n.parameters": lambda: (
        example("cs231n_1").w.size + len(example("cs231n_1").w)
    ),
    "convolution.cs231n.products": lambda: example("cs231n_1").w[0].size,
    "convolution.cs231n.first": lambda: int(example("cs231n_1").output[0, 0, 0]),
    "convolution.cs231n.matrix": lambda: _matrix("cs231n_1"),
    "convolution.cs231n.connections": lambda: _used("cs231n_1"),
    "convolution.cs231n.dense": lambda: _matrix("cs231n_1")[0] * _matrix("cs231n_1")[1],
    "convolution.lecture.output": lambda: _rows("lecture"),
    "convolution.lecture_twice.output": lambda: _rows("lecture_twice"),
    "convolution.lecture_padded.output": lambda: _rows("lecture_padded"),
}
