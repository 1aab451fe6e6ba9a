"""Embedding: features of many images in the plane, by principal components or t-SNE.

Paper: van der Maaten and Hinton 2008, Visualizing data using t-SNE.

Axes: N images, F features, C channels, H height, W width, 3 red, green, blue.
"""

from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.extras import install_command
from convscope.network.hooks import frozen, layer_input
from convscope.network.layer_info import layer_info
from convscope.payload import Scatter
from convscope.visuals.arguments import Count, Positive, Whole, checked_positive
from convscope.visuals.attribution.layers import layer_activations
from convscope.visuals.attribution.layouts import find_tap
from convscope.visuals.cost import Cost
from convscope.visuals.forward import dequantised, device_of, finite, layer_runs, run
from convscope.visuals.images import (
    Images,
    Preprocessing,
    check_not_empty,
    class_label,
    first_input,
    thumbnail,
)

THUMBNAIL = 32  # pixels
Method = Literal["pca", "tsne"]


class Projection(NamedTuple):
    """Projection to the first two principal components.

    Attributes:
        points_N2: coordinates of each image.
        shares: fraction of the variance along each of the two axes.
    """

    points_N2: NDArray[np.float64]
    shares: tuple[float, float]


class Points(NamedTuple):
    """Coordinates of each image, names of the two axes, and the words for the caption."""

    points_N2: NDArray[np.float64]
    x_label: str
    y_label: str
    sentence: str


def compute(
    network: nn.Module,
    *,
    split: Images,
    preprocessing: Preprocessing,
    layer: str | None = None,
    labels: tuple[str, ...] = (),
    projection: Method = "pca",
    perplexity: Positive = 30.0,
    num_images: Count = 2000,
    num_thumbnails: Whole = 40,
    batch_size: Count = 100,
    seed: Whole = 0,
) -> Scatter:
    """Features of a layer for many images, in the plane, coloured by class.

    Feature maps are averaged over all positions. The thumbnails are spread evenly over the plot.

    Args:
        split, preprocessing: labelled images, and the preprocessing to the network's input.
        layer: its path; default: the input of the last layer with weights.
        projection: "pca", or "tsne" by scikit-learn, whose distances between groups mean little.
        perplexity: of t-SNE, about the number of neighbours of each image.
        num_images: number of images, from the start of the split.

    Raises:
        InputError: no such layer, fewer than three images, features that do not differ.
    """
    check_not_empty(split)
    num_images = checked_positive(num_images, name="num_images")
    batch_size = checked_positive(batch_size, name="batch_size")
    if num_thumbnails < 0:
        raise InputError(f"num_thumbnails={num_thumbnails}", expected="0 or more")
    if layer is None:
        source = last_input(network, first_input(network, split, preprocessing))
    else:
        source = Source(layer, layer, is_input=False)
    features_NF, labels_N = _features(network, split, preprocessing, source, num_images, batch_size)
    points = _projected(features_NF.numpy(), projection, perplexity, seed)
    indices = spread_points(points.points_N2, min(num_thumbnails, len(labels_N)))
    thumbnails = [
        thumbnail(network, split, preprocessing, index, side=THUMBNAIL) for index in indices
    ]
    default = ""
    if layer is None:
        default = f" Default layer: {source.name}, input of the last layer."
    num_classes = max(int(labels_N.max()) + 1, len(labels), 1)
    return Scatter(
        title=f"Features of {source.name}",
        caption=f"{len(labels_N):,} images with {features_NF.shape[1]} features each. "
        f"{points.sentence}{default}",
        x_label=points.x_label,
        y_label=points.y_label,
        points=points.points_N2,
        groups=tuple(labels_N.tolist()),
        names=tuple(class_label(labels, k) for k in range(num_classes)),
        thumbnails=np.stack(thumbnails) if thumbnails else None,
        pictured=tuple(indices),
    )


def cost(split: Images, *, num_images: int = 2000) -> Cost:
    """One forward pass of each image."""
    return Cost(min(num_images, len(split)))


def _projected(
    features_NF: NDArray[np.float64], method: Method, perplexity: float, seed: int
) -> Points:
    if method == "pca":
        points_N2, (first, second) = principal_components(features_NF)
        return Points(
            points_N2,
            f"component 1 ({first:.0%})",
            f"component 2 ({second:.0%})",
            f"First two principal components: {first + second:.0%} of the variance.",
        )
    return Points(
        neighbour_embedding(features_NF, perplexity=perplexity, seed=seed),
        "t-SNE 1",
        "t-SNE 2",
        f"t-SNE (perplexity {perplexity:g}, seed {seed}): neighbours stay together, distances "
        "between groups mean little.",
    )


