"""Data sets in notebooks: classes, splits and some images."""

from typing import Any

import numpy as np

from convscope.data.dataset import SPLITS, AnySplit, DataSet
from convscope.errors import ConvscopeError
from convscope.notebook.parts import facts, heading, image, name, sentence, table
from convscope.text import listed

MOST_TILES = 20
MOST_CLASSES = 12


def html(data: DataSet) -> str:
    """Return classes, splits and images of the training split, evenly spaced."""
    shape = f"images of {data.shape}" if data.shape else "images of different sizes"
    source = getattr(data, "source", None)
    parts = [
        heading(data.name, str(source) if source is not None else ""),
        facts(shape, f"{len(data.classes):,} classes: {listed(data.classes, MOST_CLASSES)}"),
    ]
    splits, problem = _splits(data)
    if splits:
        rows = [(split, f"{len(images):,}") for split, images in splits.items()]
        parts.append(table(("split", "images"), rows, numeric=[1]))
        parts.append(_tiles(data, next(iter(splits.values()))))
    if problem:
        parts.append(f'<p class="wrong">{sentence(problem)}</p>')
    notes: Any = getattr(data, "notes", ())
    parts += [f'<p class="muted">{sentence(note)}</p>' for note in notes]
    return "".join(parts)


def _splits(data: DataSet) -> tuple[dict[str, AnySplit], str]:
    """Return the splits that can be read, and why another cannot."""
    splits, problem = {}, ""
    for split in getattr(data, "splits", SPLITS):
        try:
            splits[split] = data.split(split)
        except (ConvscopeError, OSError) as error:
            problem = error.on_one_line() if isinstance(error, ConvscopeError) else str(error)
    return splits, problem


def _tiles(data: DataSet, split: AnySplit) -> str:
    """Return images from the whole split, each under the name of its class."""
    count = min(MOST_TILES, len(split))
    tiles = []
    for place in range(count):
        index = place * len(split) // count
        try:
            image_CHW = split.image(index)
        except (ConvscopeError, OSError):
            continue  # `data check` names the images that cannot be read
        label = data.classes[int(split.labels_N[index])]
        pixels_HWC = image_CHW.permute(1, 2, 0).numpy()
        pixels = pixels_HWC[..., 0] if pixels_HWC.shape[2] == 1 else pixels_HWC
        tile = image(np.ascontiguousarray(pixels), alt=label)
        tiles.append(f"<figure>{tile}<figcaption>{name(label)}</figcaption></figure>")
    return f'<div class="tiles">{"".join(tiles)}</div>'
