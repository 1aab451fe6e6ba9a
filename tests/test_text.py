"""Foreign text: escaped, bounded, and never run by a terminal or a spreadsheet."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convscope.errors import InputError
from convscope.text import MOST_PRINTED, byte_size, csv_cell, printable


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cat 1.jpg", "cat 1.jpg"),
        ("猫é.jpg", "猫é.jpg"),
        ("a\nb", r"a\nb"),
        ("\x1b[31m", r"\x1b[31m"),
        (os.fsdecode(b"\xff\xfe"), r"\xff\xfe"),
        ("\u202ejpg.exe", r"\u202ejpg.exe"),
        ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"),
        ("<b>&", "<b>&"),
    ],
)
def test_printable_names(name, text):
    assert printable(name) == text
    assert printable(name).encode("utf-8").isascii() == text.isascii()


@given(st.text() | st.binary().map(lambda b: b.decode("utf-8", "surrogateescape")))
def test_printable_has_no_control_characters(text):
    plain = printable(text)
    assert not {unicodedata.category(c) for c in plain} & {"Cc", "Cf", "Cs", "Co", "Cn"}
    assert printable(plain) == plain
    plain.encode("utf-8")


@given(st.text(alphabet="a\x1b猫", max_size=200), st.integers(0, 120))
def test_printable_keeps_to_a_limit(text, limit):
    short = printable(text, limit)
    note = f" ... ({len(text):,} characters) ... "
    assert len(short) <= max(limit, len(note))
    if len(printable(text)) <= limit:
        assert short == printable(text)


def test_a_cut_text_keeps_its_beginning_and_its_end():
    assert (
        printable("a" * 500 + "z.png", 60)
        == "a" * 23 + " ... (505 characters) ... " + "aaaaaaz.png"
    )


def test_the_parts_of_an_error_are_escaped_and_bounded():
    error = InputError("a\x1b[31m", expected="b\n  fix: rm -rf ~", fix="c\u202e", where="d\udcff")
    lines = str(error).split("\n")
    assert lines == [
        "d\\xff: a\\x1b[31m",
        "  expected: b\\n  fix: rm -rf ~",
        "  fix: c\\u202e",
    ]
    assert error.given == "a\x1b[31m"
    assert len(str(InputError("x" * 10**7))) <= MOST_PRINTED


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_a_spreadsheet_does_not_run_a_cell(text):
    assert csv_cell(text) == "'" + text


def test_plain_cells_are_unchanged():
    assert csv_cell("a,b") == "a,b"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1536, "1.5 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1 MB"),
        (170_052_171, "170.1 MB"),
        (999_950_000, "1 GB"),
        (5 * 10**12, "5,000 GB"),
    ],
)
def test_sizes_are_decimal(number, text):
    assert byte_size(number) == text
