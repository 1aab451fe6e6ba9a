"""`convscope export`: an architecture or a model in another format."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import (
    Force,
    Input,
    Json,
    Labels,
    output_option,
    say_notes,
)
from convscope.cli.terminal.output import echo_json, echo_verbatim, say
from convscope.errors import InputError
from convscope.export import TARGETS, Exported, Layers, Options, Written
from convscope.text import byte_size

if TYPE_CHECKING:
    from convscope.arch import Architecture


def export_command(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete.models,
            help="A zoo name, a JSON file, a model file, a run folder, or name@weights.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="TARGET",
            autocompletion=complete.of(TARGETS),
            help=f"Target: {', '.join(TARGETS)}.",
        ),
    ],
    output: Annotated[
        Path | None, output_option("Output file (default: standard output, for text).")
    ] = None,
    input_size: Input = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            metavar="FILE",
            help="Weights to read, for an architecture named as MODEL. For a model --to pytorch "
            "a new file to write, as --weights-to.",
        ),
    ] = None,
    labels: Labels = None,
    weights_to: Annotated[
        Path | None,
        typer.Option(
            "--weights-to",
            metavar="FILE",
            help="pytorch: also write the weights to this .safetensors file.",
        ),
    ] = None,
    layout: Annotated[
        str,
        typer.Option(
            "--layout",
            metavar="NAME",
            autocompletion=complete.layouts,
            help="pytorch: names of the weights: convscope, torchvision, timm ...",
        ),
    ] = "",
    bare: Annotated[
        bool,
        typer.Option("--float", help="onnx: the network alone, without preprocessing and softmax."),
    ] = False,
    layers: Annotated[
        list[str] | None,
        typer.Option(
            "--layers",
            metavar="PATH...|all",
            help="onnx: layers whose activations become outputs, one or several.",
        ),
    ] = None,
    single_file: Annotated[
        bool, typer.Option("--single-file", help="web: one HTML file in place of a folder.")
    ] = False,
    training: Annotated[
        bool | None,
        typer.Option(
            "--training/--no-training",
            help="web: images to train on in the tab (default: digits, where they fit).",
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Export to another format. `--to pytorch` writes one Python file that needs only torch.

    For an architecture, --weights is a file to read: the network gets its weights, its classes
    and its input size. For a model --to pytorch, which has weights of its own, --weights is the
    same as --weights-to: a new file to write.

    convscope export runs/mine --to pytorch -o net.py --weights-to net.safetensors
    """
    from convscope.export import check_request, text, write

    weights, weights_to = weights_options(model, to, weights, weights_to)
    options = Options(
        float=bare,
        layers=parse_layers(layers or []),
        weights_to=weights_to,
        layout=layout,
        single_file=single_file,
        training=training,
    )
    check_request(to, output, options, overwrite=force)
    if as_json and output is None:
        raise InputError(
            "--json without --output",
            expected="--output FILE: --json prints what was written",
            fix=f"add --output, or leave out --json: {to} goes to standard output",
        )
    if labels is not None and weights is None and not has_weights(model):
        raise InputError("--labels without --weights", expected="--weights FILE beside it")
    exported = _exported(model, to, options, weights, labels, input_size)
    if output is None:
        echo_verbatim(text(exported, to, options), end="")
        return
    written = write(exported, to, output, options, overwrite=force)
    _report(exported.architecture.name, to, written, as_json=as_json)


def weights_options(
    model: str, to: str, weights: Path | None, weights_to: Path | None
) -> tuple[Path | None, Path | None]:
    """Return the files to read and to write, from --weights and --weights-to.

    A model has weights of its own, so that --weights beside it names a file to write for a target
    that writes weights. An existing file is then never replaced: it could be meant to be read.

    Raises:
        InputError: --weights beside a model names an existing file, or stands with --weights-to.
    """
    target = TARGETS.get(to)
    if weights is None or target is None or "weights_to" not in target.options:
        return weights, weights_to
    if not has_weights(model):
        return weights, weights_to
    if weights_to is not None:
        raise InputError(
            f"--weights and --weights-to, and {model} has weights of its own",
            expected="one of them, for the file to write",
            fix="leave out --weights",
        )
    if os.path.lexists(weights):
        raise InputError(
            f"{weights} exists, and {model} has weights of its own",
            expected="--weights FILE of a model is a new file to write",
            fix=f"--weights-to {weights} --force writes it; to read it, name the architecture, "
            "as resnet18, in place of the model",
        )
    return None, weights


def parse_layers(words: list[str]) -> Layers:
    """Return the layers of `--layers a,b --layers c`, or "all"."""
    names = tuple(name.strip() for word in words for name in word.split(",") if name.strip())
    return "all" if "all" in names else names


def has_weights(model: str) -> bool:
    """Return whether MODEL is a model, and not an architecture."""
    is_json = model.lower().endswith(".json")
    return not is_json and ("@" in model or os.path.exists(model))


def _exported(
    model: str,
    to: str,
    options: Options,
    weights: Path | None,
    labels: Path | None,
    input_size: str | None,
) -> Exported:
    """Return the model, or for a target without weights its architecture."""
    needs_weights = TARGETS[to].needs_weights or options.weights_to is not None
    if weights is None and not needs_weights:
        from convscope.cli.grammar.architectures import find_architecture

        return Exported(find_architecture(model, input=input_size))
    if weights is not None and not needs_weights:
        return Exported(_of_weights(model, weights, input_size))
    from convscope.opening import open_or_untrained

    if input_size is not None and (weights is not None or has_weights(model)):
        raise InputError(
            "--input with a model",
            expected="the input of the model: its preprocessing gives that size",
            fix="leave out --input",
        )
    opened, trained = open_or_untrained(model, weights=weights, labels=labels, input=input_size)
    say_notes(opened)
    if not trained:
        say(f"note: {model} is not trained; its weights are random")
    return Exported(opened.architecture, opened.file())


def _of_weights(model: str, weights: Path, input_size: str | None) -> "Architecture":
    """Return the architecture with the classes and the input of a file of weights."""
    from convscope.opening import open as open_model
    from convscope.shapes import input_size as size_of
    from convscope.zoo.json_file import with_input_size

    architecture = open_model(model, weights=weights).architecture
    say(
        f"{architecture.name} with the {architecture.num_classes:,} classes of {weights.name}, "
        f"input {architecture.input}; the source does not contain the weights"
    )
    if input_size is None:
        return architecture
    return with_input_size(architecture, size_of(input_size, channels=architecture.input.channels))


def _report(name: str, to: str, written: Written, *, as_json: bool) -> None:
    for note in written.notes:
        say(note)
    main = written.files[0]
    if as_json:
        facts = {
            "architecture": name,
            "format": to,
            "file": str(main),
            "files": [str(file) for file in written.files],
            "bytes": written.size_bytes,
            "sha256": written.sha256,
            "notes": list(written.notes),
        }
        echo_json(json.dumps(facts))
        return
    files = ", ".join(map(str, written.files))
    say(f"{files}: {byte_size(written.size_bytes)}, {name}")
