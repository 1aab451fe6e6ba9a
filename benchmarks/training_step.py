"""What a training step of convscope costs, against the best loop that we can write by hand.

    python benchmarks/training_step.py [--networks lenet5 ...] [--seconds 16] [--threads 2]

Five networks, each in float32 and in bfloat16, about four minutes in all. The two loops of a row
take turns, block by block, in one process, so that the machine's load touches both:

ours        `convscope.train`'s own generator: uint8 in memory, normalisation as a layer, events,
            training accuracy, the NaN guard, the look for commands
by hand     everything normalised and padded beforehand as float32, one gather a step, fused
            AdamW, channels_last, one-cycle, autocast; it only adds up the loss
DataLoader  (lenet5, float32) the tutorial's loop: torch.utils.data over single images, AdamW

The ratio is the median over neighbouring blocks. CPU time is printed beside wall time, as it
says more on a machine that others use too. Images and labels are random: a step takes as long.
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import torch
from torch.nn import functional as F

from convscope import zoo
from convscope.arch import Architecture, Chain
from convscope.data import Split
from convscope.data.loading.in_memory import Batch, Loader
from convscope.layers import CenterCrop, Normalize
from convscope.network import build, build_block
from convscope.shapes import CHW
from convscope.training.job import Job
from convscope.training.loop import train
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.folder import DataRecord, Run

Precision = Literal["float32", "bfloat16"]
BUDGET = 1.03
BLOCK_S = 0.25
NETWORKS = {  # batch, images in memory
    "lenet5": (256, 8192),
    "conv5_bn": (256, 8192),
    "all_cnn_c": (64, 2048),
    "resnet20": (128, 4096),
    "resnet18": (16, 64),
}


class Endless:
    """A loader whose one epoch never ends, so that no block holds a validation."""

    steps_per_epoch = 10**7

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def batch(self, epoch: int, step: int) -> Batch:
        return self._loader.batch(*divmod(step, self._loader.steps_per_epoch))


def random_split(shape: CHW, classes: int, count: int) -> Split:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (count, *shape), generator=generator, dtype=torch.uint8)
    return Split(images, torch.randint(classes, (count,), generator=generator))


def job_of(architecture: Architecture, images: CHW, split: Split, recipe: Recipe) -> Job:
    size = architecture.input.height, architecture.input.width
    channels = images.channels
    normalise = Normalize((0.5,) * channels, (0.25,) * channels)
    chain = Chain(border=CenterCrop(size), normalise=normalise)
    if images == architecture.input:
        chain = Chain(normalise=normalise)
    preprocessing = build_block(chain, images)
    return Job(
        network=build(architecture, seed=0).to(memory_format=torch.channels_last),
        preprocessing=preprocessing,
        training_preprocessing=preprocessing,
        batches=Endless(Loader(split, batch_size=recipe.batch_size, seed=0)),
        validation=Split(split.images_NCHW[:1], split.labels_N[:1]),
        classes=tuple(f"class {number}" for number in range(architecture.num_classes)),
        training_samples=len(split.labels_N),
        device=torch.device("cpu"),
    )


def ours(job: Job, run: Run) -> Iterator[None]:
    for event in train(job, run):
        if event.type == "Step":
            yield


def by_hand(
    architecture: Architecture, inputs: torch.Tensor, labels: torch.Tensor, batch: int,
    precision: Precision,
) -> Callable[[], None]:  # fmt: skip
    network = build(architecture, seed=0).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 5e-3, total_steps=10**6, cycle_momentum=False
    )
    order, at = torch.randperm(len(labels)), 0
    total = torch.zeros(())

    def step() -> None:
        nonlocal order, at, total
        if at + batch > len(order):
            order, at = torch.randperm(len(labels)), 0
        chosen = order[at : at + batch]
        at += batch
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            logits = network(inputs.index_select(0, chosen))
        loss = F.cross_entropy(logits.float(), labels.index_select(0, chosen))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        total += loss.detach()

    return step


def data_loader(job: Job, split: Split, batch: int) -> Callable[[], None]:
    network = build(job.network.architecture, seed=0)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)

    class Images(torch.utils.data.Dataset[tuple[torch.Tensor, int]]):
        def __len__(self) -> int:
            return len(split)

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            image = job.preprocessing(split.images_NCHW[index : index + 1])[0]
            return image, int(split.labels_N[index])

    def forever() -> Iterator[list[torch.Tensor]]:
        while True:
            yield from torch.utils.data.DataLoader(
                Images(), batch_size=batch, shuffle=True, drop_last=True
            )

    batches = forever()

    def step() -> None:
        images, labels = next(batches)
        loss = F.cross_entropy(network(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def prepared(job: Job, split: Split) -> torch.Tensor:
    """All images as the network takes them, once."""
    with torch.no_grad():
        parts = [job.inputs(part) for part in split.images_NCHW.split(1000)]
    return torch.cat(parts).contiguous(memory_format=torch.channels_last)


def measure(block: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    block()
    return time.perf_counter() - wall, time.process_time() - cpu


def repeated(step: Callable[[], None], count: int) -> Callable[[], None]:
    def block() -> None:
        for _ in range(count):
            step()

    return block


Figures = dict[str, list[tuple[float, float]]]


def compare(name: str, precision: Precision, seconds: float) -> None:
    """Measure one network in one precision, and print its row."""
    batch, count = NETWORKS[name]
    architecture = zoo.load(name)
    images = CHW(1, 28, 28) if name == "lenet5" else architecture.input
    split = random_split(images, architecture.num_classes, count)
    probe = Recipe(epochs=1, batch_size=batch, lr=5e-3, precision=precision)
    inputs = prepared(job_of(architecture, images, split, probe), split)
    hand = by_hand(architecture, inputs, split.labels_N, batch, precision)
    hand()
    steps = max(1, math.ceil(BLOCK_S / measure(hand)[0]))
    recipe = probe.override([f"log_every={steps}", f"checkpoint_every={10**8}"])
    job = job_of(architecture, images, split, recipe)
    record = DataRecord(name="random", fingerprint="", classes=job.classes)
    with (
        tempfile.TemporaryDirectory() as folder,
        Run.create(Path(folder) / "run", architecture, recipe, record) as run,
    ):
        stream = ours(job, run)
        ways = {"ours": lambda: next(stream), "by hand": repeated(hand, steps)}
        if name == "lenet5" and precision == "float32":
            ways["DataLoader"] = repeated(data_loader(job, split, batch), steps)
        figures = in_turns(ways, seconds)
        stream.close()
    report(name, precision, figures, steps, batch)


def in_turns(ways: dict[str, Callable[[], None]], seconds: float) -> Figures:
    for block in ways.values():
        block()
    figures: Figures = {name: [] for name in ways}
    names, end = list(ways), time.perf_counter() + seconds
    while time.perf_counter() < end or len(figures["ours"]) < 4:
        for name in names if len(figures["ours"]) % 2 else names[::-1]:
            figures[name].append(measure(ways[name]))
    return figures


def report(name: str, precision: str, figures: Figures, steps: int, batch: int) -> None:
    wall = [statistics.median(b[0] for b in figures[way]) for way in ("ours", "by hand")]
    cells = [f"{name}, {batch}", precision, *(f"{w / steps * 1e3:.1f}" for w in wall)]
    for at in (0, 1):
        ratios = [a[at] / b[at] for a, b in zip(figures["ours"], figures["by hand"], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        over = " OVER" if at == 0 and middle > BUDGET else ""
        cells.append(f"{middle:.3f}{over} ({low:.3f} to {high:.3f})")
    cells.append(str(len(figures["ours"])))
    print(f"| {' | '.join(cells)} |", flush=True)
    if "DataLoader" in figures:
        pairs = zip(figures["DataLoader"], figures["by hand"], strict=True)
        ratio = statistics.median(a[0] / b[0] for a, b in pairs)
        print(f"| {name}, {batch}: DataLoader / by hand | {precision} | | | {ratio:.2f} | | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--networks", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--seconds", type=float, default=16, help="a row, besides its start")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    begin = time.perf_counter()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, budget {BUDGET}")
    print("| network, batch | precision | ours, ms | by hand, ms | ratio (quartiles) "
          "| CPU ratio | blocks |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for name in args.networks:
        for precision in ("float32", "bfloat16"):
            compare(name, precision, args.seconds)
    print(f"{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
