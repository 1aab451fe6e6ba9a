"""Tasks of the worker for pictures; arguments come from the routes, which check them."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convscope.data import opening_notes
from convscope.data.corrections.identity import image_digest
from convscope.data.dataset import FileDataSet, PathDataSet
from convscope.data.kinds import kind_of
from convscope.errors import ConvscopeError, InputError
from convscope.io.image_header import read_header
from convscope.io.image_limits import MAX_FILE_BYTES
from convscope.io.photos import read
from convscope.io.storage import read_bytes
from convscope.server.studio.pictures import numbers, tiles
from convscope.server.studio.pictures.opened import (
    check_index,
    image_at,
    labels_of,
    opened,
    split_names,
    split_of,
)
from convscope.server.studio.worker.child import Report
from convscope.text import printable


def packed(array: NDArray[Any]) -> str:
    """Return an array's bytes, little-endian, as base64."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    return base64.b64encode(little.tobytes()).decode()


def summary(args: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Return what a data set is: classes, splits with their counts, sizes, notes."""
    dataset = opened(args["source"])
    splits = []
    for number, name in enumerate(split_names(dataset)):
        progress(number, 3, name)
        split = split_of(dataset, name)
        counts = np.bincount(labels_of(split).numpy(), minlength=len(dataset.classes))
        splits.append({"name": name, "images": len(split), "counts": counts.tolist()})
    shape = dataset.shape
    kind = "published"
    if isinstance(dataset, PathDataSet):
        kind = kind_of(dataset.source)
    return {
        "name": printable(dataset.name),
        "kind": kind,
        "classes": [printable(name) for name in dataset.classes],
        "channels": dataset.channels,
        "shape": None if shape is None else list(shape),
        "splits": splits,
        "divided": isinstance(dataset, PathDataSet) and dataset.is_divided,
        "has_files": isinstance(dataset, FileDataSet),
        "notes": [printable(note) for note in opening_notes(dataset)],
    }


def labels(args: dict[str, Any], _progress: Report) -> dict[str, Any]:
    """Return the labels of a split as base64 of int32."""
    split = split_of(opened(args["source"]), args["split"])
    return {"labels": packed(labels_of(split).numpy().astype(np.int32))}


def sheet(args: dict[str, Any], progress: Report) -> bytes:
    """Return a sheet of thumbnails."""
    split = split_of(opened(args["source"]), args["split"])
    for index in args["images"]:
        check_index(split, index)
    return tiles.sheet(split, args["images"], args["side"], progress)


def image(args: dict[str, Any], _progress: Report) -> bytes:
    """Return one image as PNG, reduced to `most` pixels in each direction."""
    split = split_of(opened(args["source"]), args["split"])
    pixels_HWC = image_at(split, args["index"]).permute(1, 2, 0).numpy()
    picture = tiles.from_pixels(pixels_HWC)
    if max(picture.size) > args["most"]:
        picture = tiles.reduced(picture, args["most"])
    return tiles.png(picture)


def file(args: dict[str, Any], _progress: Report) -> bytes:
    """Return an image file as a thumbnail in PNG; a crossed tile for one that cannot be read."""
    try:
        data = read_bytes(Path(args["path"]), most=MAX_FILE_BYTES)
        return tiles.png(tiles.file_thumbnail(data, args["side"]))
    except ConvscopeError:  # a check shows damaged files too
        return tiles.png(tiles.crossed(args["side"]))


def facts(args: dict[str, Any], _progress: Report) -> dict[str, Any]:
    """Return what is known about one image."""
    dataset = opened(args["source"])
    split, index = split_of(dataset, args["split"]), args["index"]
    check_index(split, index)
    row: dict[str, Any] = {
        "label": int(split.labels_N[index]),
        "digest": image_digest(split, index),
        "path": "",
        "bytes": 0,
        "format": "",
        "mode": "",
        "height": 0,
        "width": 0,
        "orientation": 1,
    }
    if split.files is not None:
        reference = split.files.reference(index)
        data = read(reference).data
        header = read_header(data)
        height, width = header.upright_size
        row |= {
            "path": printable(reference.where),
            "bytes": len(data),
            "format": header.format,
            "mode": header.mode,
            "orientation": header.orientation,
        }
    else:
        height, width = image_at(split, index).shape[1:]
    return row | {"height": height, "width": width}


def statistics(args: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Return histograms of a split."""
    return numbers.statistics(split_of(opened(args["source"]), args["split"]), progress)


def means(args: dict[str, Any], progress: Report) -> bytes:
    """Return the mean image of each class as a sheet."""
    dataset = opened(args["source"])
    split = split_of(dataset, args["split"])
    return numbers.mean_sheet(split, len(dataset.classes), progress)


def evaluation(args: dict[str, Any], _progress: Report) -> bytes:
    """Return facts and metrics of an evaluation: {"facts": ..., "evaluation": ...}."""
    from convscope.review.details import EVALUATION, FACTS, MAX_FILE_BYTES

    folder = Path(args["folder"])
    parts = (read_bytes(folder / name, most=MAX_FILE_BYTES) for name in (FACTS, EVALUATION))
    return b'{"facts":%s,"evaluation":%s}' % tuple(parts)


def evaluated(args: dict[str, Any], _progress: Report) -> bytes:
    """Return the results of every image, each column as base64."""
    from dataclasses import fields

    from convscope.review.details import read_details

    _, _, details = read_details(Path(args["folder"]))
    columns = {one.name: getattr(details, one.name) for one in fields(details)}
    if not len(details):
        raise InputError("there are no images")
    row = {
        name: {"kind": str(array.dtype), "shape": list(array.shape), "data": packed(array)}
        for name, array in columns.items()
    }
    return json.dumps(row).encode()
