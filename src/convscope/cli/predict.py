"""`convscope predict`: what a model sees in images."""

import json
from typing import Annotated

import typer


def predict_command(
    model: Annotated[str, typer.Argument(help="A model file or a run folder.")],
    images: Annotated[list[str], typer.Argument(metavar="IMAGE...", help="Image files.")],
    topk: Annotated[int, typer.Option(help="Answers an image.", min=1)] = 5,
    invert: Annotated[
        bool, typer.Option(help="Swap dark and light first, as for ink on white paper.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Name what is in images, with probabilities."""
    from convscope.model import open as open_model

    found = open_model(model)
    predictions = found.predict(images, topk=topk, invert=invert)
    if as_json:
        typer.echo(json.dumps([prediction.to_dict() for prediction in predictions], indent=2))
        return
    for prediction in predictions:
        typer.echo(prediction.source)
        for answer in prediction.answers:
            typer.echo(f"  {answer.probability:7.2%}  {answer.label}")
        if prediction.note:
            typer.echo(f"  note: {prediction.note}", err=True)
