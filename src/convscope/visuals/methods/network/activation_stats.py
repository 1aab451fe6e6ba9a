"""Activation statistics of each layer: mean, standard deviation, zeros, dead units, histograms.

Axes: N batch, C channels, P positions (all axes after the channels), B bins.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network import Network
from convscope.network.hooks import ModuleOutput, Run, frozen, run_outputs
from convscope.network.layer_info import LayerInfo, layer_info
from convscope.payload import Curves, Series, Sheet, Table
from convscope.text import counted
from convscope.visuals.arguments import Count, checked_positive
from convscope.visuals.attribution.layouts import channels_first, channels_last, size_of
from convscope.visuals.cost import Cost
from convscope.visuals.forward import (
    dequantised,
    device_of,
    finite,
    layer_runs,
    prepared_images,
    run,
)
from convscope.visuals.images import Images, Preprocessing, check_not_empty, first_input, no_input

NUM_BINS = 61
HALF_WIDTH = 4.0  # of the histograms, in standard deviations
MAX_HISTOGRAMS = 7  # the number of colours that can be told apart
MAX_BYTES = 256 << 20  # of activations in memory at a time


@dataclass
class _Statistics:
    """Running statistics of one layer's activations."""

    info: LayerInfo
    count: int
    sum: float
    squared_deviations: float
    """Sum of squared deviations from the mean."""
    zeros: int
    low_C: Tensor
    high_C: Tensor
    spread: float
    """Standard deviation of the first batch: the unit of the histogram's bins."""
    centre: float
    bins_B: Tensor

    def add(self, values: Tensor) -> None:
        """Add a batch of float64 values to count, sum and squared deviations.

        Batches are merged as by Chan, Golub and LeVeque 1979. The mean of squares minus the squared
        mean would cancel for activations far from 0.
        """
        count, batch_sum = values.numel(), float(values.sum())
        batch_mean = batch_sum / count
        self.squared_deviations += float((values - batch_mean).square().sum())
        if self.count:
            difference = batch_mean - self.mean
            weight = self.count * count / (self.count + count)
            self.squared_deviations += difference**2 * weight
        self.count += count
        self.sum += batch_sum

    @property
    def mean(self) -> float:
        return self.sum / self.count

    @property
    def std(self) -> float:
        return math.sqrt(self.squared_deviations / self.count)

    @property
    def dead_units(self) -> int | None:
        """Units with a constant activation; None after a single value per unit."""
        if self.count <= len(self.low_C):
            return None
        return int((self.low_C == self.high_C).sum())


def compute(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    split: Images | None = None,
    preprocessing: Preprocessing | None = None,
    num_images: Count = 500,
) -> Sheet:
    """Mean, standard deviation, fraction of zeros and dead units per layer, with histograms.

    A unit (channel) is dead if its activation is the same for every image and position; after a
    ReLU that means it is never above 0. One pass; memory does not grow with the images.

    Args:
        image_NCHW: preprocessed images.
        split, preprocessing: a data set instead; its first `num_images` images.

    Raises:
        InputError: neither an image nor a split, or activations that are not finite.
    """
    num_images = checked_positive(num_images, name="num_images")
    info = layer_info(network)
    layers: dict[str, _Statistics] = {}
    runs: dict[Run, ModuleOutput] = {}
    num = 0
    for input_NCHW in _batches(network, image_NCHW, split, preprocessing, num_images):
        runs = runs or layer_runs(network, input_NCHW[:1])
        times = Counter(run.path for run in runs)
        last = channels_last([*runs.values()], info, size_of(input_NCHW))
        with frozen(network), torch.no_grad(), run_outputs(network, times) as outputs:
            run(network, input_NCHW)
        for key, is_last in zip(runs, last, strict=True):
            output = dequantised(outputs[key])
            output = output.reshape(-1, 1) if output.ndim < 2 else output
            if is_last and not isinstance(network, Network):
                output = channels_first(output)
            _add(layers, key.name(times[key.path]), info[key.path], output)
        num += len(input_NCHW)
    return _sheet(layers, num)


def cost(split: Images | None = None, *, num_images: int = 500) -> Cost:
    """One forward pass of each image."""
    return Cost(1 if split is None else min(num_images, len(split)))


