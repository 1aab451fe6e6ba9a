"""`convscope look`: one visual of a model, or all of them."""

import shlex
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import (
    AnySplit,
    Background,
    ClassNames,
    Device,
    Digit,
    Force,
    GroupBy,
    Invert,
    Json,
    Labels,
    Layout,
    Threads,
    VisualEngine,
    Weights,
    data_options,
    output_option,
    say_data_notes,
    say_notes,
)
from convscope.cli.processes import resolve_device
from convscope.cli.terminal.output import console, echo_json, say
from convscope.errors import InputError
from convscope.machine.cpus import use_threads

if TYPE_CHECKING:
    from convscope.engine.levels import Level
    from convscope.payload import Payload
    from convscope.visuals.call import Inputs, Selection

ALL = "all"


def look_command(
    method: Annotated[
        str,
        typer.Argument(
            metavar="VISUAL",
            autocompletion=complete.visuals,
            help="A name of `convscope list visuals`, or all of them: all.",
        ),
    ],
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete.models,
            help="A model file, a run folder, name@weights, or a zoo name.",
        ),
    ],
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", help="An image file.")] = None,
    output: Annotated[
        Path | None,
        output_option("Write the result: .png .svg .html .txt .json .npz .npy"),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(metavar="PATH", help="A layer, for example stage3.block2.conv1.")
    ] = None,
    unit: Annotated[int | None, typer.Option(help="A channel of the layer.")] = None,
    target: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="A class, by name or number.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="A data set, for visuals of many images.")
    ] = None,
    split: AnySplit = None,
    layout: Layout = None,
    group_by: GroupBy = None,
    class_names: ClassNames = None,
    background: Background = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A setting of the visual, for example steps=64."
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS",
            help="Time on 2 cores, or none: 15 for one visual, 60 for all.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Show deletion, insertion and randomisation tests instead."),
    ] = False,
    invert: Invert = False,
    digit: Digit = None,
    engine: VisualEngine = "exact",
    weights: Weights = None,
    labels: Labels = None,
    device: Device = "auto",
    threads: Threads = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Look inside a model: attributions, units, gradients, activations, confusions.

    convscope look grad_cam efficientnet_lite0@imagenet cat.jpg -o cat.png

    convscope look top_patches runs/mine --data mnist --layer tanh2 -o patches.png

    convscope look all runs/mine digit.png --data mnist -o page.html
    """
    use_threads(threads)
    from convscope import data as datasets
    from convscope.cli.terminal.visuals import interruptible, watched_visual
    from convscope.io import storage
    from convscope.opening import open_or_untrained
    from convscope.render.files import ENDINGS, write_payload
    from convscope.visuals.call import Selection, look
    from convscope.visuals.cost import BUDGET_OF_ALL_S, BUDGET_S, in_budget, parse_budget

    if output is not None:
        storage.check_output(output, endings=ENDINGS, overwrite=force)
    if method == ALL and output is None and not as_json:
        raise InputError("`look all` needs an output file", fix="-o page.html, or -o sheet.png")
    _check_method(method, check=check)
    level = _level(engine)
    seconds = parse_budget(budget, BUDGET_OF_ALL_S if method == ALL else BUDGET_S)
    opened, trained = open_or_untrained(model, weights=weights, labels=labels)
    say_notes(opened)
    if not trained:
        say(f"note: {model} is not trained; its weights are random")
    options = data_options(layout, group_by, class_names, background=background)
    opened.on_background(background)
    dataset = None if data is None else opened.open_data(data, options)
    if dataset is not None:
        say_data_notes(dataset, opened)
        if output is not None:
            datasets.check_outside(output, dataset)
    inputs = opened.to(resolve_device(device)).visual_inputs(
        image,
        data=dataset,
        split=split,
        invert=invert,
        digit=digit,
        say=lambda note: say(f"note: {note}"),
    )
    selection = Selection(layer=layer, unit=unit, target=target, settings=_pairs(settings or []))
    if method == ALL:
        from convscope.cli.look_all import everything

        if selection.settings:
            raise InputError(
                "--set works with a single visual", fix="remove it, or name the visual"
            )
        command = _command(
            model,
            image,
            data,
            output,
            layer=layer,
            unit=unit,
            target=target,
            budget=budget,
            engine=None if level == "exact" else level,
        )
        with interruptible("look_all"), _at(level):
            seen = everything(
                opened, inputs, selection, image=image, command=command, budget_s=seconds
            )
        payload: Payload = seen.sheet()
    else:
        with in_budget(seconds), watched_visual(method), _at(level):
            payload = (
                _checked(inputs, method, selection) if check else look(inputs, method, selection)
            )
    if output is not None:
        if method == ALL and output.suffix.lower() == ".html":
            storage.write_text(output, seen.page())
        else:
            write_payload(output, payload, overwrite=force)
        say(f"{output}: {seen.text if method == ALL else payload.caption or payload.title}")
    if as_json:
        echo_json(payload.to_json())
    elif output is None:
        console().print(payload)


def _level(engine: str) -> "Level":
    """Return the level of the passes without gradients."""
    from convscope.engine.levels import find_level

    level = find_level(engine)
    if level == "int8":
        raise InputError(
            "look --engine int8",
            expected="exact or fast: visuals compare small differences of scores",
            fix="leave --engine out",
        )
    return level


def _at(level: "Level") -> AbstractContextManager[None]:
    """Return the context that sets the level of passes without gradients."""
    if level == "exact":
        return nullcontext()
    from convscope.visuals.fast_forward import at_level

    return at_level(level)


def _check_method(method: str, *, check: bool) -> None:
    """Reject unknown names before a model is opened."""
    from convscope.visuals import full_name

    if method != ALL:
        full_name(method)
    elif check:
        raise InputError("--check works with a single visual", fix="for example grad_cam")


def _checked(inputs: "Inputs", method: str, selection: "Selection") -> "Payload":
    from convscope.visuals.call import class_number, layer_path
    from convscope.visuals.checks.checks import check

    if inputs.image_NCHW is None:
        raise InputError(
            "--check needs an image", fix=f"convscope look {method} MODEL IMAGE --check"
        )
    if selection.unit is not None or selection.settings:
        raise InputError("--check accepts only --layer and --class", fix="remove --unit and --set")
    target = None if selection.target is None else class_number(inputs.labels, selection.target)
    return check(
        inputs.network,
        inputs.image_NCHW,
        method.replace("-", "_").lower(),
        target=target,
        layer=None if selection.layer is None else layer_path(inputs.network, selection.layer),
        labels=inputs.labels,
    )


def _pairs(settings: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in settings:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise InputError(f"--set {text}", expected="NAME=VALUE, for example --set steps=64")
        pairs[name.strip()] = value.strip()
    return pairs


def _command(
    model: str,
    image: Path | None,
    data: str | None,
    output: Path | None,
    *,
    layer: str | None,
    unit: int | None,
    target: str | None,
    budget: str | None,
    engine: str | None,
) -> str:
    """Return the command line of this page, as it is typed in a shell."""
    parts = ["convscope", "look", ALL, model, *([] if image is None else [str(image)])]
    options = {
        "--data": data,
        "--layer": layer,
        "--unit": unit,
        "--class": target,
        "--budget": budget,
        "--engine": engine,
        "-o": output,
    }
    for name, value in options.items():
        parts += [] if value is None else [name, str(value)]
    return shlex.join(parts)
