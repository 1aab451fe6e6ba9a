"""Tables: whole in a pipe, and at any width of a terminal no name and no number is cut."""

import random
import re
from pathlib import Path

import pytest
from rich.text import Text

import convscope
from convscope.cli.terminal.tables import Column, arrange, print_payload, print_table
from convscope.payload import Table

COLUMNS = (
    Column("path"),
    Column("type", rank=1),
    Column("parameters", "number"),
    Column("field", "number", rank=2),
    Column("why", "prose"),
)
ROWS = [
    ("mixed6b.b77.column2.conv", "Conv2d", "1,000,000", "31", "a reason of several words, twice"),
    ("fc", "Linear", "4", "", ""),
]


class Terminal:
    """Standard output as a terminal of some width; its text."""

    def __init__(self, monkeypatch, capsys, width):
        self._capsys = capsys
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)

    def lines(self):
        out, self.err = self._capsys.readouterr()
        return re.sub(r"\x1b\[[0-9;]*m", "", out).splitlines()


@pytest.fixture
def terminal(monkeypatch, capsys):
    return lambda width: Terminal(monkeypatch, capsys, width)


def test_a_pipe_gets_everything_without_trailing_spaces(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    print_table(COLUMNS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].split() == ["path", "type", "parameters", "field", "why"]
    assert lines[1].endswith("a reason of several words, twice")
    assert lines[2] == "fc                        Linear           4"


@pytest.mark.parametrize("width", [30, 40, 60, 64, 80, 120])
def test_no_name_and_no_number_is_cut(terminal, width):
    view = terminal(width)
    print_table(COLUMNS, ROWS)
    lines = view.lines()
    text = "\n".join(lines)
    for cell in ("mixed6b.b77.column2.conv", "1,000,000"):
        assert cell in text
    assert " ".join(text.split()).count("reason") == 1
    assert all(len(line) <= width for line in lines)
    left_out = [c.head for c in COLUMNS if c.head not in lines[0] and c.rank]
    assert all(name in view.err for name in left_out)


def test_the_highest_rank_is_left_out_first(terminal):
    view = terminal(68)
    print_table(COLUMNS, [(*row[:4], "") for row in ROWS])
    assert view.lines()[0].split() == ["path", "type", "parameters", "field", "why"]
    view = terminal(50)
    print_table(COLUMNS, [(*row[:4], "") for row in ROWS])
    assert view.lines()[0].split() == ["path", "type", "parameters", "why"]
    assert "field" in view.err


def test_heads_are_wrapped_at_words(terminal):
    view = terminal(30)
    columns = [Column("network"), Column("uses per weight", "number"), Column("inputs", "number")]
    print_table(columns, [("convolution", "1.0", "3")])
    assert view.lines() == [
        "network       uses per  inputs",
        "                weight",
        "convolution        1.0       3",
    ]


def test_blocks_repeat_the_first_column(terminal):
    columns = [Column(""), *(Column(f"network{number}", "value") for number in range(5))]
    rows = [("parameters", *("1,234,567",) * 5), ("error", *("5.6 % (1 crop, 48,238 images)",) * 5)]
    view = terminal(60)
    print_table(columns, rows, blocks=True)
    lines = view.lines()
    text = "\n".join(lines)
    assert all(len(line) <= 60 for line in lines)
    assert text.count("1,234,567") == 5
    assert text.count("parameters") > 1
    assert all(f"network{number}" in text for number in range(5))


def test_a_heading_takes_the_whole_width_and_no_column(terminal):
    view = terminal(40)
    columns = [Column("name"), Column("description", "prose")]
    print_table(columns, [["a heading that is longer than all names of the list"], ["a", "b"]])
    lines = view.lines()
    assert lines[1:3] == ["a heading that is longer than all names", "of the list"]
    assert lines[3] == "a     b"


def test_chinese_characters_are_two_columns_wide(terminal):
    view = terminal(80)
    print_table([Column("a"), Column("b", "number")], [("卷积", "1"), ("x", "2")])
    assert view.lines()[1:] == ["卷积  1", "x     2"]


def test_any_table_fits_or_holds_one_long_name():
    generator = random.Random(1)
    kinds = ("name", "number", "prose", "value")
    for _ in range(300):
        count = generator.randint(1, 7)
        columns = [
            Column(f"h{n}", generator.choice(kinds), rank=generator.choice((0, 0, 1, 2)))
            for n in range(count)
        ]
        rows = [
            [
                Text("word " * generator.randint(0, 9) + "w" * generator.randint(1, 12))
                for _ in columns
            ]
            for _ in range(3)
        ]
        width = generator.randint(20, 120)
        layout = arrange(columns, rows, width, blocks=generator.random() < 0.5)
        shown = {number for block in layout.blocks for number in block}
        assert shown | set(layout.omitted) == set(range(count))
        assert all(columns[number].rank for number in layout.omitted)
        for block in layout.blocks:
            total = sum(layout.widths[n] for n in block) + 2 * (len(block) - 1)
            assert total <= width or layout.stacked or len(block) <= 2
        for row in rows:
            for number in shown:
                if not columns[number].wraps and not layout.stacked:
                    assert layout.widths[number] >= row[number].cell_len


def test_payloads_have_title_and_caption(capsys):
    table = Table(title="trials", columns=("trial", "state"), rows=((1, "done"),), caption="all")
    print_payload(table)
    assert capsys.readouterr().out.splitlines() == ["trials", "trial  state", "    1  done", "all"]


def test_one_module_prints_tables():
    root = Path(convscope.__file__).parent / "cli"
    others = {path.name for path in root.rglob("*.py") if "rich.table" in path.read_text()}
    # grids of numbers side by side, no table; a chapter's tables hold wrapped, styled text
    assert others == {"convolution.py", "pages.py"}
