"""`convscope lr-range`: the learning rate range test."""

from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.grammar.options import (
    Background,
    BadImages,
    BatchSize,
    ClassNames,
    Data,
    Device,
    Force,
    GroupBy,
    Input,
    Json,
    Labels,
    Layout,
    Recipe,
    Seed,
    Settings,
    Threads,
    Trainable,
    Weights,
    Workers,
    check_labels,
    data_options,
    output_option,
)
from convscope.cli.processes import resolve_device
from convscope.cli.terminal.output import echo, echo_json, say
from convscope.machine.cpus import use_threads


def lr_range_command(
    architecture: Trainable,
    data: Data,
    output: Annotated[
        Path | None, output_option("Write the curve: .png, .svg, .html, .json ...")
    ] = None,
    low: Annotated[float, typer.Option("--from", help="First learning rate.")] = 1e-6,
    high: Annotated[float, typer.Option("--to", help="Last learning rate.")] = 10.0,
    steps: Annotated[
        int | None,
        typer.Option(help="Number of steps; by default an epoch, at least 60 and at most 400."),
    ] = None,
    recipe: Recipe = None,
    batch_size: BatchSize = None,
    seed: Seed = None,
    input_size: Input = None,
    settings: Settings = None,
    layout: Layout = None,
    group_by: GroupBy = None,
    class_names: ClassNames = None,
    background: Background = None,
    weights: Weights = None,
    labels: Labels = None,
    bad_images: BadImages = "error",
    workers: Workers = None,
    device: Device = "auto",
    threads: Threads = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Increase the learning rate at every step and record the loss (Smith 2017).

    Prints two suggestions: where the loss decreases fastest, and a tenth of where it is lowest.
    Writes nothing but the curve. Ctrl-C shows the result so far.
    """
    check_labels(labels, weights)
    use_threads(threads)
    from convscope.io import storage
    from convscope.render.files import ENDINGS

    if output is not None:
        storage.check_output(output, endings=ENDINGS, overwrite=force)

    from convscope import data as datasets
    from convscope import starting
    from convscope.training.process import Process
    from convscope.training.signals import stop_on_signals

    opened = datasets.open(
        data, options=data_options(layout, group_by, class_names, bad_images, background=background)
    )
    if output is not None:
        datasets.check_outside(output, opened)
    planned = starting.plan(
        architecture,
        opened,
        recipe=recipe,
        batch_size=batch_size,
        seed=seed,
        input=input_size,
        settings=settings,
        weights=None if weights is None else starting.Weights(weights, labels),
    )
    say(f"recipe: {planned.recipe_name}")
    for note in planned.notes:
        say(note)
    with stop_on_signals() as request:
        process = Process(device=resolve_device(device), stop_requested=request, workers=workers)
        result = starting.lr_range(planned, low=low, high=high, steps=steps, process=process)
    if result.note:
        say(result.note)
    name, trained_on = planned.architecture.name, planned.data.name
    curves = result.curves(f"Learning rate range test: {name} on {trained_on}")
    if output is not None:
        curves.save(output, overwrite=force)
        say(f"curve written to {output}")
    if as_json:
        import json

        echo_json(json.dumps(result.to_dict()))
    else:
        _show(result.advice(), result.steepest, result.tenth)
    if request():
        raise typer.Exit(request.exit_code)


def _show(advice: str, steepest: float | None, tenth: float | None) -> None:
    echo(advice)
    if steepest is not None and tenth is not None:
        echo(f"--set lr={min(steepest, tenth):.2g}")
