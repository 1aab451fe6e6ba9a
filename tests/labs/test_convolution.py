"""The lecture's numbers, CS231n's, and torch for everything else."""

import json
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from convscope.cli.lab import run
from convscope.errors import ArchitectureError, ConvscopeError, InputError
from convscope.labs.convolution import Convolution
from convscope.labs.convolution_inputs import Settings, example, random_convolution
from convscope.labs.examples import (
    EXAMPLES,
    LECTURE_INPUT,
    LECTURE_KERNEL_2,
    LECTURE_PRINTED_2,
)
from convscope.labs.numbers import number
from convscope.labs.pictures.convolution import step_drawing
from convscope.labs.sizes import size_formula
from convscope.render.marks import Text, leaves
from convscope.shapes import Window

VALID = [[4, 3, 4], [2, 4, 3], [2, 3, 4]]
PADDED = [[3, 4, 4, 2, 1], [2, 4, 4, 4, 2], [1, 3, 5, 4, 2], [1, 4, 5, 3, 0], [1, 3, 2, 0, 0]]
TURNED = [[1, 2, 3, 2, 1], [2, 4, 4, 4, 2], [1, 2, 4, 5, 4], [0, 1, 4, 6, 3], [0, 2, 4, 3, 1]]
CS231N = {
    "cs231n_1": [
        [[1, -4, -1], [-4, -4, -4], [-2, -4, 3]],
        [[0, 0, -3], [0, -1, -2], [1, 1, 2]],
    ],
    "cs231n_2": [
        [[0, 1, 0], [3, -3, -5], [2, 0, -3]],
        [[-1, -3, -3], [-5, -5, -3], [0, 0, 0]],
    ],
}


def test_the_lecture() -> None:
    np.testing.assert_array_equal(example("lecture").output[0], VALID)
    np.testing.assert_array_equal(example("lecture_twice").output, [[[18]]])


def test_the_padded_example_of_the_lecture_is_misprinted() -> None:
    """Ours is right, as correlation and as convolution; the printed one is impossible."""
    output = example("lecture_padded").output[0]
    np.testing.assert_array_equal(output, PADDED)
    turned = Convolution(LECTURE_INPUT[None], LECTURE_KERNEL_2[None, None, ::-1, ::-1], padding=1)
    np.testing.assert_array_equal(turned.output[0], TURNED)
    for right in (output, turned.output[0]):
        assert (right == LECTURE_PRINTED_2).sum() == 3
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(LECTURE_INPUT, 1), (3, 3))
    system = windows.reshape(25, 9)
    assert np.linalg.matrix_rank(system) == 9
    with_printed = np.hstack([system, LECTURE_PRINTED_2.reshape(25, 1)])
    assert np.linalg.matrix_rank(with_printed) == 10


@pytest.mark.parametrize("name", CS231N)
def test_the_captures_of_cs231n(name: str) -> None:
    np.testing.assert_array_equal(example(name).output, CS231N[name])


