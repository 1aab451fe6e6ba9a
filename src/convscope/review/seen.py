"""Comparison of a model's training data with the images that it judges."""

from collections.abc import Mapping
from typing import Literal

from convscope.data.dataset import DataSet
from convscope.model import Model

Seen = Literal["yes", "no", "unknown"]


def seen_in_training(model: Model, opened: DataSet, split: str) -> Seen:
    """Return whether a model was trained on a split, by the fingerprint of its data.

    "no" only for another split of the data that it was trained on.
    """
    trained = model.card.provenance.get("data")
    if not isinstance(trained, Mapping) or trained.get("fingerprint") != opened.fingerprint():
        return "unknown"
    return "yes" if split in ("train", "all") else "no"
