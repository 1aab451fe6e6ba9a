import pytest
from hypothesis import given
from hypothesis import strategies as st

from convscope.render.axes import Axis, written

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
def test_written(value, text):
    assert written(value) == text


def test_written_percent():
    assert written(0.955, percent=True) == "95.5 %"
