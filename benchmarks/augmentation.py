"""What each augmentation and each mix costs: images a second on one thread.

    python benchmarks/augmentation.py [--rounds 30] [--markdown] [--json]

Batches as training has them: 256 images of 32x32 (CIFAR) and 64 of 224x224 (ImageNet), three
channels, bytes, in memory. The time is the processor's, not the clock's, and the best round
counts: the machine is shared.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from convscope.data import (
    Affine,
    BatchShift,
    ColourJitter,
    Cutout,
    HorizontalFlip,
    PadAndCrop,
    PcaLighting,
    RandomErasing,
    Rotation,
    Shift,
)
from convscope.data.augment.mix import CutMix, Mixup

SIZES = ((256, 32), (64, 224))
Run = Callable[[Tensor, torch.Generator], object]

AUGMENTS = (
    HorizontalFlip(),
    BatchShift(pixels=4),
    Shift(pixels=4),
    PadAndCrop(pixels=4, border="reflect"),
    Cutout(pixels=8),
    RandomErasing(),
    Rotation(),
    Affine(),
    PcaLighting(),
    ColourJitter(),
    ColourJitter(hue=0.1),
)


class Row(NamedTuple):
    """One way, at one size."""

    name: str
    side: int
    seconds: float
    num_images: int

    @property
    def images_per_second(self) -> float:
        return self.num_images / self.seconds


def ways() -> dict[str, Run]:
    found: dict[str, Run] = {"(a copy as float32)": lambda images, _: images.float()}
    for augment in AUGMENTS:
        name = type(augment).__name__
        name += " with hue" if isinstance(augment, ColourJitter) and augment.hue else ""
        name += f" ({augment.border})" if isinstance(augment, PadAndCrop) else ""
        found[name] = augment.apply
    for mix in (Mixup(), CutMix()):
        found[type(mix).__name__] = lambda images, generator, mix=mix: mix.apply(
            images, torch.zeros(len(images), dtype=torch.int64), generator
        )
    return found


def best(run: Run, images: Tensor, rounds: int) -> float:
    times = []
    for number in range(rounds + 1):
        generator = torch.Generator().manual_seed(number)
        begin = time.process_time()
        run(images, generator)
        times.append(time.process_time() - begin)
    return min(times[1:])


def measure(rounds: int) -> list[Row]:
    rows = []
    for num, side in SIZES:
        images = torch.randint(256, (num, 3, side, side), dtype=torch.uint8)
        for name, run in ways().items():
            seconds = best(run, images, rounds)
            rows.append(Row(name, side, seconds, num))
    return rows


def markdown(rows: list[Row]) -> str:
    head = "| augmentation | " + " | ".join(f"{n} of {s}x{s}, images/s" for n, s in SIZES)
    lines = [head + " |", "|---" * (1 + len(SIZES)) + "|"]
    for name in ways():
        cells = [f"{row.images_per_second:,.0f}" for row in rows if row.name == name]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = measure(options.rounds)
    if options.json:
        print(json.dumps([row._asdict() for row in rows], indent=2))
    elif options.markdown:
        print(markdown(rows))
    else:
        for row in rows:
            print(
                f"{row.side:4}  {row.name:24} {row.seconds * 1e3:8.2f} ms "
                f"{row.images_per_second:12,.0f} images/s"
            )


if __name__ == "__main__":
    main()
