import pytest
from hypothesis import given
from hypothesis import strategies as st

from convscope.render.axes import Axis, is_count, number_text

NUMBERS = st.floats(-1e12, 1e12).map(lambda x: 0.0 if abs(x) < 1e-9 else x)


@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_axis_holds_all_values(values):
    axis = Axis.around(values)
    slack = 1e-6 * (axis.high - axis.low)
    assert axis.low - slack <= min(values)
    assert max(values) <= axis.high + slack
    assert 2 <= len(axis.ticks) <= 12
    assert list(axis.ticks) == sorted(set(axis.ticks))


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=5))
def test_log_axis_holds_all_values(values):
    axis = Axis.around(values, log=True)
    assert axis.low <= min(values) * (1 + 1e-9)
    assert axis.high >= max(values) * (1 - 1e-9)
    assert 2 <= len(axis.ticks) <= 24
    assert axis.share(axis.low) == 0
    assert axis.share(axis.high) == pytest.approx(1)


def test_round_ticks():
    assert Axis.around([0.0, 1.0]).ticks == (0, 0.2, 0.4, 0.6, 0.8, 1)
    assert Axis.around([]).high == 1


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.25, "0.25"), (1500, "1500"), (1e-5, "1e-5"), (2e7, "2e7")]
)
def test_number_text(value, text):
    assert number_text(value) == text


def test_number_text_percent():
    assert number_text(0.955, percent=True) == "95.5 %"


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 1], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ([0, 0.001], ["0.0000", "0.0002", "0.0004", "0.0006", "0.0008", "0.0010"]),
        ([0, 1e-5], ["0", "2e-6", "4e-6", "6e-6", "8e-6", "1e-5"]),
        ([-1e7, 0], ["-1e7", "-8e6", "-6e6", "-4e6", "-2e6", "0"]),
        ([0, 100], ["0", "20", "40", "60", "80", "100"]),
    ],
)
def test_labels_of_ticks(values, labels):
    assert Axis.around(values).labels() == labels


def test_labels_tell_ticks_of_a_narrow_range_apart():
    axis = Axis.around([1_000_000.1, 1_000_000.2])
    assert [float(label) for label in axis.labels()] == pytest.approx(axis.ticks, rel=1e-12)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4),
    st.sampled_from([Axis.around, Axis.near]),
)
def test_every_finite_range_has_an_axis_with_different_labels(values, make):
    axis = make(values)
    assert all(0 <= axis.share(value) <= 1 for value in values)
    labels = axis.labels()
    assert len(set(labels)) == len(labels) >= 1
    assert all(len(label) <= 20 for label in labels)


@given(
    st.lists(st.floats(min_value=1e-320, max_value=1e308), min_size=1, max_size=4),
)
def test_every_positive_range_has_a_log_axis(values):
    axis = Axis.around(values, log=True)
    assert all(0 <= axis.share(value) <= 1 for value in values)
    assert 2 <= len(set(axis.labels())) == len(axis.ticks) <= 24


def test_an_axis_of_counts_ends_at_the_values():
    axis = Axis.counting([1, 2, 3, 17])
    assert (axis.low, axis.high) == (1, 17)
    assert all(tick == int(tick) for tick in axis.ticks)
    assert is_count([1.0, 2.0])
    assert not is_count([1.5])