def _batches(
    network: nn.Module,
    image_NCHW: Tensor | None,
    split: Images | None,
    preprocessing: Preprocessing | None,
    num_images: int,
) -> Iterator[Tensor]:
    if split is None or preprocessing is None:
        if image_NCHW is None:
            raise no_input()
        yield prepared_images(network, image_NCHW)
        return
    check_not_empty(split)
    runs = layer_runs(network, first_input(network, split, preprocessing))
    size = _batch_size({key: output.shape for key, output in runs.items()})
    left = num_images
    with torch.no_grad():
        batches = split.inputs(preprocessing, batch_size=size, device=device_of(network))
        for input_NCHW, _ in batches:
            yield input_NCHW[:left]
            left -= len(input_NCHW)
            if left <= 0:
                return


def _batch_size(shapes: Mapping[Any, tuple[int, ...]]) -> int:
    """Return the number of images whose activations fit into memory, at most 100."""
    size_bytes = sum(math.prod(shape) * 4 * 2 for shape in shapes.values())
    return max(1, min(100, MAX_BYTES // max(1, size_bytes)))


def _add(layers: dict[str, _Statistics], path: str, info: LayerInfo, output: Tensor) -> None:
    output = finite(output, f"the activations of {path}")
    exact_CP = output.detach().movedim(1, 0).flatten(1).double()
    low_C, high_C = exact_CP.amin(1), exact_CP.amax(1)
    if path not in layers:
        spread = float(exact_CP.std(correction=0)) or 1.0
        centre = float(exact_CP.mean())
        empty_B = torch.zeros(NUM_BINS)
        layers[path] = _Statistics(info, 0, 0.0, 0.0, 0, low_C, high_C, spread, centre, empty_B)
    layer = layers[path]
    layer.add(exact_CP)
    layer.zeros += int((exact_CP == 0).sum())
    layer.low_C = torch.minimum(layer.low_C, low_C)
    layer.high_C = torch.maximum(layer.high_C, high_C)
    scaled = ((exact_CP.float() - layer.centre) / layer.spread).clamp(-HALF_WIDTH, HALF_WIDTH)
    layer.bins_B = layer.bins_B + torch.histc(scaled.cpu(), NUM_BINS, -HALF_WIDTH, HALF_WIDTH)


def _sheet(layers: dict[str, _Statistics], num: int) -> Sheet:
    if not layers:
        raise InputError(
            "the network calls no module, so it has no layers to measure",
            expected="a network of modules",
        )
    over = f"over {counted(num, 'image')}"
    rows = tuple(
        (i + 1, path, x.info.label, x.mean, x.std, x.zeros / x.count, x.dead_units, len(x.low_C))
        for i, (path, x) in enumerate(layers.items())
    )
    names = ("number", "layer", "operation", "mean", "std", "zeros", "dead units", "units")
    dead = sum(x.dead_units or 0 for x in layers.values() if x.info.role == "activation")
    table = Table(
        title="Activations by layer",
        caption=f"Measured {over}. Dead: the same activation for every image and "
        f"position. Dead units in activation layers: {dead}.",
        columns=names,
        rows=rows,
    )
    return Sheet(
        title="Activation statistics",
        items=(_means(layers, over), _histograms(layers, over), table),
        columns=2,
    )


def _means(layers: dict[str, _Statistics], over: str) -> Curves:
    numbers = tuple(float(i + 1) for i in range(len(layers)))
    mean = tuple(x.mean for x in layers.values())
    std = tuple(x.std for x in layers.values())
    return Curves(
        title="Mean and standard deviation by layer",
        caption=f"Mean and standard deviation of each layer's activations {over}.",
        x_label="layer, in network order",
        y_label="activation",
        series=(Series(name="mean", x=numbers, y=mean), Series(name="std", x=numbers, y=std)),
    )


def _histograms(layers: dict[str, _Statistics], over: str) -> Curves:
    """Histograms of some layers with weights, evenly spaced."""
    roles = ("convolution", "linear")
    weighted = {path: x for path, x in layers.items() if x.info.role in roles} or layers
    paths = list(weighted)
    num = min(len(paths), MAX_HISTOGRAMS)
    shown = [paths[round(i * (len(paths) - 1) / max(1, num - 1))] for i in range(num)]
    edge = HALF_WIDTH * (1 - 1 / NUM_BINS)
    centres = tuple(torch.linspace(-edge, edge, NUM_BINS).tolist())
    return Curves(
        title="Histograms of activations",
        caption=f"Fraction of activations {over}, in standard deviations from the layer's mean; "
        f"values beyond {HALF_WIDTH:g} are counted in the outermost bins.",
        x_label="standard deviations from the mean",
        y_label="fraction",
        y_format="percent",
        series=tuple(
            Series(
                name=path,
                x=centres,
                y=tuple((weighted[path].bins_B / weighted[path].count).tolist()),
            )
            for path in shown
        ),
    )
