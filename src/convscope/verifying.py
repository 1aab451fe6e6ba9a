"""Verification of ONNX files by the names of models and data; the comparison is in `export`."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from convscope.errors import DataError, FormatError, InputError
from convscope.export.verify import Image, Reference, Verification, verify_file
from convscope.io.values import whole_number
from convscope.model import Model
from convscope.opening import open_or_untrained

if TYPE_CHECKING:
    from convscope.data.dataset import AnySplit

NUM_IMAGES = 100


def verify(
    path: str | Path,
    *,
    against: str | Path | Model | None = None,
    data: Any = None,
    split: str | None = None,
    images: int = NUM_IMAGES,
) -> Verification:
    """Check an ONNX file by its golden pair, and against a model on images.

    The file may come from a stranger: it is read and run in a child process with limits.

    Args:
        against: a model, or its name as `convscope.open` takes it; or a network of the zoo,
            which then has its initial weights.
        data, split: the images, see `Model.evaluate`, or a folder of images without classes; by
            default sample photos, and for networks with one channel the test images of MNIST.
        images: largest number of images; they are spread evenly over the split.

    Raises:
        InputError: there is no such file, model or data, the package onnx is not installed, or
            the model has another input or other classes than the file.
        FormatError: not an ONNX file, damaged, or with something that is not allowed.
    """
    num = whole_number(images, "images")
    if against is None:
        if data is not None or split is not None:
            raise InputError("data without a model", expected="against=MODEL beside it")
        return verify_file(Path(path))
    model, name = _opened(against)
    return verify_file(Path(path), _reference(model, name, data, split, num))


def _opened(against: str | Path | Model) -> tuple[Model, str]:
    if isinstance(against, Model):
        return against, against.architecture.name
    model, is_trained = open_or_untrained(str(against))
    return model, str(against) if is_trained else f"{against} with initial weights"


def _reference(model: Model, name: str, data: Any, split: str | None, num: int) -> Reference:
    channels = model.architecture.input.channels
    chosen, source = data, str(data)
    if data is None:
        chosen, source = _samples(channels)
    images = _chosen(model, chosen, split)
    if data is not None and not isinstance(data, str | os.PathLike):
        source = images.name
    total = images.num
    indices = sorted({k * total // min(num, total) for k in range(min(num, total))})
    return Reference(name, model.labels, channels, source, _images(model, images, indices))


class _Images(NamedTuple):
    """Images to compare on.

    Attributes:
        read: from a number to an image as `Model.prepare` takes it, and its name.
    """

    name: str
    num: int
    read: Callable[[int], tuple[Any, str]]


def _chosen(model: Model, data: Any, split: str | None) -> _Images:
    """Return the images of a data set, or of a folder without classes.

    Raises:
        InputError: the folder holds no image.
    """
    try:
        opened = model.open_data(data)
    except DataError:
        if split is not None or not isinstance(data, str | Path) or not Path(data).is_dir():
            raise
        from convscope.data.folder.left_out import images_in

        paths = [str(Path(data, path)) for path in images_in(Path(data))[0]]
        return _Images(str(data), len(paths), lambda k: (paths[k], paths[k]))
    images = model.select(opened, split=split).images
    return _Images(opened.name, len(images), lambda k: _source(images, k))


def _samples(channels: int) -> tuple[str, str]:
    """Return the data that are in the package, and what they are."""
    from convscope.samples.photos import SHARDS

    if channels == 1:
        return "mnist", "test images of MNIST"
    if channels == 3:
        return str(SHARDS), "sample photos"
    raise InputError(
        f"--against a model of images with {channels} channels, without data",
        expected="--data FOLDER with such images",
    )


def _images(model: Model, images: _Images, indices: list[int]) -> Iterator[Image]:
    """Yield images with what the model computes from them."""
    for index in indices:
        source, name = images.read(index)
        raw_NCHW = model.prepare(source)
        with torch.inference_mode():
            try:
                input_NCHW = model.preprocessing(raw_NCHW.to(model.device))
            except InputError as error:
                raise error.at(name) from None
            logits_NK = model.network(input_NCHW.clone())
        if not bool(torch.isfinite(logits_NK).all()):
            raise FormatError("the model's own output contains NaN or infinity", where=name)
        yield Image(
            name,
            raw_NCHW[0].to(torch.uint8).numpy(),
            input_NCHW[0].float().cpu().numpy(),
            logits_NK[0].float().cpu().numpy(),
        )


def _source(images: "AnySplit", index: int) -> tuple[Any, str]:
    """Return an image as `Model.prepare` takes it, and its name."""
    from convscope.data import Split
    from convscope.io.photos import read

    if isinstance(images, Split) and images.files is None:
        pixels_HWC: np.ndarray[Any, Any] = images.images_NCHW[index].permute(1, 2, 0).numpy()
        return pixels_HWC, f"image {index}"
    assert images.files is not None
    reference = images.files.reference(index)
    if reference.size < 0:
        return reference.path, os.fspath(reference.path)
    encoded = read(reference)
    return encoded, encoded.where
