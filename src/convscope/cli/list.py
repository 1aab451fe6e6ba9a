"""`convscope list`: the names of what there is."""

import json
from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """What can be listed."""

    ARCHITECTURES = "architectures"
    DATASETS = "datasets"
    RECIPES = "recipes"
    VISUALS = "visuals"
    FILTERS = "filters"


def list_command(
    kind: Annotated[Kind, typer.Argument(help="What to list.")] = Kind.ARCHITECTURES,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List architectures, datasets, recipes, visuals or filters."""
    names = _names(kind)
    typer.echo(json.dumps(names) if as_json else "\n".join(names))


def _names(kind: Kind) -> list[str]:
    match kind:
        case Kind.ARCHITECTURES:
            from convscope.zoo import list_architectures

            return list_architectures()
        case Kind.DATASETS:
            from convscope.data import list_datasets

            return list_datasets()
        case Kind.RECIPES:
            from convscope.recipes import list_recipes

            return list_recipes()
        case Kind.VISUALS:
            from convscope.visuals import list_visuals

            return list_visuals()
        case Kind.FILTERS:
            from convscope.filters import list_filters

            return list_filters()
