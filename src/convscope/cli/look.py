"""`convscope look`: inside a model, by one visual or by all of them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.options import Force
from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.visuals import Payload
    from convscope.visuals.call import Asked, Scene

ALL = "all"


def look_command(
    method: Annotated[
        str, typer.Argument(help="A name of `convscope list visuals`, or all of them: all.")
    ],
    model: Annotated[
        str, typer.Argument(help="A model file, a run folder, name@weights, or a zoo name.")
    ],
    image: Annotated[Path | None, typer.Argument(metavar="[IMAGE]", help="An image file.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help=".png .svg .html .txt .json .npz .npy"),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(metavar="PATH", help="As stage3.block2.conv1.")
    ] = None,
    unit: Annotated[int | None, typer.Option(help="A channel of the layer.")] = None,
    target: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="A class, by name or number.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="A data set, for visuals over many images.")
    ] = None,
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="As steps=64.")
    ] = None,
    check: Annotated[
        bool, typer.Option(help="Deletion, insertion and randomisation instead of the picture.")
    ] = False,
    invert: Annotated[
        bool, typer.Option(help="Swap dark and light first, as for ink on white paper.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="The payload, as JSON.")] = False,
) -> None:
    """Look inside a model: where it looks, what its units want, how its gradient flows.

    convscope look grad_cam efficientnet_lite0@imagenet cat.jpg -o cat.png

    convscope look top_patches runs/mine --data mnist --layer tanh2 -o patches.png

    convscope look all runs/mine digit.png --data mnist -o page.html
    """
    from convscope.io.storage import check_output
    from convscope.model import open_or_untrained
    from convscope.render.files import ENDINGS, write_payload
    from convscope.visuals.call import Asked

    if output is not None:
        check_output(output, endings=ENDINGS, overwrite=force)
    if method == ALL and output is None and not as_json:
        raise InputError("where should all of them go?", fix="-o page.html, or -o sheet.png")
    _check_method(method, check=check)
    found, trained = open_or_untrained(model)
    if not trained:
        _say(f"note: {model} is not trained; its weights are random")
    scene = found.to(device).scene(image, data=data, split=split, invert=invert)
    asked = Asked(layer=layer, unit=unit, target=target, settings=_pairs(settings or []))
    if method == ALL:
        payload = _all(scene, asked, output, title=_title(found.architecture.name, image))
    elif check:
        payload = _checked(scene, method, asked)
    else:
        from convscope.visuals.call import look

        payload = look(scene, method, asked)
    if output is not None:
        if method != ALL or output.suffix.lower() != ".html":
            write_payload(output, payload, overwrite=force)
        _say(f"{output}: {payload.caption or payload.title}")
    if as_json:
        typer.echo(payload.to_json())
    elif output is None:
        from rich.console import Console

        Console().print(payload)


def _check_method(method: str, *, check: bool) -> None:
    """Unknown names are told before a model is opened."""
    from convscope.visuals import full_name

    if method != ALL:
        full_name(method)
    elif check:
        raise InputError("--check goes with one method", fix="as grad_cam")


def _all(scene: "Scene", asked: "Asked", output: Path | None, *, title: str) -> "Payload":
    """Everything that applies; a page is written here, as it keeps the names of the visuals."""
    from convscope.render.files import write_page
    from convscope.visuals import VISUALS, summary
    from convscope.visuals.call import as_sheet, look_all

    if asked.settings:
        raise InputError("--set goes with one visual", fix="leave it away, or name the visual")
    made: dict[str, Payload] = {}
    left_out: dict[str, str] = {}
    for method in _with_progress(list(VISUALS)):
        more, less = look_all(scene, asked, methods=[method])
        made |= more
        left_out |= less
    for name, why in left_out.items():
        _say(f"left out: {name}: {why}")
    sheet = as_sheet(made, left_out, title=title)
    if output is not None and output.suffix.lower() == ".html":
        descriptions = {name: summary(name) for name in made}
        write_page(output, made, title=title, descriptions=descriptions, omitted=left_out)
    return sheet


def _with_progress(methods: list[str]) -> "list[str]":
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if not console.is_terminal:
        return methods
    return track(methods, description="looking", console=console)  # type: ignore[return-value]


def _checked(scene: "Scene", method: str, asked: "Asked") -> "Payload":
    from convscope.visuals.call import class_number
    from convscope.visuals.checks.checks import check

    if scene.image_NCHW is None:
        raise InputError(
            "--check needs an image", fix=f"convscope look {method} MODEL IMAGE --check"
        )
    if asked.unit is not None or asked.settings:
        raise InputError(
            "--check takes a layer and a class only", fix="leave --unit and --set away"
        )
    target = None if asked.target is None else class_number(scene.labels, asked.target)
    return check(
        scene.network,
        scene.image_NCHW,
        method.replace("-", "_").lower(),
        target=target,
        layer=asked.layer,
        labels=scene.labels,
    )


def _pairs(settings: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in settings:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise InputError(f"--set {text}", expected="NAME=VALUE, as --set steps=64")
        pairs[name.strip()] = value.strip()
    return pairs


def _title(name: str, image: Path | None) -> str:
    return f"inside {name}" + (f": {image.name}" if image is not None else "")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
