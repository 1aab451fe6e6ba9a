"""Figures of each layer's answers: mean, spread, zeros, and units that never move.

Axes: N batch, C channels, B bins. Whatever comes behind the channels counts as positions.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import activations, still
from convscope.payload import Curves, Series, Sheet, Table
from convscope.visuals.attribution.score import finite, positive, prepared_batch
from convscope.visuals.subject import Function, Images, device_of, layers_run, not_empty, run

NUM_BINS = 61
WIDEST = 4.0  # histograms reach that many standard deviations to both sides
MOST_HISTOGRAMS = 7  # as many as there are colours that can be told apart
MOST_BYTES = 256 << 20  # of answers held at a time


@dataclass
class _Layer:
    """Sums over everything that a layer has answered so far."""

    kind: str
    count: int
    sum: float
    squares: float
    """Sum of squared deviations from the mean."""
    zeros: int
    low_C: Tensor
    high_C: Tensor
    spread: float
    """Standard deviation of the first batch, which the bins are measured in."""
    centre: float
    bins_B: Tensor

    def add(self, values: Tensor) -> None:
        """Update count, sum and squared deviations by a batch, float64.

        Batches are merged as Chan, Golub and LeVeque 1979 do: a mean of squares less the squared
        mean would lose the deviation of numbers far from 0.
        """
        count, batch_sum = values.numel(), float(values.sum())
        batch_mean = batch_sum / count
        self.squares += float((values - batch_mean).square().sum())
        if self.count:
            between = batch_mean - self.mean
            self.squares += between**2 * self.count * count / (self.count + count)
        self.count += count
        self.sum += batch_sum

    @property
    def mean(self) -> float:
        return self.sum / self.count

    @property
    def std(self) -> float:
        return math.sqrt(self.squares / self.count)

    @property
    def dead(self) -> int | None:
        """Units with one and the same answer everywhere; None where there was but one answer."""
        if self.count <= len(self.low_C):
            return None
        return int((self.low_C == self.high_C).sum())


def compute(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    split: Images | None = None,
    preprocessing: Function | None = None,
    num_images: int = 500,
) -> Sheet:
    """Mean, standard deviation, share of zeros and dead units of each layer, with histograms.

    A unit (channel) is dead where it gives the same number for every image and position: behind
    a ReLU, where it is never above 0. One pass, in memory that does not grow with the images.

    Args:
        image_NCHW: prepared images.
        split, preprocessing: a set instead; its first `num_images` images.

    Raises:
        InputError: neither an image nor a split, or answers that are not finite.
    """
    positive(num_images, name="num_images")
    layers: dict[str, _Layer] = {}
    num = 0
    for input_NCHW in _batches(network, image_NCHW, split, preprocessing, num_images):
        paths = list(layers_run(network, input_NCHW[:1])) if not layers else list(layers)
        with still(network), torch.no_grad(), activations(network, paths) as seen:
            run(network, input_NCHW)
        for path, answer in seen.items():
            _add(layers, path, type(network.get_submodule(path)).__name__, answer)
        num += len(input_NCHW)
    return _sheet(layers, num)


def _batches(
    network: nn.Module,
    image_NCHW: Tensor | None,
    split: Images | None,
    preprocessing: Function | None,
    num_images: int,
) -> Iterator[Tensor]:
    if split is None or preprocessing is None:
        if image_NCHW is None:
            raise InputError(
                "neither an image nor a split", expected="image_NCHW, or split and preprocessing"
            )
        yield prepared_batch(network, image_NCHW)
        return
    not_empty(split)
    with torch.no_grad():
        probe = next(iter(split.inputs(preprocessing, batch_size=1, device=device_of(network))))[0]
    size = _batch_size(layers_run(network, probe))
    left = num_images
    with torch.no_grad():
        batches = split.inputs(preprocessing, batch_size=size, device=device_of(network))
        for input_NCHW, _ in batches:
            yield input_NCHW[:left]
            left -= len(input_NCHW)
            if left <= 0:
                return


def _batch_size(shapes: dict[str, tuple[int, ...]]) -> int:
    """As many images as the answers of all layers fit into memory for, at most 100."""
    size_bytes = sum(math.prod(shape) * 4 * 2 for shape in shapes.values())
    return max(1, min(100, MOST_BYTES // max(1, size_bytes)))


def _add(layers: dict[str, _Layer], path: str, kind: str, answer: Tensor) -> None:
    answer = finite(answer, f"the answers of {path}")
    exact_CP = answer.detach().movedim(1, 0).flatten(1).double()
    values_CP = exact_CP.float()
    low_C, high_C = exact_CP.amin(1), exact_CP.amax(1)
    if path not in layers:
        spread = float(exact_CP.std(correction=0)) or 1.0
        centre = float(exact_CP.mean())
        empty_B = torch.zeros(NUM_BINS)
        layers[path] = _Layer(kind, 0, 0.0, 0.0, 0, low_C, high_C, spread, centre, empty_B)
    layer = layers[path]
    layer.add(exact_CP)
    layer.zeros += int((values_CP == 0).sum())
    layer.low_C = torch.minimum(layer.low_C, low_C)
    layer.high_C = torch.maximum(layer.high_C, high_C)
    share = ((values_CP - layer.centre) / layer.spread).clamp(-WIDEST, WIDEST)
    layer.bins_B = layer.bins_B + torch.histc(share.cpu(), NUM_BINS, -WIDEST, WIDEST)


def _sheet(layers: dict[str, _Layer], num: int) -> Sheet:
    of = f"over {num} image{'s' if num > 1 else ''}"
    rows = tuple(
        (i + 1, path, x.kind, x.mean, x.std, x.zeros / x.count, x.dead, len(x.low_C))
        for i, (path, x) in enumerate(layers.items())
    )
    names = ("number", "layer", "type", "mean", "std", "zeros", "dead units", "units")
    dead = sum(x.dead or 0 for x in layers.values() if "ReLU" in x.kind)
    table = Table(
        title="answers by layer",
        caption=f"{of[:1].upper()}{of[1:]}. Dead: the same number for every image and position; "
        f"{dead} units behind a ReLU are.",
        columns=names,
        rows=rows,
    )
    return Sheet(title="activations", items=(_spread(layers, of), _histograms(layers, of), table))


def _spread(layers: dict[str, _Layer], of: str) -> Curves:
    places = tuple(float(i + 1) for i in range(len(layers)))
    mean = tuple(x.mean for x in layers.values())
    std = tuple(x.std for x in layers.values())
    return Curves(
        title="mean and spread along the network",
        caption=f"Mean and standard deviation of each layer's answers {of}.",
        x_label="layer, in network order",
        y_label="activation",
        series=(Series(name="mean", x=places, y=mean), Series(name="std", x=places, y=std)),
    )


def _histograms(layers: dict[str, _Layer], of: str) -> Curves:
    """Of the layers with weights, some evenly spread ones."""
    shaped = {p: x for p, x in layers.items() if "Conv" in x.kind or "Linear" in x.kind} or layers
    paths = list(shaped)
    num = min(len(paths), MOST_HISTOGRAMS)
    picked = [paths[round(i * (len(paths) - 1) / max(1, num - 1))] for i in range(num)]
    edge = WIDEST * (1 - 1 / NUM_BINS)
    places = tuple(torch.linspace(-edge, edge, NUM_BINS).tolist())
    return Curves(
        title="histograms",
        caption=f"Share of answers {of}, in standard deviations from the layer's mean; what lies "
        f"beyond {WIDEST:g} is counted at the ends.",
        x_label="standard deviations from the mean",
        y_label="share",
        y_format="percent",
        series=tuple(
            Series(
                name=path, x=places, y=tuple((shaped[path].bins_B / shaped[path].count).tolist())
            )
            for path in picked
        ),
    )
