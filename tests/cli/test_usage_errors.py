"""Errors in the arguments of every command: one form, with the command, a fix and exit code 2."""

import re
import sys

import pytest
from typer.main import get_command

from convscope.cli import app
from convscope.cli.grammar.usage import EXAMPLES
from convscope.cli.terminal.failures import exit_code
from tests.cli.verbs import commands, longest

COMMANDS = commands()
APPLICATION = get_command(app)
FOREIGN = ("Invalid value", "Value error", "No such", "Got unexpected", "Missing", "Input should")


def call(words, given, capsys):
    """Run a command as `main` does; return exit code, standard output and standard error."""
    argv, sys.argv = sys.argv, ["convscope", *words.split(), *given]
    try:
        code = exit_code(lambda: APPLICATION.main(sys.argv[1:], "convscope", standalone_mode=False))
    finally:
        sys.argv = argv
    out, err = capsys.readouterr()
    return code, out, err


def options(command):
    return [p for p in command.params if p.param_type_name == "option"]


def refused(words, arguments, capsys):
    """Run a command that must refuse its arguments; return the lines that it prints."""
    code, out, err = call(words, arguments, capsys)
    assert (code, out) == (2, "")
    place = "convscope" if words == "lab" else f"convscope {words}"
    assert err.startswith(f"{place}: "), err
    assert not [text for text in FOREIGN if text in err], err
    lines = err.splitlines()
    assert any(line.startswith("  fix: ") for line in lines), err
    return lines


@pytest.mark.parametrize(
    "words", [w for w, c in COMMANDS.items() if any(p.required for p in c.params)]
)
def test_a_missing_argument_is_named(words, capsys):
    first = next(p for p in COMMANDS[words].params if p.required)
    lines = refused(words, [], capsys)
    assert "is missing" in lines[0]
    assert (first.metavar or first.name.upper()).strip("[].") in lines[0]
    assert lines[-1] == f"  fix: {EXAMPLES[words]}"


@pytest.mark.parametrize("words", COMMANDS)
def test_an_unknown_option_is_named(words, capsys):
    lines = refused(words, ["--no-such-thing"], capsys)
    assert "there is no option named '--no-such-thing'" in lines[0]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_misspelt_option_finds_the_nearest(words, capsys):
    for option in options(COMMANDS[words]):
        name = longest(option)
        wrong = name[:3] + name[4:] if len(name) > 6 else name + "s"
        if wrong in {n for o in options(COMMANDS[words]) for n in o.opts}:
            continue
        assert name in refused(words, [wrong], capsys)[-1]


@pytest.mark.parametrize("words", COMMANDS)
def test_an_option_without_its_value_says_what_it_takes(words, capsys):
    for option in options(COMMANDS[words]):
        name = longest(option)
        if option.is_flag:
            lines = refused(words, [f"{name}=3"], capsys)
            assert "takes no value" in lines[0]
        else:
            assert f"{name} has no value" in refused(words, [name], capsys)[0]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_bad_number_or_choice_says_what_fits(words, capsys):
    for option in options(COMMANDS[words]):
        kind, name = option.type_descriptor.annotation, longest(option)
        choices = [str(c) for c in option.type_descriptor.choices or ()]
        if kind not in (int, float) and not choices:
            continue
        wrong = choices[0][:-1] if choices else "abc"
        lines = refused(words, [f"{name}={wrong}"], capsys)
        assert f"{name} {wrong}" in lines[0]
        assert lines[1].startswith("  expected: ")
        if choices:
            assert "did you mean" in lines[-1]
            assert all(choice in lines[1] for choice in choices)
        elif option.min is not None and kind is int:
            assert (
                f"{name} {option.min - 1}"
                in refused(words, [f"{name}={option.min - 1}"], capsys)[0]
            )


@pytest.mark.parametrize("words", COMMANDS)
def test_too_many_arguments(words, capsys):
    arguments = [p for p in COMMANDS[words].params if p.param_type_name == "argument"]
    if any(p.nargs == -1 for p in arguments) or words == "lab":
        pytest.skip("takes any number")
    choices = [p.type_descriptor.choices for p in arguments]
    taken = [str(c[0]) if c else "a" for c in choices]
    required = [w for p in options(COMMANDS[words]) if p.required for w in (longest(p), "x")]
    assert (
        "'surplus' is one argument too many"
        in refused(words, [*taken, "surplus", *required], capsys)[0]
    )
    assert "too many arguments" in refused(words, [*taken, "more", "words", *required], capsys)[0]


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["train", "lenet5", "mnist", "--out", "here"], "--out is now -o/--output"),
        (["show", "lenet5", "--svg", "a.svg"], "--svg is now -o/--output"),
        (["evaluate", "m", "mnist", "--report", "a.html"], "--report is now -o/--output"),
        (["data", "check", "photos", "--sheet", "a.png"], "--sheet is now -o/--output"),
        (["predict", "m", "a.png", "--batch", "3"], "--batch is now --batch-size"),
        (["train", "lenet5", "mnist", "lr=0.1"], "fix: --set lr=0.1"),
        (["evaluat"], "did you mean evaluate?"),
        (["data", "chek"], "did you mean check?"),
        (["lab", "poling"], "did you mean pooling?"),
        (["data", "--json"], "no option named '--json'"),
    ],
)
def test_answers(arguments, answer, capsys):
    code, out, err = call(" ".join(arguments), [], capsys)
    assert (code, out) == (2, "")
    assert answer in err


@pytest.mark.parametrize("words", [*COMMANDS, "demo"])
def test_examples_are_valid_command_lines(words, capsys):
    """The fix of an error can be typed: its options and the number of its arguments fit."""
    example = EXAMPLES[words].split()
    assert " ".join(example).startswith(f"convscope {words}")
    command = commands(untried=True)[words]
    command.make_context(words, example[1 + len(words.split()) :])


def test_messages_hold_no_markup_and_no_control_characters(capsys):
    _, _, err = call("show", ["lenet5", "a\x1b[2Jb[bold]"], capsys)
    assert "\x1b" not in err
    assert "[bold]" in err
    assert re.search(r"\\x1b", err)
