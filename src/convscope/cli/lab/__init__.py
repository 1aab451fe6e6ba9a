"""`convscope lab`: one idea made interactive, in the terminal, as JSON or as a picture."""

import importlib
from typing import Annotated, Any

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.help_pages import arrange_help
from convscope.cli.grammar.language import translate_help
from convscope.cli.terminal.output import echo

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""For `app.command("lab", context_settings=CONTEXT)`: each lab parses its own options."""

HELP = ("-h", "--help")


def lab_command(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="LAB", autocompletion=complete.labs, help="Name; without it, a list."
        ),
    ] = "",
) -> None:
    """Run a lab, as convolution, pooling or softmax; without a name, list all of them.

    Each lab has its own options: convscope lab convolution --help
    """
    from convscope.errors import InputError, unknown_name
    from convscope.labs import LABS

    if not name or name in HELP:
        echo("convscope lab NAME [OPTIONS]; convscope lab NAME --help shows the options\n")
        for lab, summary in LABS.items():
            echo(f"  {lab:<18}{summary}")
        return
    if name.startswith("-"):
        raise InputError(
            f"there is no option named '{name}'",
            expected="the name of a lab, then its options",
            fix=f"convscope lab convolution {name}",
        )
    if name not in LABS:
        raise unknown_name("lab", name, LABS, see="convscope lab")
    run(name, context.args)


def lab_command_of(name: str) -> Any:
    """Return the command of one lab, with its own options."""
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": list(HELP)},
    )
    module = importlib.import_module(f"convscope.cli.lab.{name}")
    app.command()(getattr(module, f"{name}_command"))
    return typer.main.get_command(app)


def run(name: str, arguments: list[str]) -> None:
    """Run one lab with its own options."""
    command = lab_command_of(name)
    arrange_help(command)
    translate_help(command)
    command.main(arguments, prog_name=f"convscope lab {name}", standalone_mode=False)
