"""How the network sorts images: its last features, in the plane that spreads them most.

Axes: N images, F features, C channels, H height, W width, 3 red, green, blue.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import activations, still
from convscope.payload import Scatter
from convscope.visuals.attribution.layers import ran
from convscope.visuals.attribution.score import finite, positive
from convscope.visuals.methods.confusion_gallery import thumbnail
from convscope.visuals.subject import (
    Function,
    Images,
    device_of,
    label_of,
    layers_run,
    not_empty,
    run,
)

THUMBNAIL = 32  # pixels


class Plane(NamedTuple):
    """Principal components.

    Attributes:
        points_N2: where each image lies.
        shares: of the variance, along the two axes.
    """

    points_N2: NDArray[np.float64]
    shares: tuple[float, float]


def compute(
    network: nn.Module,
    *,
    split: Images,
    preprocessing: Function,
    layer: str | None = None,
    labels: tuple[str, ...] = (),
    num_images: int = 2000,
    num_thumbnails: int = 40,
    batch_size: int = 100,
) -> Scatter:
    """Features of a layer for many images, by principal components, coloured by class.

    Maps count by their means over all positions. The images of the pictures are spread as evenly
    as they can be.

    Args:
        split, preprocessing: labelled images, and the way to the network's input.
        layer: its path; without it the one before the last with weights, which the caption names.
        num_images: the first ones of the split.

    Raises:
        InputError: no such layer, fewer than three images, features that do not differ.
    """
    not_empty(split)
    positive(num_images, name="num_images")
    positive(batch_size, name="batch_size")
    if num_thumbnails < 0:
        raise InputError(f"num_thumbnails={num_thumbnails}", expected="0 or more")
    path, features_NF, labels_N = _features(
        network, split, preprocessing, layer, num_images, batch_size
    )
    plane = principal(features_NF.numpy())
    pictured = spread(plane.points_N2, min(num_thumbnails, len(labels_N)))
    thumbnails = [
        thumbnail(network, split, preprocessing, index, side=THUMBNAIL) for index in pictured
    ]
    across, up = plane.shares
    chosen = "" if layer is not None else f" {path} was picked: what the last weights read."
    num_classes = max(int(labels_N.max()) + 1, len(labels), 1)
    return Scatter(
        title=f"features of {path}",
        caption=f"{len(labels_N):,} images, {features_NF.shape[1]} features each, in the plane of "
        f"their two principal components: {across + up:.0%} of the variance.{chosen}",
        x_label=f"component 1 ({across:.0%})",
        y_label=f"component 2 ({up:.0%})",
        points=plane.points_N2,
        groups=tuple(labels_N.tolist()),
        names=tuple(label_of(labels, k) for k in range(num_classes)),
        thumbnails=np.stack(thumbnails) if thumbnails else None,
        pictured=tuple(pictured),
    )


def penultimate(network: nn.Module, input_NCHW: Tensor) -> str:
    """The layer whose answer the last layer with weights reads.

    Raises:
        InputError: there is none.
    """
    paths = list(layers_run(network, input_NCHW))
    weighted = [
        i
        for i, path in enumerate(paths)
        if any(True for _ in network.get_submodule(path).parameters())
        or "RBF" in type(network.get_submodule(path)).__name__
    ]
    if not weighted or weighted[-1] == 0:
        raise InputError(
            "no layer lies before the last one with weights",
            expected="a layer to take features from",
            where="layer",
        )
    return paths[weighted[-1] - 1]


def _features(
    network: nn.Module,
    split: Images,
    preprocessing: Function,
    layer: str | None,
    num_images: int,
    batch_size: int,
) -> tuple[str, Tensor, Tensor]:
    """The layer, its features (N, F) in double precision, and labels (N,)."""
    path, left = layer, num_images
    parts: list[tuple[Tensor, Tensor]] = []
    with torch.no_grad():
        batches = split.inputs(
            preprocessing, batch_size=min(batch_size, num_images), device=device_of(network)
        )
        for input_NCHW, labels_N in batches:
            if path is None:
                path = penultimate(network, input_NCHW[:1])
            inputs_NCHW = input_NCHW[:left]
            with still(network), torch.no_grad(), activations(network, [path]) as seen:
                run(network, inputs_NCHW)
            answer = finite(ran(seen, path), f"the answers of {path}").detach().double().cpu()
            features_NF = answer.flatten(2).mean(2) if answer.ndim > 2 else answer
            parts.append((features_NF, labels_N[:left].cpu()))
            left -= len(inputs_NCHW)
            if left <= 0:
                break
    assert path is not None
    features = torch.cat([part[0] for part in parts])
    return path, features, torch.cat([part[1] for part in parts])


def principal(features_NF: NDArray[np.float64]) -> Plane:
    """The plane that spreads the points most; signs so that the largest weight is positive.

    Raises:
        InputError: fewer than three points, or points that are all one.
    """
    if len(features_NF) < 3 or features_NF.shape[1] < 2:
        raise InputError(
            f"{len(features_NF)} images with {features_NF.shape[1]} features",
            expected="at least 3 images and 2 features",
        )
    centred = features_NF - features_NF.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    total = float((sizes**2).sum())
    if total <= 1e-24 * max(1.0, float((features_NF**2).sum())):
        raise InputError("every image has the same features", expected="features that differ")
    two = axes[:2]
    signs = np.sign(two[np.arange(2), np.abs(two).argmax(axis=1)])
    shares = (sizes[:2] ** 2 / total).tolist()
    return Plane(centred @ (two * signs[:, None]).T, (shares[0], shares[1]))


def spread(points_N2: NDArray[np.float64], num: int) -> list[int]:
    """Points far from each other: each next one is the farthest from those already taken."""
    if num == 0:
        return []
    scaled = points_N2 / np.maximum(points_N2.std(axis=0), 1e-12)
    taken = [int(np.linalg.norm(scaled, axis=1).argmin())]
    distance = np.linalg.norm(scaled - scaled[taken[0]], axis=1)
    while len(taken) < num:
        taken.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(scaled - scaled[taken[-1]], axis=1))
    return taken
