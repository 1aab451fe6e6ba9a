"""`convscope train`: train a network, watch it, stop it, go on with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from convscope.cli.processes import spread
from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.distributed import Group, Ranks
    from convscope.runs import LoggerName, Plan
    from convscope.training import Event
    from convscope.training.signals import StopRequest

STOPPED_RESUMABLE = 75


def train_command(
    architecture: Annotated[
        str,
        typer.Argument(metavar="ARCH", help="A name of the zoo, a JSON file, or a trained model."),
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
    device: Annotated[
        str, typer.Option(help="cpu, cuda, cuda:1 ...; with several processes cpu or cuda.")
    ] = "cpu",
    devices: Annotated[
        int | None,
        typer.Option(min=1, help="Train on so many GPUs of this machine (or so many processes)."),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write event files for TensorBoard too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Train ARCH on DATA, or go on with a run: `--resume RUN` alone is enough.

    ARCH may be a trained model: then it is fine-tuned. Ctrl-C saves and stops (exit code 130); a
    second one stops at once. A run that was stopped by a command in its control.jsonl ends with
    75. All of them go on with --resume. On several machines start it with torchrun.
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

    ranks = spread(devices, device)
    if ranks.max_restarts and not (resume or out):
        raise InputError(
            "torchrun --max-restarts without --out",
            expected="--out RUN: a restart must find the folder to go on with",
        )

    numbers = [f"{k}={v}" for k, v in (("epochs", epochs), ("seed", seed)) if v is not None]
    beginning = Beginning(architecture, data, recipe, [*(settings or []), *numbers], out)
    going_on = GoingOn(resume, epochs, generation) if resume is not None else None
    code = _train(ranks, going_on or beginning, device, tensorboard, as_json)
    if code:
        raise typer.Exit(code)


class Beginning(NamedTuple):
    """A new run, as the command line has it."""

    architecture: str
    data: str
    recipe: str | None
    settings: list[str]
    out: Path | None


class GoingOn(NamedTuple):
    """An old run, as the command line has it."""

    folder: Path
    epochs: int | None = None
    generation: int | None = None


def _train(
    ranks: "Ranks", wanted: Beginning | GoingOn, device: str, tensorboard: bool, as_json: bool
) -> int:
    """Train as one of the ranks, which may be the only one; the exit code."""
    from convscope.cli.live import say, show
    from convscope.distributed import device_of_rank, process_group
    from convscope.training import stop_on_signals

    own = device_of_rank(device, ranks)
    with stop_on_signals() as request, process_group(ranks, device=own, say=say) as group:
        loggers: tuple[LoggerName, ...] = ("tensorboard",) if tensorboard else ()
        folder, events = _events(wanted, group, own, loggers, request)
        last = ""
        if group.rank == 0:
            last = show(events, folder, as_json=as_json)
        else:
            for event in events:
                last = event.type
        if last != "Stopped":
            return 0
        signal = max(group.all_gather(request.number))
    if group.rank == 0:
        say(f"stopped and saved; go on with: convscope train --resume {folder}")
    if signal:
        return 128 + signal
    return 0 if ranks.torchrun else STOPPED_RESUMABLE  # torchrun would begin it again


def _events(
    wanted: Beginning | GoingOn,
    group: "Group",
    device: str,
    loggers: "tuple[LoggerName, ...]",
    request: "StopRequest",
) -> "tuple[Path, Iterator[Event]]":
    """The run's folder, and what happens in it."""
    from convscope import runs as begin
    from convscope.cli.live import say
    from convscope.training import is_restart

    if isinstance(wanted, Beginning) and wanted.out and is_restart(wanted.out, group):
        wanted = GoingOn(wanted.out)
    if isinstance(wanted, GoingOn):
        return wanted.folder, begin.go_on(
            wanted.folder,
            epochs=wanted.epochs,
            generation=wanted.generation,
            device=device,
            group=group,
            loggers=loggers,
            stop_requested=request,
        )
    planned = begin.plan(
        wanted.architecture,
        wanted.data,
        recipe=wanted.recipe,
        settings=wanted.settings,
        out=wanted.out,
    )
    if group.rank == 0:
        _say_recipe(planned, wanted.recipe)
        for note in planned.notes:
            say(note)
    return planned.folder, begin.run(
        planned, device=device, group=group, loggers=loggers, stop_requested=request
    )


def _say_recipe(planned: "Plan", asked: str | None) -> None:
    from convscope.cli.live import say
    from convscope.recipes import GENERAL, PHOTOS

    if asked is None and planned.recipe_name in (GENERAL, PHOTOS):
        pair = f"{planned.architecture.name} on {planned.data.name}"
        say(f"no recipe was measured for {pair}: taking `{planned.recipe_name}`")
    elif asked is None:
        say(f"recipe: {planned.recipe_name}")


def _refuse_with_resume(*given: Any) -> None:
    if any(value for value in given if value is not None):
        raise InputError(
            "--resume goes on with a run as it is",
            expected="besides it only --epochs, --generation, --device, --devices and --json",
            fix="leave ARCH, DATA, --recipe, --set, --seed and --out away, or start a new run",
        )
