"""`convscope bench`: speed, memory and precision of the engines of this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import (
    Device,
    Explain,
    Force,
    Input,
    Json,
    Labels,
    Markdown,
    Threads,
    Weights,
    check_labels,
    output_option,
    say_notes,
)
from convscope.cli.processes import resolve_device
from convscope.cli.terminal.output import (
    check_one_format,
    console,
    echo,
    echo_json,
    say,
    styled,
)
from convscope.cli.terminal.tables import Column, print_table, tell_convention
from convscope.lang import label
from convscope.machine.cpus import use_threads
from convscope.text import printable

RANKS = {
    "difference": 1,
    "memory": 2,
    "images/s": 3,
    "matmul rate": 4,
    "top-1": 5,
    "start": 6,
    "quartiles": 7,
}
"""Columns that a narrow terminal leaves out, the highest rank first."""

if TYPE_CHECKING:
    from convscope.bench.records import Bench, Profile
    from convscope.model import Model


def bench_command(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete.models,
            help="A model file, a run folder, name@weights, or a zoo name (initial weights).",
        ),
    ],
    batch: Annotated[
        list[int] | None,
        typer.Option(
            "--batch", metavar="N...", help="Images per batch, one or several (default: 1 16)."
        ),
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            "--engine",
            metavar="NAME...",
            autocompletion=complete.engines,
            help="Measure these engines only: pytorch-folded, onnxruntime, openvino. "
            "PyTorch eager is always measured.",
        ),
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            "--level",
            metavar="NAME...",
            autocompletion=complete.levels,
            help="Measure these levels only: exact, fast, int8.",
        ),
    ] = None,
    layers: Annotated[
        bool,
        typer.Option(
            "--layers", help="Also measure milliseconds per layer, in the fastest engine."
        ),
    ] = False,
    calibration: Annotated[
        str | None,
        typer.Option(
            "--calibration",
            metavar="DATA",
            help="Images to calibrate int8 with, and to compare outputs on.",
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="S", help="Time for the measurements of speed.")
    ] = 20.0,
    input_size: Input = None,
    weights: Weights = None,
    labels: Labels = None,
    device: Device = "auto",
    threads: Threads = None,
    output: Annotated[
        Path | None,
        output_option("With --layers: a diagram with the times, .svg, .png or .html."),
    ] = None,
    force: Force = False,
    explain: Explain = False,
    as_json: Json = False,
    markdown: Markdown = False,
) -> None:
    """Measure the engines of this machine: speed, memory, difference from PyTorch float32.

    Each engine runs in a process of its own. The engines take turns, so that all see the same
    machine; the numbers are medians.

    convscope bench resnet50 --batch 1 16
    convscope bench runs/mine --layers --engine onnxruntime -o times.svg
    """
    check_one_format(json=as_json, markdown=markdown)
    check_labels(labels, weights)
    _check_output(output, force, layers)
    use_threads(threads)
    from convscope.bench.candidates import selected
    from convscope.bench.records import Options
    from convscope.cli.terminal.progress import progress_bar

    options = Options(
        batch_sizes=tuple(batch or (1, 16)),
        seconds=seconds,
        engines=tuple(engine or ()),
        levels=tuple(level or ()),
        layers=layers,
    )
    selected(options.engines, options.levels)
    opened = _opened(model, weights, labels, input_size).to(resolve_device(device))
    with progress_bar("steps", "measuring") as progress:
        result = opened.bench(options, input=input_size, calibration=calibration, progress=progress)
    if output is not None:
        _write_diagram(opened, result, output)
    if as_json:
        echo_json(result.to_json())
    elif markdown:
        echo(result.to_markdown(), end="")
    else:
        _print(result, explain)


def _check_output(output: Path | None, force: bool, layers: bool) -> None:
    from convscope.errors import InputError
    from convscope.io.storage import check_output

    if output is None:
        return
    if not layers:
        raise InputError(
            "--output without --layers",
            expected="--layers beside it: the diagram shows milliseconds per layer",
            fix="add --layers",
        )
    from convscope.cli.show import DIAGRAMS

    check_output(output, endings=DIAGRAMS, overwrite=force)


def _opened(name: str, weights: Path | None, labels: Path | None, size: str | None) -> "Model":
    """Return the model; a zoo name or an architecture in JSON gets initial weights."""
    from convscope.cli.grammar.architectures import find_architecture
    from convscope.errors import unknown_name
    from convscope.opening import open_or_untrained, untrained
    from convscope.zoo import list_architectures

    is_architecture = name in list_architectures() or name.lower().endswith(".json")
    if is_architecture and weights is None and labels is None:
        opened = untrained(find_architecture(name, input=size))
        say(f"{opened.architecture.name}: initial weights, on which speed hardly depends")
        return opened
    is_word = not Path(name).suffix and "@" not in name and Path(name).name == name
    if is_word and not Path(name).exists():
        raise unknown_name("architecture", name, list_architectures(), see="convscope list")
    opened, _ = open_or_untrained(name, weights=weights, labels=labels)
    say_notes(opened)
    return opened


def _write_diagram(model: "Model", result: "Bench", output: Path) -> None:
    from convscope.cli.show import write_diagram

    assert result.profile is not None
    write_diagram(model.architecture, output, result.profile.timings())


def _print(result: "Bench", explain: bool) -> None:
    from convscope.bench.records import ROW_HEADS, row_cells

    out = console()
    shape = "x".join(map(str, result.input))
    facts = f"  input {shape}, {result.macs:,} MACs"
    out.print(styled((result.architecture, "bold"), facts))
    where = f"{printable(result.machine)}, {result.threads} CPU threads"
    out.print(styled(where if result.device == "cpu" else printable(result.machine)))
    columns = [
        Column(head, "name" if place < 2 else "number", rank=RANKS.get(head, 0))
        for place, head in enumerate(ROW_HEADS)
    ]
    print_table(columns, [row_cells(row) for row in result.rows])
    for absent in result.absent:
        out.print(styled(f"{absent.name}, {absent.level}: {absent.reason}"))
    rates = ", ".join(
        f"{name} {rate / 1e9:,.0f}" for name, rate in result.rates.items() if rate is not None
    )
    out.print(styled(f"matmul rate of this machine, billions of operations per second: {rates}"))
    if result.profile is not None:
        _print_layers(result.profile)
    tell_convention(CONVENTION, explain)
    if explain:
        out.print(styled((f"outputs are compared on {result.compared}", "dim")))


def _print_layers(profile: "Profile") -> None:
    from convscope.bench.records import LAYER_HEADS, layer_cells, ms_text

    out = console()
    out.print()
    out.print(
        styled(
            f"milliseconds per layer: {profile.name}, {profile.level}, batch of "
            f"{profile.batch_size}; {ms_text(profile.ms)} ms without the profile"
        )
    )
    columns = [
        Column(head, "number" if place else "name", rank=4 if place > 2 else 0)
        for place, head in enumerate(LAYER_HEADS)
    ]
    *layers, other, total = layer_cells(profile)
    ends = [(label(name), *cells) for name, *cells in (other, total)]
    print_table(columns, [*layers, *ends], striped=True)


CONVENTION = (
    "ms: median per batch, over turns in which all engines ran; quartiles beside it. "
    "speed: as fast as PyTorch eager, the median over the same turns. "
    "memory: the most resident memory of the engine's own process up to this batch size, above "
    "that of a process that has imported PyTorch: weights, building, activations. "
    "difference: from PyTorch float32, the largest, relative to the largest logit. "
    "top-1: images with the same class. "
    "matmul rate: 2 operations per MAC and the time, relative to the fastest matrix product "
    "of the level's numbers measured in this run. "
    "start: import, building and first batch; the import of PyTorch left out."
)
