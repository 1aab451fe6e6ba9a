"""`convscope train`: train a network, watch it, stop it, go on with it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from convscope.errors import InputError

STOPPED_RESUMABLE = 75


def train_command(
    architecture: Annotated[
        str, typer.Argument(metavar="ARCH", help="A name of the zoo, or a JSON file.")
    ] = "",
    data: Annotated[str, typer.Argument(metavar="DATA", help="A data set.")] = "",
    recipe: Annotated[
        str | None, typer.Option(help="A recipe's name, or a JSON file; chosen by default.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Replace a setting of the recipe."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="In place of the recipe's.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the recipe's.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; a new one under runs/ by default.")
    ] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Go on with this run.")] = None,
    generation: Annotated[
        int | None,
        typer.Option(min=0, help="Resume from this checkpoint, not the newest; 0 begins anew."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 ...")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Train ARCH on DATA, or go on with a run: `--resume RUN` alone is enough.

    Ctrl-C saves and stops (exit code 130); a second one stops at once. A run that was stopped
    by a command in its control.jsonl ends with 75. All of them go on with --resume.
    """
    if resume is None and generation is not None:
        raise InputError("--generation goes with --resume", fix="name the run to resume")
    if resume is None and not (architecture and data):
        raise InputError(
            "what is to be trained, and on what?",
            expected="ARCH and DATA, as in: convscope train lenet5 mnist",
            fix="`convscope list` and `convscope list datasets` show the names",
        )
    if resume is not None:
        _refuse_with_resume(architecture, data, recipe, settings, seed, out)

    from convscope import begin
    from convscope.cli.live import say, show
    from convscope.recipes import GENERAL
    from convscope.training import stop_on_signals

    with stop_on_signals() as request:
        if resume is not None:
            folder = resume
            events = begin.go_on(
                folder,
                epochs=epochs,
                generation=generation,
                device=device,
                stop_requested=request,
            )
        else:
            numbers = [f"{k}={v}" for k, v in (("epochs", epochs), ("seed", seed)) if v is not None]
            changes = [*(settings or []), *numbers]
            planned = begin.plan(architecture, data, recipe=recipe, settings=changes, out=out)
            folder = planned.folder
            if recipe is None and planned.recipe_name == GENERAL:
                pair = f"{planned.architecture.name} on {planned.data.name}"
                say(f"no recipe was measured for {pair}: taking `{GENERAL}`")
            elif recipe is None:
                say(f"recipe: {planned.recipe_name}")
            events = begin.run(planned, device=device, stop_requested=request)
        last = show(events, folder, as_json=as_json)
    if last == "Stopped":
        say(f"stopped and saved; go on with: convscope train --resume {folder}")
        raise typer.Exit(request.exit_code if request() else STOPPED_RESUMABLE)


def _refuse_with_resume(*given: Any) -> None:
    if any(value for value in given if value is not None):
        raise InputError(
            "--resume goes on with a run as it is",
            expected="besides it only --epochs, --generation, --device and --json",
            fix="leave ARCH, DATA, --recipe, --set, --seed and --out away, or start a new run",
        )
