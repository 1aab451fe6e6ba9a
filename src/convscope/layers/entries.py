"""Layers as entries of a list, grouped by role."""

from itertools import groupby

from convscope.layers import LAYERS
from convscope.listing import Entry, sentence


def entries() -> list[Entry]:
    """Return all layers, grouped by role."""
    roles = list(dict.fromkeys(layer.role for layer in LAYERS))
    ordered = sorted(LAYERS, key=lambda layer: roles.index(layer.role))
    return [
        Entry(name=layer.__name__, summary=sentence(layer.__doc__ or ""), group=role)
        for role, group in groupby(ordered, key=lambda layer: layer.role)
        for layer in group
    ]
