"""Help, errors and messages in Chinese."""

import io
import re
import subprocess
import sys

import pytest
import typer

from convscope import lang
from convscope.cli import app, main
from convscope.cli.grammar.help_pages import arrange_help
from convscope.cli.grammar.language import translate_help, words_to_wrap
from convscope.errors import InputError

CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"(?<![-\w/`.=])[a-z]{2,}(?: [a-z]{2,}){3,}")
"""Four words in a row: no names of options and no terms."""


@pytest.fixture
def chinese(monkeypatch):
    import rich._wrap
    import typer.rich_utils

    monkeypatch.setattr(rich._wrap, "words", rich._wrap.words)
    for name, value in vars(typer.rich_utils).items():  # restored afterwards
        if isinstance(value, str):
            monkeypatch.setattr(typer.rich_utils, name, value)
    monkeypatch.setenv(lang.ENVIRONMENT, "zh")
    monkeypatch.setattr(lang, "_language", "zh")


def commands(command, path=("convscope",)):
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


def test_the_help_of_every_command_is_chinese(chinese):
    tree = typer.main.get_command(app)
    arrange_help(tree)
    translate_help(tree)
    wrong = []
    for path, command in commands(tree):
        context = command.make_context(path[-1], [], resilient_parsing=True)
        parameters = command.get_params(context)
        texts = [command.help or "", *(p.help or "" for p in parameters)]
        texts += [getattr(p, "rich_help_panel", None) or "" for p in (command, *parameters)]
        for text in texts:
            for part in text.split("\n\n"):
                is_example = part.strip().startswith(("convscope ", "\b"))
                if part and not is_example and (not CHINESE.search(part) or ENGLISH.search(part)):
                    wrong.append((" ".join(path), part))
        assert "用法：" in command.get_usage(context)
    assert wrong == []


def convscope(*words, **environment):
    code = "from convscope.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "", "PYTHONIOENCODING": "utf-8", **environment},
    )


def in_this_process(monkeypatch, capsys, *words):
    """Run a command line; return exit code, standard output and error."""
    monkeypatch.setattr(sys, "argv", ["convscope", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, *capsys.readouterr()


def test_an_error_is_chinese():
    done = convscope("show", "lenet6", LANG="zh_CN.UTF-8")
    assert done.returncode == 2
    assert "没有名为 'lenet6' 的架构" in done.stderr
    assert "解决办法：" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "iso8859-1"])
def test_messages_are_english_where_the_encoding_has_no_chinese(
    chinese, monkeypatch, capsys, encoding
):
    error = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stderr", error)
    in_this_process(monkeypatch, capsys, "show", "lenet6", "--lang", "zh")
    error.flush()
    said = error.buffer.getvalue().decode(encoding)
    assert said.startswith(f"note: the encoding {encoding} has no Chinese")
    assert "there is no architecture named 'lenet6'" in said


def test_json_is_english(chinese, monkeypatch, capsys):
    arguments = ("show", "lenet5", "--json", "--lang")
    in_chinese = in_this_process(monkeypatch, capsys, *arguments, "zh")
    assert in_chinese == in_this_process(monkeypatch, capsys, *arguments, "en")


def test_lines_break_between_chinese_characters():
    text = "结果相同的图像归入同一子集，例如 '(patient\\d+)'。（默认取 A，其次）plain words"
    parts = [text[start:end] for start, end, _ in words_to_wrap(text)]
    assert "".join(parts) == text
    assert "集，" in parts, "no line begins with a comma"
    assert "（默" in parts, "no line ends with an opening bracket"
    assert "'(patient\\d+)'。" in parts
    assert [len(word) for _, _, word in words_to_wrap(text)] == [len(part) for part in parts]


def test_help_in_a_narrow_terminal_is_not_cut(chinese, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = in_this_process(monkeypatch, capsys, "train", "--help", "--lang", "zh")
    assert code == 0
    assert "学习率" in out
    assert "…" not in out


def test_an_unknown_language_is_a_usage_error(monkeypatch, capsys):
    code, _, err = in_this_process(monkeypatch, capsys, "list", "--lang=fr")
    assert code == 2
    assert "there is no language 'fr'" in err


def test_the_language_is_passed_to_child_processes(monkeypatch):
    monkeypatch.setattr(lang, "_language", "en")
    monkeypatch.setenv(lang.ENVIRONMENT, "en")
    lang.use("zh_CN.UTF-8")
    assert lang.current() == "zh"
    import os

    assert os.environ[lang.ENVIRONMENT] == "zh"
    with pytest.raises(InputError):
        lang.use("fr")


def test_pictures_are_drawn_in_the_language(chinese):
    from convscope.payload import Curves, Series

    line = Series(name="training", x=(0, 1), y=(0.5, 0.25))
    curves = Curves(x_label="step", y_label="loss", series=(line,), title="Gradient flow")
    drawn = curves.svg()
    assert "梯度流" in drawn
    assert "损失" in drawn
    assert "训练: 0.25" in drawn  # of a tooltip
    assert "Gradient flow" not in drawn
    assert "Gradient flow" in curves.to_json()
