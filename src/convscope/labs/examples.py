"""Example numbers: from the lecture, and from two published captures of the CS231n demo."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LECTURE_INPUT = np.array(
    [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]],
    np.float64,
)
LECTURE_KERNEL = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], np.float64)
LECTURE_KERNEL_2 = np.array([[0, 0, 1], [0, 1, 1], [1, 1, 1]], np.float64)

LECTURE_PRINTED_2 = np.array(
    [[1, 1, 2, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 2, 1], [1, 0, 2, 1, 0], [0, 1, 1, 3, 0]],
    np.float64,
)
"""The lecture's printed result of the padded example. No 3 x 3 kernel gives it: the linear system
has rank 9, and rank 10 with the printed numbers. The slide is wrong."""


class Example(NamedTuple):
    """Input, kernel and bias of a convolution, with a note."""

    x: Array
    w: Array
    b: Array | None
    stride: int
    padding: int
    note: str


def _digits(text: str, shape: tuple[int, ...]) -> Array:
    """Return an array of the digits; `-` stands for -1."""
    digits = [-1 if mark == "-" else int(mark) for mark in text if not mark.isspace()]
    return np.array(digits, np.float64).reshape(shape)


# the demo of cs231n.github.io draws new numbers on each load; these were published with tests
CAPTURE_1 = Example(
    _digits(
        """22220 12111 21112 20220 20202
           11022 21100 00110 20000 10020
           02012 21121 02102 22210 22220""",
        (3, 5, 5),
    ),
    _digits(
        """0-- -00 --0  -0- 01- --0  00- 100 -11
           110 0-1 --0  01- 0-- 100  0-- 111 -01""",
        (2, 3, 3, 3),
    ),
    np.array([1.0, 0.0]),
    2,
    1,
    "a screen capture of the CS231n demo: 5 x 5 x 3, two kernels, stride 2, padding 1",
)
CAPTURE_2 = Example(
    _digits(
        """12201 00220 01122 11211 00221
           20201 22222 12211 10111 20120
           22022 01211 22110 01022 21201""",
        (3, 5, 5),
    ),
    _digits(
        """-1- 00- -1-  001 -11 100  -0- 000 ---
           110 00- 0--  --- 101 --1  -00 000 011""",
        (2, 3, 3, 3),
    ),
    np.array([1.0, 0.0]),
    2,
    1,
    "another screen capture of the CS231n demo",
)

EXAMPLES: dict[str, Example] = {
    "lecture": Example(
        LECTURE_INPUT[None],
        LECTURE_KERNEL[None, None],
        None,
        1,
        0,
        "the lecture's first example: 4 3 4 / 2 4 3 / 2 3 4. The kernel is symmetric under a "
        "rotation by 180 degrees, so correlation and convolution agree",
    ),
    "lecture_twice": Example(
        np.array([[[4, 3, 4], [2, 4, 3], [2, 3, 4]]], np.float64),
        LECTURE_KERNEL[None, None],
        None,
        1,
        0,
        "the same kernel applied to that result: 18, a single number without padding",
    ),
    "lecture_padded": Example(
        LECTURE_INPUT[None],
        LECTURE_KERNEL_2[None, None],
        None,
        1,
        1,
        "the lecture's second example. The result on the slide (1 1 2 0 0 / ...) is wrong: no "
        "3 x 3 kernel gives it from this input. These are the correct numbers",
    ),
    "cs231n_1": CAPTURE_1,
    "cs231n_2": CAPTURE_2,
}
