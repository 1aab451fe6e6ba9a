"""`convscope lab`: one idea made interactive, in the terminal, as JSON or as a picture."""

import importlib
from typing import Annotated

import typer

from convscope.cli.language import translate_help
from convscope.cli.output import echo

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""For `app.command("lab", context_settings=CONTEXT)`: each lab parses its own options."""

HELP = ("-h", "--help")


def lab_command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="LAB", help="Name; without it, a list.")] = "",
) -> None:
    """Run a lab: convolution, connectivity, learnable_filter, pooling, gradients.

    Each lab has its own options: convscope lab convolution --help
    """
    from convscope.errors import unknown_name
    from convscope.labs import LABS

    if not name or name in HELP:
        echo("convscope lab NAME [OPTIONS]; convscope lab NAME --help shows the options\n")
        for lab, summary in LABS.items():
            echo(f"  {lab:<18}{summary}")
        return
    if name not in LABS:
        raise unknown_name("lab", name, LABS, see="convscope lab")
    run(name, context.args)


def run(name: str, arguments: list[str]) -> None:
    """Run one lab with its own options."""
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": list(HELP)},
    )
    module = importlib.import_module(f"convscope.cli.lab.{name}")
    app.command()(getattr(module, f"{name}_command"))
    command = typer.main.get_command(app)
    translate_help(command)
    command.main(arguments, prog_name=f"convscope lab {name}", standalone_mode=False)
