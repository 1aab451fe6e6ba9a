"""Arguments and options that several commands share, so that each means the same everywhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from convscope.cli.grammar import complete
from convscope.machine.cpus import MAX_THREADS

if TYPE_CHECKING:
    from convscope.data import DataOptions, DataSet
    from convscope.engine.levels import Level
    from convscope.model import Model as OpenedModel

MAX_SEED = 2**32 - 1
RENAMED = {
    "--out": "--output",
    "--svg": "--output",
    "--report": "--output",
    "--sheet": "--output",
    "--batch": "--batch-size",
}
"""Options of earlier versions, and their names today."""


def output_option(help: str, *, metavar: str = "FILE") -> Any:
    """Return the option of a command's main output; only what is written differs."""
    return typer.Option("--output", "-o", metavar=metavar, help=help)


Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Explain = Annotated[
    bool, typer.Option("--explain", help="Explain the columns and how they are counted.")
]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")]
AnySplit = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="NAME",
        help="train, val, test or all; by default test for the model's own data and for published "
        "sets, all images of other data.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        max=MAX_SEED,
        metavar="N",
        help="Random seed (default: the recipe's, or 0).",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="NAME",
        help="auto, cpu, cuda, cuda:1 ...; auto uses a GPU if there is one.",
    ),
]
Devices = Annotated[
    int | None,
    typer.Option("--devices", min=1, metavar="N", help="Number of GPUs (or CPU processes) to use."),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        max=MAX_THREADS,
        metavar="N",
        help="CPU threads of each process (default: chosen automatically).",
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="LEVEL",
        autocompletion=complete.levels,
        help="exact (float32), fast (bfloat16 where the processor has it) or int8.",
    ),
]
VisualEngine = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="LEVEL",
        autocompletion=complete.of(("exact", "fast")),
        help="exact (float32) or fast (bfloat16 where the processor has it), for passes without "
        "gradients.",
    ),
]
Calibration = Annotated[
    str | None,
    typer.Option(
        "--calibration",
        metavar="DATA",
        help="Images that set the ranges of --engine int8: a folder or a data set.",
    ),
]
MaxLoss = Annotated[
    float,
    typer.Option(
        "--max-loss",
        min=0,
        max=100,
        metavar="POINTS",
        help="Points of accuracy that --engine int8 may lose.",
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        "--batch-size",
        min=1,
        metavar="N",
        help="Images per batch (default: set by the recipe or the command).",
    ),
]

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        autocompletion=complete.datasets,
        help="Folder of images or shards, file of labels (.csv, .json) or arrays (.npz), or name.",
    ),
]
Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        autocompletion=complete.models,
        help="A model file, a run folder, or name@weights.",
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Weights of PyTorch, timm or Keras for an architecture named as MODEL."
    ),
]
Labels = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Class names: text (one per line), JSON or CSV."),
]
Trainable = Annotated[
    str,
    typer.Argument(
        metavar="ARCH",
        autocompletion=complete.trainable,
        help="A zoo name, a JSON file, or a trained model.",
    ),
]
Input = Annotated[
    str | None,
    typer.Option(
        "--input",
        metavar="CxHxW",
        help="Input size: channels x height x width, as 3x224x224; 224x224 keeps the channels.",
    ),
]

Recipe = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        metavar="NAME",
        autocompletion=complete.recipes,
        help="A recipe name or JSON file; chosen by default.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Override a setting of the recipe."),
]
Epochs = Annotated[
    int | None,
    typer.Option("--epochs", min=1, metavar="N", help="Epochs to train (default: the recipe's)."),
]
LearningRate = Annotated[
    float | None,
    typer.Option("--lr", metavar="RATE", help="Learning rate (default: the recipe's)."),
]

