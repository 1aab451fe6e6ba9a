"""Help pages in groups, and what the command prints alone."""

import re

import pytest
import typer
from typer.main import get_command

from convscope.cli import FIRST_STEPS, app
from convscope.cli.grammar.help_pages import FEW, GROUPS, arrange_help

from .verbs import call, commands


def test_every_verb_has_a_group():
    for name, command in get_command(app).commands.items():
        assert command.rich_help_panel, name


@pytest.mark.parametrize("words", commands())
def test_options_of_long_pages_have_groups(words):
    command = get_command(app)
    for word in words.split():
        if not hasattr(command, "commands"):
            pytest.skip("a lab has a parser of its own")
        command = command.commands[word]
    arrange_help(command)
    parameters = command.get_params(typer.Context(command))
    options = [each for each in parameters if each.param_type_name == "option"]
    groups = {option.rich_help_panel for option in options}
    assert (len(groups) > 1) == (len(options) > FEW)
    assert groups <= {*GROUPS, None}


def test_options_of_an_export_are_not_those_of_data():
    command = get_command(app).commands["export"]
    arrange_help(command)
    groups = {
        parameter.opts[0]: parameter.rich_help_panel
        for parameter in command.get_params(typer.Context(command))
        if parameter.param_type_name == "option"
    }
    for name in ("--weights-to", "--layout", "--float", "--layers"):
        assert groups[name] == "Target"
    assert "Data" not in groups.values()


@pytest.mark.parametrize("words", commands())
def test_values_of_options_have_words_for_their_unit(words):
    command = get_command(app)
    for word in words.split():
        if not hasattr(command, "commands"):
            pytest.skip("a lab has a parser of its own")
        command = command.commands[word]
    arrange_help(command)
    for option in command.get_params(typer.Context(command)):
        if option.param_type_name == "option" and re.search("(-ms|_s|seconds)$", option.opts[0]):
            assert option.metavar not in ("NUMBER", "N", "TEXT"), option.opts[0]


def test_a_group_names_options_that_exist():
    known = {
        name
        for command in commands().values()
        for parameter in command.params
        for name in parameter.opts
    }
    for group, names in GROUPS.items():
        assert set(names) <= known, group


def test_alone_it_prints_first_steps_that_work(capsys):
    code, out, err = call("", [], capsys)
    assert (code, out, err) == (0, f"{FIRST_STEPS}\n", "")
    assert all(len(line) <= 80 for line in out.splitlines())
    verbs = re.findall(r"^  convscope ([a-z]+)", out, re.MULTILINE)
    assert len(verbs) >= 5
    assert set(verbs) <= set(get_command(app).commands)
