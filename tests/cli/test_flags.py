"""A flag has one form: no `--no-...`, except where a third value exists."""

import importlib

import pytest
import typer
from typer.main import get_command

from convscope.cli import app
from convscope.labs import LABS

THREE_VALUED = {
    ("convscope predict", "--digit"),
    ("convscope look", "--digit"),
    ("convscope export", "--training"),
}
"""Command and flag with a negative form, because leaving the flag out is a third choice."""


def commands(command, name="convscope"):
    yield name, command
    for word, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {word}")


def labs():
    """Yield the commands of the labs, which `convscope lab` makes when it runs."""
    for lab in LABS:
        module = importlib.import_module(f"convscope.cli.lab.{lab}")
        alone = typer.Typer(add_completion=False)
        alone.command()(getattr(module, f"{lab}_command"))
        yield f"convscope lab {lab}", get_command(alone)


COMMANDS = dict([*commands(get_command(app)), *labs()])


def test_the_walk_reaches_nested_commands():
    assert {"convscope show", "convscope data check", "convscope lab pooling"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_flag_has_a_negative_form(name):
    negative = {(name, p.opts[0]) for p in COMMANDS[name].params if p.secondary_opts}
    assert negative == {flag for flag in THREE_VALUED if flag[0] == name}
