"""`convscope lab`: one idea made touchable, in the terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from convscope.labs.terminal import Main

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""For `app.command("lab", context_settings=CONTEXT)`: a lab's options are the lab's own."""

HELP = ("-h", "--help")


def lab_command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="LAB", help="Which one; none lists them.")] = "",
) -> None:
    """Play a lab: convolution, connectivity, learnable_filter, pooling, gradients.

    Each has options of its own: convscope lab convolution --help
    """
    from convscope.errors import unknown_name
    from convscope.labs import LABS

    if not name or name in HELP:
        typer.echo("convscope lab NAME [OPTIONS]; convscope lab NAME --help tells the options\n")
        for lab, summary in LABS.items():
            typer.echo(f"  {lab:<18}{summary}")
        return
    if name not in LABS:
        raise unknown_name("lab", name, LABS, see="convscope lab")
    _main(name)(context.args)


def _main(name: str) -> "Main":
    """The lab's own entry."""
    match name:
        case "convolution":
            from convscope.labs.convolution_play import main
        case "connectivity":
            from convscope.labs.connectivity import main
        case "learnable_filter":
            from convscope.labs.learnable_filter import main
        case "pooling":
            from convscope.labs.pooling_play import main
        case _:
            from convscope.labs.gradients import main
    return main
