"""The arithmetic of windows, against counting places and against torch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convscope.errors import ArchitectureError, InputError
from convscope.shapes import CHW, Features, Window, pair, parse_chw, window_output, windows


@given(
    size=st.integers(1, 40),
    window=st.builds(
        Window,
        st.integers(1, 9),
        st.integers(1, 5),
        st.integers(0, 6),
        st.integers(1, 3),
        st.integers(0, 2),
    ),
)
def test_window_output_counts_the_places(size, window):
    """A place fits if its first and last cells lie inside the padded input."""
    padded = size + 2 * window.padding + window.extra
    places = sum(
        start + window.dilation * (window.kernel - 1) < padded
        for start in range(0, padded, window.stride)
    )
    if places:
        assert window_output(size, window) == places
    else:
        with pytest.raises(ArchitectureError, match="at least"):
            window_output(size, window)


@given(
    size=st.integers(1, 30),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 9),
    dilation=st.integers(1, 3),
    data=st.data(),
)
def test_ceil_mode_is_torchs(size, kernel, stride, dilation, data):
    padding = data.draw(st.integers(0, kernel // 2))
    try:
        expected = torch.nn.functional.max_pool1d(
            torch.zeros(1, 1, size), kernel, stride, padding, dilation, ceil_mode=True
        ).shape[2]
    except RuntimeError:
        with pytest.raises(ArchitectureError):
            window_output(size, Window(kernel, stride, padding, dilation), ceil_mode=True)
        return
    found = window_output(size, Window(kernel, stride, padding, dilation), ceil_mode=True)
    assert found == expected


def test_window_too_large_says_what_would_fit():
    with pytest.raises(ArchitectureError) as caught:
        window_output(3, Window(7, padding=1), axis="height")
    assert "covers 7 but the height is 3 + 2*1" in str(caught.value)
    assert caught.value.expected == "height of at least 5"


def test_pairs_and_windows():
    assert pair(3) == (3, 3)
    assert windows((1, 2), 3, (4, 5), 6) == (Window(1, 3, 4, 6), Window(2, 3, 5, 6))
    assert Window(3, dilation=4).extent == 9


def test_shapes_print_and_count():
    assert str(CHW(3, 4, 5)) == "3x4x5"
    assert CHW(3, 4, 5).numel == 60
    assert (str(Features(7)), Features(7).numel) == ("7", 7)


@pytest.mark.parametrize(
    ("text", "shape"),
    [("3x224x224", CHW(3, 224, 224)), ("28X32", CHW(1, 28, 32)), ("1×5×6", CHW(1, 5, 6))],
)
def test_parse_chw(text, shape):
    assert parse_chw(text) == shape


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "3",
        "3x4x5x6",
        "3xx4",
        "-1x4x4",
        "3x4.5x4",
        " 3x4x4",
        "3x0x4",
        "0x1x1",
        "٣x4x4",
        "9999999999x1x1",
        "1e3x4x4",
        "3x4x4\n",
    ],
)
def test_parse_chw_refuses(text):
    with pytest.raises(InputError, match=r"is not an input size|contains a zero"):
        parse_chw(text)
