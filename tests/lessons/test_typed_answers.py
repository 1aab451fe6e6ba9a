"""Numbers that a reader types as an answer in the terminal; the page has the same cases."""

import pytest

from convscope.cli.lesson.quiz import number_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("36,000,000", 36e6),
        ("36 000 000", 36e6),
        ("3600万", 36e6),
        ("３，６００ 万", 36e6),
        ("36 million", 36e6),
        ("99.5 %", 99.5),
        ("−0.1", -0.1),
    ],
)
def test_number_of_an_answer(text, value):
    assert number_of(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "万", "many", "1,x"])
def test_other_text_is_no_number(text):
    with pytest.raises(ValueError, match="could not convert"):
        number_of(text)
