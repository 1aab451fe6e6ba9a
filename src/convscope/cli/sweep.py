"""`convscope sweep`: many runs with other settings, and the best of them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.sweep import Outcome, Summary, TrialStarted
    from convscope.training import Event

STOPPED_RESUMABLE = 75


def sweep_command(
    architecture: Annotated[
        str,
        typer.Argument(
            metavar="ARCH", help="A name of the zoo, a JSON file, or a model to start from."
        ),
    ],
    data: Annotated[str, typer.Argument(metavar="DATA", help="A data set.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES", help="lr=1e-4..1e-1, or batch_size=64,128. Once or more."
        ),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="In all, of every process.")] = 20,
    recipe: Annotated[
        str | None, typer.Option(help="A recipe's name, or a JSON file; chosen by default.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting that all trials have."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="In place of the recipe's.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the choices.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="The sweep's folder; under sweeps/ by default.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 ...")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Every trial, as JSON.")] = False,
) -> None:
    """Try settings of the recipe, by what those before them reached on the validation split.

    Run it again to go on: after Ctrl-C, after a kill, or with more --trials. Run it in several
    terminals at once, and they share the trials. The test split is never touched.
    """
    from convscope import runs as begin
    from convscope.cli.live import say
    from convscope.sweep import Definition, SweepFolder, parse, summarise, sweep
    from convscope.sweep.space import check
    from convscope.sweep.study import check_installed
    from convscope.training import stop_on_signals

    check_installed()
    dimensions = [parse(text) for text in vary or []]
    changes = [*(settings or []), *([f"epochs={epochs}"] if epochs is not None else [])]
    planned = begin.plan(architecture, data, recipe=recipe, settings=changes)
    check(dimensions, planned.recipe)
    definition = Definition.of(planned, dimensions, seed=seed)
    folder = SweepFolder(out or Path("sweeps") / definition.folder_name(), definition)
    say("; ".join([f"sweep in {folder.path}, recipe {planned.recipe_name}", *planned.notes]))
    for dimension in dimensions:
        say(f"  {dimension}")
    stopped = False
    with stop_on_signals() as request:
        happened = sweep(planned, folder, trials=trials, device=device, stop_requested=request)
        for event in happened:
            stopped = event.type == "Stopped"
            _say(event)
    found = summarise(folder)
    _print(found, None if as_json else _command(architecture, data, recipe, changes))
    if stopped or request():
        say("stopped; run the same command to go on")
        raise typer.Exit(request.exit_code if request() else STOPPED_RESUMABLE)
    if found.best is None and all(trial.state == "given up" for trial in found.trials):
        raise InputError(
            f"no trial came to its end; the first: {found.trials[0].message}",
            fix="narrow what is varied",
        )


def _say(event: "TrialStarted | Event | Outcome") -> None:
    from convscope.cli.live import say

    match event.type:
        case "TrialStarted":
            goes_on = " goes on" if event.cut else ""
            say(f"trial {event.number}{goes_on}: {', '.join(event.settings)}")
        case "Outcome":
            reached = f"{event.accuracy:.2%}" if event.accuracy is not None else "nothing"
            why = f" ({event.message})" if event.message else ""
            say(f"trial {event.number} {event.state}: {reached}{why}")
        case "Note":
            say(f"note: {event.message}")


def _command(architecture: str, data: str, recipe: str | None, changes: list[str]) -> str:
    """The command that trains the best trial again, up to its own settings."""
    import shlex

    words = ["convscope", "train", architecture, data]
    words += ["--recipe", recipe] if recipe is not None else []
    for change in changes:
        words += ["--set", change]
    return shlex.join(words)


def _print(found: "Summary", command: str | None) -> None:
    """The table and the command of the best; JSON where there is no command."""
    if command is None:
        import json

        typer.echo(json.dumps(found.to_dict()))
        return
    from rich.console import Console

    Console().print(found.table())
    if found.best is None:
        return
    sys.stdout.write(f"best: trial {found.best.number}, {found.best.accuracy:.2%} on validation\n")
    sys.stdout.write(f"{command} {found.best.to_set()}\n")