@st.composite
def labs(draw: st.DrawFn, *, transposed: bool = False) -> Convolution:
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, outputs = (groups * draw(st.integers(1, 2)) for _ in range(2))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 3)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 3)))
    dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 2)))
    size = draw(st.tuples(st.integers(1, 8), st.integers(1, 7)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    more = (0, 0)
    if transposed:
        more = tuple(
            draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
        )
    shape = (channels, outputs // groups) if transposed else (outputs, channels // groups)
    bias = rng.normal(size=outputs) if draw(st.booleans()) else None
    try:
        return Convolution(
            rng.normal(size=(channels, *size)),
            rng.normal(size=(*shape, *kernel)),
            bias,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            transposed=transposed,
            output_padding=more if transposed else 0,
        )
    except ArchitectureError:  # the window does not fit
        return example("lecture_padded")


def in_torch(lab: Convolution) -> tuple[torch.Tensor, ...]:
    """The same in torch, float64: output, and gradients for the upstream 1, 2, 3, ..."""
    x, w = (torch.tensor(a, requires_grad=True) for a in (lab.x, lab.w))
    b = None if lab.b is None else torch.tensor(lab.b, requires_grad=True)
    options = {"stride": lab.stride, "padding": lab.padding, "dilation": lab.dilation}
    if lab.transposed:
        y = F.conv_transpose2d(
            x[None], w, b, groups=lab.groups, output_padding=lab.output_padding, **options
        )[0]
    else:
        y = F.conv2d(x[None], w, b, groups=lab.groups, **options)[0]
    y.backward(torch.arange(1.0, y.numel() + 1, dtype=torch.float64).reshape(y.shape))
    return y.detach(), x.grad, w.grad, None if b is None else b.grad


def check(lab: Convolution) -> None:
    y, dx, dw, db = in_torch(lab)
    assert lab.output_shape == tuple(y.shape)
    np.testing.assert_allclose(lab.output, y, atol=1e-10)
    upstream = np.arange(1.0, y.numel() + 1).reshape(y.shape)
    np.testing.assert_allclose(lab.input_gradient(upstream), dx, atol=1e-8)
    np.testing.assert_allclose(lab.kernel_gradient(upstream), dw, atol=1e-8)
    if db is not None:
        np.testing.assert_allclose(lab.bias_gradient(upstream), db)
    summed = np.zeros(y.shape)
    for step in lab.steps():
        summed[step.at] = step.value
        for product in step.products:
            assert product.padding or product.left == lab.x[product.left_at]
            assert product.right == lab.w[product.right_at]
    np.testing.assert_allclose(summed, y, atol=1e-10)
    for target, expected in (("input_gradient", dx), ("kernel_gradient", dw)):
        found = np.zeros(expected.shape)
        for step in lab.gradient_steps(target, upstream):
            found[step.at] = step.value
        np.testing.assert_allclose(found, expected, atol=1e-8)
    bias = 0 if lab.b is None else lab.b[:, None, None]
    flat = (lab.matrix() @ lab.x.ravel()).reshape(lab.output_shape)
    np.testing.assert_allclose(flat + bias, y, atol=1e-10)


@settings(max_examples=60, deadline=None)
@given(lab=labs())
def test_every_convolution_is_torchs(lab: Convolution) -> None:
    check(lab)


@settings(max_examples=40, deadline=None)
@given(lab=labs(transposed=True))
def test_every_transposed_convolution_is_torchs(lab: Convolution) -> None:
    check(lab)


def test_a_convolution_lists_its_padding() -> None:
    first = next(example("lecture_padded").steps())
    assert len(first.products) == 9
    assert [p.left_at for p in first.products if p.padding][:2] == [(0, -1, -1), (0, -1, 0)]


def test_the_matrix_is_sparse_and_shared() -> None:
    lab = example("lecture")
    shared = lab.shared()
    assert shared.shape == (9, 25)
    assert ((shared >= 0).sum(axis=1) == 9).all()
    assert set(np.unique(shared)) == set(range(-1, 9))
    one_row_on = np.roll(shared[0], 5)
    np.testing.assert_array_equal(shared[3], one_row_on)


@settings(max_examples=200, deadline=None)
@given(
    size=st.integers(1, 40),
    window=st.builds(
        Window,
        st.integers(1, 7),
        st.integers(1, 5),
        st.integers(0, 4),
        st.integers(1, 3),
        st.just(0),  # the formula of the lecture pads both ends alike
    ),
)
def test_the_size_formula_against_counting(size: int, window: Window) -> None:
    places = range(-window.padding, size + window.padding - window.extent + 1, window.stride)
    if not len(places):
        with pytest.raises(ArchitectureError):
            size_formula(size, window)
        return
    found = size_formula(size, window)
    assert found.output == len(places)
    exact = Fraction(size - window.extent + 2 * window.padding, window.stride) + 1
    assert found.output == exact // 1
    assert found.ceil == -(-exact // 1)
    seen = {p + t * window.dilation for p in places for t in range(window.kernel)}
    assert found.unseen + found.skipped == sum(place not in seen for place in range(size))
    last = places[-1] + window.stride + window.extent
    assert found.overhang == (last - size - window.padding if found.ceil > found.output else 0)


def test_the_size_formula_in_words() -> None:
    lecture = size_formula(5, Window(3, 2, 1))
    assert lecture.substituted == "(5 - 3 + 2*1)/2 + 1 = 4/2 + 1 = 3"
    alexnet = size_formula(224, Window(11, 4))
    assert "floor(53.25) + 1 = 54" in alexnet.substituted
    assert alexnet.unseen == 1
    assert alexnet.ceil == 55
    assert "does not divide evenly" in alexnet.note
    assert size_formula(227, Window(11, 4)).output == 55
    assert "between the windows" in size_formula(9, Window(1, 2)).note


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: random_convolution((5, 5, 3), Settings(kernel=(9, 9))), "covers 9"),
        (lambda: random_convolution((5, 5, 3), Settings(groups=2)), "2 groups"),
        (lambda: random_convolution((5, 5, 3), Settings(groups=0)), "0 groups"),
        (lambda: random_convolution((5,)), "HEIGHTxWIDTHxCHANNELS"),
        (lambda: random_convolution((2000, 2000, 3)), "products"),
        (lambda: random_convolution((5, 5, 1), Settings(stride=(0, 1))), "stride 0"),
        (lambda: example("lectur"), "lecture"),
        (lambda: Convolution(np.zeros((1, 3, 3)), np.zeros((1, 2, 2, 2))), "kernel for 2 channels"),
        (lambda: Convolution(np.zeros((3, 3)), np.zeros((1, 2, 2, 2))), "shape"),
        (lambda: Convolution(np.full((1, 3, 3), np.nan), np.zeros((1, 1, 2, 2))), "NaN"),
        (lambda: Convolution(np.zeros((1, 3, 3)), np.zeros((2, 1, 2, 2)), np.zeros(1)), "bias"),
        (
            lambda: random_convolution((3, 3, 1), Settings(transposed=True, output_padding=(5, 5))),
            "output_padding 5",
        ),
        (
            lambda: random_convolution((1, 1, 1), Settings(transposed=True, padding=(3, 3))),
            "height would be",
        ),
        (
            lambda: example("lecture").input_gradient(np.zeros((2, 2, 2))),
            "upstream gradient",
        ),
    ],
)
def test_what_does_not_fit(make, message: str) -> None:
    with pytest.raises(ConvscopeError, match=message):
        make()


def test_it_plays_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    run("convolution", ["--input", "3x5x5", "--kernel", "3", "--stride", "2", "--padding", "1"])
    said = capsys.readouterr().out
    assert said.count("output[") == 18
    assert "(5 - 3 + 2*1)/2 + 1 = 4/2 + 1 = 3" in said
    assert "18 x 75" in said


@pytest.mark.parametrize("name", EXAMPLES)
def test_json_and_picture(name: str, tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    run("convolution", ["--example", name, "--json", "-o", str(tmp_path / "step.png")])
    said = json.loads(capsys.readouterr().out)
    np.testing.assert_array_equal(said["output"], example(name).output)
    assert len(said["steps"]) == example(name).output.size
    assert (
        sum(p["value"] for p in said["steps"][0]["products"]) + said["steps"][0]["bias"]
        == (said["steps"][0]["value"])
    )
    assert (tmp_path / "step.png").stat().st_size > 2000


def test_steps_out_of_range() -> None:
    with pytest.raises(InputError, match="1 to 9"):
        run("convolution", ["--example", "lecture", "--step", "10"])


def texts(drawing):
    return [mark.text for mark in leaves(drawing.marks) if isinstance(mark, Text)]


@pytest.mark.parametrize("name", ["cs231n_1", "lecture"])
def test_the_picture_has_every_output_and_numbers_its_step(name: str) -> None:
    lab = example(name)
    steps = list(lab.steps())
    for count in (1, len(steps)):
        shown = texts(step_drawing(lab, steps[count - 1], count))
        k, i, j = steps[count - 1].at
        assert shown[0].startswith(
            f"Step {count} of {lab.output_shape.numel}: output[{k}, {i}, {j}]"
        )
        for channel in range(lab.output_shape.channels):
            assert f"output {channel}" in shown
        numbers = [number(value) for value in lab.output.ravel()]
        assert shown[-len(numbers) - lab.output_shape.channels :].count(numbers[0]) >= 1
        assert all(numbers.count(text) <= shown.count(text) for text in numbers)


def test_many_outputs_are_left_out_and_counted() -> None:
    lab = random_convolution((4, 4, 1), Settings(kernels=40))
    steps = list(lab.steps())
    shown = texts(step_drawing(lab, steps[-1], len(steps)))
    assert "output 39" in shown
    assert "28 more channels are not shown" in shown


@pytest.mark.parametrize("step", [1, 10, 18])
def test_the_terminal_shows_every_output_as_far_as_it_is_known(
    step: int, capsys: pytest.CaptureFixture[str]
) -> None:
    run("convolution", ["--example", "cs231n_1", "--step", str(step)])
    window = capsys.readouterr().out.split("whole output")[0]
    assert f"step {step} of 18" in window
    assert window.count(".   ") + window.count(".\n") + window.count(". ") >= 18 - step
