"""Pooling under a shift of 1 pixel, and strided convolution as its replacement.

First the lecture's example with four numbers. Then real digits: small networks with max pooling,
average pooling and a stride in place of pooling are trained on MNIST, the digits are shifted by
1 pixel, and the change of the activations before and after each pooling is measured.

Legend: N batch, C channels, H height, W width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, final

from convscope.arch import Architecture, Chain
from convscope.errors import InputError
from convscope.layers import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU
from convscope.shapes import CHW, Window, window_output

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from convscope.network import Network

Kind = Literal["max", "average"]
Variant = Literal["max", "average", "stride"]
KINDS: tuple[Kind, ...] = ("max", "average")
VARIANTS: tuple[Variant, ...] = ("max", "average", "stride")

DETECTOR = (0.1, 1.0, 0.2, 0.1)
"""Example of the lecture, from Goodfellow, Bengio and Courville 2016, Fig. 9.8: a row of detectors.
After a shift of the input by 1 to the right it is 0.3 0.1 1.0 0.2."""
BESIDE = (0.2, 0.1, 0.3), (0.3, 0.1, 0.2)
"""Values to the left and to the right of the row, which a shift brings into it."""
MOST_SHIFT = 3
WINDOWS = (1, 3, 5, 7)

SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0))
"""(down, right) in pixels: right, left, down, up."""

SAME = 1e-6


def pool_row(row: Sequence[float], *, kind: Kind = "max", size: int = 3) -> tuple[float, ...]:
    """Return pooling with stride 1 along a row, with windows cut at both ends: n -> n."""
    half = size // 2
    parts = [row[max(0, i - half) : i + half + 1] for i in range(len(row))]
    return tuple(max(part) if kind == "max" else sum(part) / len(part) for part in parts)


def share_changed(before: Sequence[float], after: Sequence[float]) -> float:
    """Return the share of positions whose value differs."""
    return sum(abs(a - b) > SAME for a, b in zip(before, after, strict=True)) / len(before)


class Example(NamedTuple):
    """The four detectors before and after the shift, with one kind of pooling.

    Attributes:
        changed: share of the detectors whose value differs; the same for the pooled values.
        difference: sum of the differences, in size; the same for the pooled values.
    """

    kind: Kind
    detectors: tuple[float, ...]
    shifted: tuple[float, ...]
    pooled: tuple[float, ...]
    pooled_shifted: tuple[float, ...]
    changed: float
    pooled_changed: float
    difference: float
    pooled_difference: float


def shifted_row(shift: int) -> tuple[float, ...]:
    """Return the detectors after a shift to the right; below 0 to the left.

    Raises:
        InputError: a shift of more than 3.
    """
    if abs(shift) > MOST_SHIFT:
        raise InputError(f"a shift of {shift}", expected=f"-{MOST_SHIFT} to {MOST_SHIFT}")
    left, right = BESIDE
    first = len(left) - shift
    return (*left, *DETECTOR, *right)[first : first + len(DETECTOR)]


def example(kind: Kind = "max", *, shift: int = 1, size: int = 3) -> Example:
    """Return the lecture's example: all detectors change, and half of the maxima.

    Args:
        shift: of the input, to the right.
        size: of the windows, which have the stride 1 and are cut at both ends.

    Raises:
        InputError: a shift of more than 3, or a window that is not 1, 3, 5 or 7.
    """
    if size not in WINDOWS:
        raise InputError(f"a window of {size}", expected="1, 3, 5 or 7")
    after = shifted_row(shift)
    pooled, pooled_after = (pool_row(row, kind=kind, size=size) for row in (DETECTOR, after))
    return Example(
        kind,
        DETECTOR,
        after,
        pooled,
        pooled_after,
        share_changed(DETECTOR, after),
        share_changed(pooled, pooled_after),
        _difference(DETECTOR, after),
        _difference(pooled, pooled_after),
    )


def _difference(before: Sequence[float], after: Sequence[float]) -> float:
    return sum(abs(b - a) for a, b in zip(before, after, strict=True))


def shrinking(size: int, kernel: int, *, padding: int = 0) -> tuple[int, ...]:
    """Return the size after each convolution of stride 1, until it is constant or too small."""
    sizes = [size]
    while sizes[-1] + 2 * padding >= kernel and len(sizes) < 64:
        sizes.append(window_output(sizes[-1], Window(kernel, 1, padding)))
        if sizes[-1] == sizes[-2]:
            break
    return tuple(sizes)


class Change(NamedTuple):
    """Change of a layer's activations by a shift of 1 pixel.

    Attributes:
        share: share of the activations that differ.
        amount: sum of |difference| over sum of |activation|.
    """

    path: str
    pooled: bool
    share: float
    amount: float


class Measured(NamedTuple):
    """Changes of one trained network, the mean over four directions."""

    name: str
    accuracy: float
    changes: tuple[Change, ...]
    predictions_changed: float
    parameters: int

    def to_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "changes": [change._asdict() for change in self.changes]}


def architecture(variant: Variant) -> Architecture:
    """Return two convolutions, each followed by pooling or with stride 2 in its place."""
    stride = 2 if variant == "stride" else 1
    blocks: dict[str, Any] = {}
    for layer, maps in ((1, 8), (2, 16)):
        blocks[f"conv{layer}"] = Conv2d(maps, 5, stride=stride, padding=2)
        blocks[f"relu{layer}"] = ReLU()
        if variant != "stride":
            blocks[f"pool{layer}"] = MaxPool2d(2) if variant == "max" else AvgPool2d(2)
    return Architecture(
        name=f"small_{variant}",
        input=CHW(1, 28, 28),
        num_classes=10,
        block=Chain(**blocks, flatten=Flatten(), fc=Linear(10)),
    )


@final
@dataclass(frozen=True)
class Pooling:
    """Settings of the measurement.

    Args:
        images: number of test images to shift.
        train_images: number of training images of the small networks, for one epoch.
    """

    images: int = 2000
    train_images: int = 12_000
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.images <= 10_000:
            raise InputError(f"{self.images} images", expected="1 to 10,000")
        if not 64 <= self.train_images <= 55_000:
            raise InputError(f"{self.train_images} training images", expected="64 to 55,000")

    def small(self, variant: Variant) -> Measured:
        """Train a small network for one epoch and measure it."""
        import torch
        from torch.nn import functional as F

        from convscope.data.sets.mnist import MNIST
        from convscope.network import build

        split = MNIST.split("train")
        images = split.images_NCHW[: self.train_images].float() / 255
        labels = split.labels_N[: self.train_images]
        network = build(architecture(variant), seed=self.seed)
        optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
        generator = torch.Generator().manual_seed(self.seed)
        order = torch.randperm(len(images), generator=generator)
        for batch in torch.split(order, 64):
            optimiser.zero_grad()
            loss = F.cross_entropy(network(images[batch]), labels[batch])
            torch.autograd.backward(loss)
            optimiser.step()
        return self._measure(variant, network, lambda images: images.float() / 255)

    def measure(
        self, name: str, network: "Network", preprocessing: "Callable[[Tensor], Tensor]"
    ) -> Measured:
        """Measure a trained network for MNIST digits.

        Args:
            preprocessing: from pixels (0 to 255) to the network's input.

        Raises:
            InputError: a network for other images.
        """
        architecture = network.architecture
        if architecture.input.channels != 1 or architecture.num_classes != 10:
            raise InputError(
                f"a model of {architecture.input} images and {architecture.num_classes} classes",
                expected="a model trained on MNIST: 1 channel, 10 classes",
                where=name,
            )
        return self._measure(name, network, preprocessing)

    def _measure(
        self, name: str, network: "Network", preprocessing: "Callable[[Tensor], Tensor]"
    ) -> Measured:
        import torch

        from convscope.data.sets.mnist import MNIST
        from convscope.network import activations

        network.eval()
        split = MNIST.split("test")
        raw_NCHW, labels = split.images_NCHW[: self.images], split.labels_N[: self.images]
        pools = _pools(network.architecture)
        paths = list(dict.fromkeys(path for pair in pools for path in pair if path))

        def run(images_NCHW: "Tensor") -> "tuple[Tensor, dict[str, Tensor]]":
            with torch.no_grad(), activations(network, paths) as outputs:
                predictions_N = network(preprocessing(images_NCHW)).argmax(1)
            return predictions_N, outputs

        predictions_N, before = run(raw_NCHW)
        totals = {path: [0.0, 0.0] for path in paths}
        flipped = 0.0
        for shift in SHIFTS:
            shifted_N, after = run(shifted(raw_NCHW, shift))
            flipped += float((shifted_N != predictions_N).float().mean()) / len(SHIFTS)
            for path in paths:
                difference = (after[path] - before[path]).abs()
                scale = float(before[path].abs().sum())
                totals[path][0] += float((difference > SAME).float().mean()) / len(SHIFTS)
                totals[path][1] += float(difference.sum()) / max(scale, SAME) / len(SHIFTS)
        pooled = {after_pool for _, after_pool in pools if after_pool}
        return Measured(
            name,
            float((predictions_N == labels).float().mean()),
            tuple(Change(path, path in pooled, *totals[path]) for path in paths),
            flipped,
            sum(parameter.numel() for parameter in network.parameters()),
        )


def shifted(images_NCHW: "Tensor", shift: tuple[int, int]) -> "Tensor":
    """Return images shifted by whole pixels, filled with 0: (N, C, H, W) -> (N, C, H, W)."""
    import torch

    down, right = shift
    result = torch.roll(images_NCHW, (down, right), dims=(2, 3))
    if down:
        result[:, :, slice(None, down) if down > 0 else slice(down, None)] = 0
    if right:
        result[..., slice(None, right) if right > 0 else slice(right, None)] = 0
    return result


def _pools(architecture: Architecture) -> list[tuple[str, str]]:
    """Return (layer before, pooling layer) of a network; without pooling, its activations."""
    producers = {step.output: step.path for step in architecture.trace.steps}
    layers = [step for step in architecture.trace.steps if step.layer and not step.auxiliary]
    pools = [
        (producers.get(step.inputs[0], ""), step.path)
        for step in layers
        if step.layer and step.layer.role == "pooling"
    ]
    activations = [
        (step.path, "") for step in layers if step.layer and step.layer.role == "activation"
    ]
    return pools or activations


def to_dict(
    lab: Pooling, networks: Sequence[Measured], *, shift: int = 1, size: int = 3
) -> dict[str, Any]:
    """Return everything as JSON data.

    Args:
        shift, size: of the example.
    """
    examples = {kind: example(kind, shift=shift, size=size) for kind in KINDS}
    return {
        "lab": "pooling",
        "shift": shift,
        "size": size,
        "example": {kind: values._asdict() for kind, values in examples.items()},
        "shrinking": {
            "without padding": shrinking(28, 5),
            "with padding 2": shrinking(28, 5, padding=2),
        },
        "images": lab.images,
        "measured": [network.to_dict() for network in networks],
    }
