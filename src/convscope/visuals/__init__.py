"""Ways to look inside. One file each; every one has a `compute` that returns a payload."""

from types import ModuleType

from convscope.visuals import feature_maps, filters
from convscope.visuals.payload import (
    Curves,
    Heatmap,
    ImageGrid,
    Payload,
    Scale,
    Series,
    Table,
    from_json,
)

VISUALS: dict[str, ModuleType] = {
    "feature_maps": feature_maps,
    "filters": filters,
}


def list_visuals() -> list[str]:
    """The names, in the order of the list."""
    return list(VISUALS)


__all__ = [
    "VISUALS",
    "Curves",
    "Heatmap",
    "ImageGrid",
    "Payload",
    "Scale",
    "Series",
    "Table",
    "from_json",
    "list_visuals",
]