Layout = Annotated[
    Literal["splits", "classes"] | None,
    typer.Option(help="Meaning of DATA's top folders; recognised by their names by default."),
]
GroupBy = Annotated[
    str | None,
    typer.Option(
        metavar="REGEX",
        help="Keep images with the same match in their path in one split, as '(patient\\d+)'.",
    ),
]
ClassNames = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Class names in label order, for data whose labels are numbers."
    ),
]
BadImages = Annotated[
    Literal["error", "skip", "replace"],
    typer.Option(
        help="Images that cannot be read: stop, leave them out, or take another of their class "
        "(validation and evaluation leave them out)."
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=0,
        max=256,
        metavar="N",
        help="Processes that decode photos; 0 decodes in this process. Default: one per core, "
        "at most 8.",
    ),
]

Invert = Annotated[
    bool,
    typer.Option("--invert", help="Invert brightness first, as for dark ink on white paper."),
]
Digit = Annotated[
    bool | None,
    typer.Option(
        "--digit/--no-digit",
        help="Prepare photos of handwritten digits as MNIST was made: remove the background, crop, "
        "scale and centre the ink (default: for models of MNIST).",
    ),
]
SaveDigit = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Also write the prepared digit to this image file."),
]
Kernel = Annotated[
    str | None,
    typer.Option(
        "--kernel",
        metavar="ROWS",
        help='Any kernel instead of a filter: "0 -1 0; -1 4 -1; 0 -1 0".',
    ),
]

MaxPixels = Annotated[
    int | None,
    typer.Option(
        "--max-pixels",
        min=1,
        metavar="N",
        help="Upper limit of pixels per image (default: 384 MB of memory).",
    ),
]
Background = Annotated[
    str | None,
    typer.Option(
        metavar="COLOUR",
        help="Colour below transparent pixels: white, black or #rrggbb "
        "(default: the model's, or white).",
    ),
]


def data_options(
    layout: Literal["splits", "classes"] | None = None,
    group_by: str | None = None,
    class_names: Path | None = None,
    bad_images: Literal["error", "skip", "replace"] = "error",
    *,
    background: str | None = None,
) -> "DataOptions":
    """Return how DATA is read, from the options of a command."""
    from convscope.data import DataOptions

    names = names_in(class_names) if class_names is not None else ()
    return DataOptions(
        layout=layout or "auto",
        group_by=group_by,
        class_names=names,
        bad_images=bad_images,
        background=background,
    )


def names_in(file: Path) -> tuple[str, ...]:
    """Return the class names in a text, JSON or CSV file.

    Raises:
        FormatError: it cannot be read, or has another form.
    """
    from convscope.weights.labels import read_labels

    return read_labels(file, num_classes=None)


def check_labels(labels: Path | None, weights: Path | None) -> None:
    """Check that `--labels` stands beside `--weights`.

    Raises:
        InputError: without them it has no effect.
    """
    if labels is not None and weights is None:
        from convscope.errors import InputError

        raise InputError("--labels without --weights", expected="--weights FILE beside it")


def check_level(name: str, calibration: str | None) -> "Level":
    """Return the level of `--engine`, before a model is opened.

    Raises:
        InputError: no such level; int8 without --calibration, or the reverse.
    """
    from convscope.engine.levels import find_level
    from convscope.errors import InputError

    level = find_level(name)
    if level == "int8" and calibration is None:
        raise InputError(
            "--engine int8 without images that set its ranges",
            expected="--calibration DATA: a folder of images or a data set",
            fix="--calibration with some hundred images like those to classify",
        )
    if level != "int8" and calibration is not None:
        raise InputError(
            f"--calibration with --engine {level}", expected="--engine int8", fix="leave it out"
        )
    return level


def say_notes(model: "OpenedModel") -> None:
    """Print the decisions that the file of weights of a model left open."""
    from convscope.cli.terminal.output import say

    for note in model.notes:
        say(note)


def say_data_notes(dataset: "DataSet", model: "OpenedModel | None" = None) -> None:
    """Print the decisions made when DATA was opened, and what a model changes about it."""
    from convscope.cli.terminal.output import say
    from convscope.data import opening_notes

    for note in opening_notes(dataset):
        say(f"note: {note}")
    for note in model.decoded(dataset)[1] if model is not None else ():
        say(note)