def neighbour_embedding(
    features_NF: NDArray[np.float64], *, perplexity: float, seed: int
) -> NDArray[np.float64]:
    """Project to the plane with t-SNE, begun from the first two principal components.

    Raises:
        InputError: scikit-learn is not installed, a perplexity that does not fit, features that do
            not differ.
    """
    try:
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise InputError(
            "t-SNE needs scikit-learn", fix=install_command("tsne"), where="projection"
        ) from None
    principal_components(features_NF)  # raises for features that do not differ
    if not 1 <= perplexity < len(features_NF):
        raise InputError(
            f"perplexity={perplexity:g} with {len(features_NF)} images",
            expected=f"from 1 to below {len(features_NF)}, the number of images",
            where="perplexity",
        )
    # one thread: sums in another order would give other bytes
    with threadpool_limits(1):
        model = TSNE(perplexity=perplexity, init="pca", random_state=seed)
        points_N2: NDArray[np.float64] = model.fit_transform(features_NF).astype(np.float64)
    return points_N2


class Source(NamedTuple):
    """A layer whose output, or whose input, is the features; and the name of these for captions."""

    layer: str
    name: str
    is_input: bool


def last_input(network: nn.Module, input_NCHW: Tensor) -> Source:
    """The input of the last layer with weights that runs, named by the layer that computes it.

    Raises:
        InputError: there is no layer with weights, or none before it.
    """
    info = layer_info(network)
    outputs = list(layer_runs(network, input_NCHW).values())
    weighted = [
        i
        for i, output in enumerate(outputs)
        if info[output.run.path].role in ("convolution", "linear")
        or any(True for _ in network.get_submodule(output.run.path).parameters())
    ]
    if not weighted or weighted[-1] == 0:
        raise InputError(
            "there is no layer before the last one with weights",
            expected="a layer whose output can be used as features",
            where="layer",
        )
    last = outputs[weighted[-1]]
    name = f"the input of {last.run.path}" if last.source is None else last.source.path
    return Source(last.run.path, name, is_input=True)


def _features(
    network: nn.Module,
    split: Images,
    preprocessing: Preprocessing,
    source: Source,
    num_images: int,
    batch_size: int,
) -> tuple[Tensor, Tensor]:
    """Features (N, F) in float64, and labels (N,)."""
    left = num_images
    parts: list[tuple[Tensor, Tensor]] = []
    example_NCHW = first_input(network, split, preprocessing)
    tap = None if source.is_input else find_tap(network, example_NCHW, source.layer)
    is_linear = tap is None and layer_info(network)[source.layer].role == "linear"
    with torch.no_grad():
        batches = split.inputs(
            preprocessing, batch_size=min(batch_size, num_images), device=device_of(network)
        )
        for input_NCHW, labels_N in batches:
            inputs_NCHW = input_NCHW[:left]
            with frozen(network), torch.no_grad():
                if tap is None:
                    output = _layer_input(network, inputs_NCHW, source.layer)
                else:
                    output = layer_activations(network, inputs_NCHW, tap)
            # a linear layer reads the last axis, and runs at every position
            if is_linear and output.ndim > 2:
                output = output.movedim(-1, 1)
            values = output.double().cpu()
            features_NF = values.flatten(2).mean(2) if values.ndim > 2 else values
            parts.append((features_NF, labels_N[:left].cpu()))
            left -= len(inputs_NCHW)
            if left <= 0:
                break
    return torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])


def _layer_input(network: nn.Module, inputs_NCHW: Tensor, path: str) -> Tensor:
    with layer_input(network, path) as inputs:
        run(network, inputs_NCHW)
    return finite(dequantised(inputs[-1]), f"the inputs of {path}")


def principal_components(features_NF: NDArray[np.float64]) -> Projection:
    """Project to the first two components, signed so that the largest weight is positive.

    Raises:
        InputError: fewer than three images, or features that do not differ.
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
        raise InputError("all images have the same features", expected="features that differ")
    two = axes[:2]
    signs = np.sign(two[np.arange(2), np.abs(two).argmax(axis=1)])
    shares = (sizes[:2] ** 2 / total).tolist()
    return Projection(centred @ (two * signs[:, None]).T, (shares[0], shares[1]))


def spread_points(points_N2: NDArray[np.float64], num: int) -> list[int]:
    """Indices of points far apart: each next one is farthest from those already chosen."""
    if num == 0:
        return []
    scaled = points_N2 / np.maximum(points_N2.std(axis=0), 1e-12)
    indices = [int(np.linalg.norm(scaled, axis=1).argmin())]
    distance = np.linalg.norm(scaled - scaled[indices[0]], axis=1)
    while len(indices) < num:
        indices.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(scaled - scaled[indices[-1]], axis=1))
    return indices
