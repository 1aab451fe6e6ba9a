"""Pooling under a shift of one pixel, and what stands in its place.

First the lecture's example in four numbers. Then real digits: small networks with maximum
pooling, average pooling and a stride in place of pooling are trained on MNIST, the digits move
by one pixel, and what changes before and after each pooling is counted.

    python -m convscope.labs.pooling [MODEL] [--images 2000]

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
    from pathlib import Path

    from torch import Tensor, nn

Kind = Literal["max", "average"]
Variant = Literal["max", "average", "stride"]
KINDS: tuple[Kind, ...] = ("max", "average")
VARIANTS: tuple[Variant, ...] = ("max", "average", "stride")

DETECTOR = (0.1, 1.0, 0.2, 0.1)
DETECTOR_SHIFTED = (0.3, 0.1, 1.0, 0.2)
"""The lecture's picture, from Goodfellow, Bengio and Courville 2016, Fig. 9.8: the row of
detectors, and the same row when the input moved by one to the right."""

SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0))
"""By one pixel: right, left, down, up."""

SAME = 1e-6


def pool_row(row: Sequence[float], *, kind: Kind = "max", size: int = 3) -> tuple[float, ...]:
    """Pooling with stride 1 along a row; windows end where the row ends. n -> n."""
    half = size // 2
    parts = [row[max(0, i - half) : i + half + 1] for i in range(len(row))]
    return tuple(max(part) if kind == "max" else sum(part) / len(part) for part in parts)


def share_changed(before: Sequence[float], after: Sequence[float]) -> float:
    """The share of places whose value is another one."""
    return sum(abs(a - b) > SAME for a, b in zip(before, after, strict=True)) / len(before)


class Example(NamedTuple):
    """The lecture's four numbers, before and after the shift, with one kind of pooling."""

    kind: Kind
    detectors: tuple[float, ...]
    shifted: tuple[float, ...]
    pooled: tuple[float, ...]
    pooled_shifted: tuple[float, ...]
    changed: float
    pooled_changed: float


def example(kind: Kind = "max") -> Example:
    """All detectors change; of the maxima only half do."""
    pooled = pool_row(DETECTOR, kind=kind)
    moved = pool_row(DETECTOR_SHIFTED, kind=kind)
    return Example(
        kind,
        DETECTOR,
        DETECTOR_SHIFTED,
        pooled,
        moved,
        share_changed(DETECTOR, DETECTOR_SHIFTED),
        share_changed(pooled, moved),
    )


def shrinking(size: int, kernel: int, *, padding: int = 0) -> tuple[int, ...]:
    """The size after each convolution of stride 1, until no window fits or it stays."""
    sizes = [size]
    while sizes[-1] + 2 * padding >= kernel and len(sizes) < 64:
        sizes.append(window_output(sizes[-1], Window(kernel, 1, padding)))
        if sizes[-1] == sizes[-2]:
            break
    return tuple(sizes)


class Change(NamedTuple):
    """What one pixel of shift does to a layer.

    Attributes:
        share: of the activations, how many are not what they were.
        amount: sum of |difference| over sum of |activation|.
    """

    path: str
    pooled: bool
    share: float
    amount: float


class Measured(NamedTuple):
    """A trained network under the shift, over all four directions."""

    name: str
    accuracy: float
    changes: tuple[Change, ...]
    predictions_changed: float
    parameters: int

    def to_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "changes": [change._asdict() for change in self.changes]}


def architecture(variant: Variant) -> Architecture:
    """Two convolutions; each is followed by pooling, or has a stride of 2 in its place."""
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
    """What to measure on.

    Args:
        images: of the test split, to shift.
        train_images: to train the small networks with, once.
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
        """Train one of the small networks, once through the images, and measure it."""
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
        return self._measure(variant, network, None)

    def model(self, path: "Path") -> Measured:
        """Measure a model file that takes digits.

        Raises:
            InputError: no such file, or a model of other images.
            FormatError: not a model.
        """
        from convscope.network import read_model

        if not path.is_file():
            raise InputError("there is no such file", expected="a model file", where=str(path))
        file = read_model(path)
        shape = file.card.architecture.input
        if shape.channels != 1 or file.card.architecture.num_classes != 10:
            raise InputError(
                f"the model takes {shape} and knows {file.card.architecture.num_classes} classes",
                expected="one that was trained on MNIST: one channel, ten classes",
                where=str(path),
            )
        return self._measure(path.name, file.network(), file.prepare())

    def _measure(
        self, name: str, network: "nn.Module", preprocessing: "nn.Module | None"
    ) -> Measured:
        import torch

        from convscope.data.sets.mnist import MNIST
        from convscope.network import activations

        network.eval()
        split = MNIST.split("test")
        raw_NCHW, labels = split.images_NCHW[: self.images], split.labels_N[: self.images]
        pools = _around_pools(network)
        paths = list(dict.fromkeys(path for pair in pools for path in pair if path))

        def run(images_NCHW: "Tensor") -> "tuple[Tensor, dict[str, Tensor]]":
            ready = preprocessing(images_NCHW) if preprocessing else images_NCHW.float() / 255
            with torch.no_grad(), activations(network, paths) as seen:
                answers = network(ready).argmax(1)
            return answers, seen

        answers, before = run(raw_NCHW)
        totals = {path: [0.0, 0.0] for path in paths}
        flipped = 0.0
        for shift in SHIFTS:
            moved_answers, after = run(shifted(raw_NCHW, shift))
            flipped += float((moved_answers != answers).float().mean()) / len(SHIFTS)
            for path in paths:
                difference = (after[path] - before[path]).abs()
                scale = float(before[path].abs().sum())
                totals[path][0] += float((difference > SAME).float().mean()) / len(SHIFTS)
                totals[path][1] += float(difference.sum()) / max(scale, SAME) / len(SHIFTS)
        pooled = {after_pool for _, after_pool in pools if after_pool}
        return Measured(
            name,
            float((answers == labels).float().mean()),
            tuple(Change(path, path in pooled, *totals[path]) for path in paths),
            flipped,
            sum(parameter.numel() for parameter in network.parameters()),
        )


def shifted(images_NCHW: "Tensor", shift: tuple[int, int]) -> "Tensor":
    """Move images by whole pixels; black comes in at the edge. (N, C, H, W) -> (N, C, H, W)."""
    import torch

    down, right = shift
    moved = torch.roll(images_NCHW, (down, right), dims=(2, 3))
    if down:
        moved[:, :, :down] = 0 if down > 0 else moved[:, :, :down]
        moved[:, :, down:] = 0 if down < 0 else moved[:, :, down:]
    if right:
        moved[..., :right] = 0 if right > 0 else moved[..., :right]
        moved[..., right:] = 0 if right < 0 else moved[..., right:]
    return moved


def _around_pools(network: "nn.Module") -> list[tuple[str, str]]:
    """(layer before, pooling) of a network; without pooling, its ReLUs or tanhs alone."""
    from torch import nn

    leaves = [(n, m) for n, m in network.named_modules() if n and not list(m.children())]
    pools = [
        (leaves[place - 1][0] if place else "", name)
        for place, (name, module) in enumerate(leaves)
        if isinstance(module, nn.MaxPool2d | nn.AvgPool2d)
    ]
    bends = [(name, "") for name, m in leaves if isinstance(m, nn.ReLU | nn.Tanh)]
    return pools or bends


if __name__ == "__main__":
    from convscope.labs.pooling_play import main
    from convscope.labs.terminal import run

    run(main)
