"""`convscope demo`: the whole loop once, on real data, with a report at the end."""

from pathlib import Path
from typing import Annotated

import typer


def demo_command(
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; a new one under runs/ by default.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Start values and the order of images.")] = 0,
) -> None:
    """Train LeNet-5 on MNIST, evaluate it on the test images, look inside, write a report."""
    from convscope import runs as begin
    from convscope.cli.live import show
    from convscope.model import open as open_model
    from convscope.training import stop_on_signals

    planned = begin.plan("lenet5", "mnist", settings=[f"seed={seed}"], out=out)
    with stop_on_signals() as request:
        last = show(begin.run(planned, stop_requested=request), planned.folder)
    if last == "Stopped":
        typer.echo(f"stopped; go on with: convscope train --resume {planned.folder}", err=True)
        raise typer.Exit(request.exit_code)
    model = open_model(planned.folder)
    evaluation = model.evaluate(planned.data, split="test")
    report = begin.write_report(
        planned.folder, data=planned.data, split="test", evaluation=evaluation, model=model
    )
    low, high = evaluation.accuracy_interval
    wrong = evaluation.num_samples - evaluation.correct
    typer.echo(
        f"\ntest accuracy {evaluation.accuracy:.2%} (95 %: {low:.2%} to {high:.2%}): "
        f"{wrong} of {evaluation.num_samples:,} digits wrong"
    )
    typer.echo(f"report  {report.resolve().as_uri()}")
    typer.echo(f"model   {planned.folder / 'model.safetensors'}")
    typer.echo(f"run     {planned.folder}/  (recipe, events, checkpoints)")
