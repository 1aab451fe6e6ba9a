"""What a training step of convscope costs, against the best loop that we can write by hand.

    python benchmarks/training_step.py [--blocks 40] [--steps 10] [--batch 256] [--threads 2]

Three ways take turns, block by block, in one process, so that the machine's moods touch all:

ours        `convscope.train`'s own generator: uint8 in memory, normalisation as a layer, events,
            training accuracy, the NaN guard, the look for commands
by hand     everything normalised and padded beforehand as float32, one gather a step, fused
            AdamW, channels_last, one-cycle; it only adds up the loss
DataLoader  the tutorial's loop: torch.utils.data over single images, plain AdamW

The ratio is the median over neighbouring blocks. CPU time is printed beside wall time, as it
says more on a machine that others use too.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.nn import functional as F

from convscope import data as datasets
from convscope import zoo
from convscope.data.loading.in_memory import Batch, Loader
from convscope.network import build
from convscope.training.job import Job
from convscope.training.loop import train
from convscope.training.prepare import make_job
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.folder import DataRecord, Run

BUDGET = 1.03


class Endless:
    """A loader whose one epoch never ends, so that no block holds a validation."""

    steps_per_epoch = 10**7

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def batch(self, epoch: int, step: int) -> Batch:
        return self._loader.batch(*divmod(step, self._loader.steps_per_epoch))


def ours(job: Job, run: Run) -> Iterator[None]:
    for event in train(job, run):
        if event.type == "Step":
            yield


def by_hand(images_NCHW: torch.Tensor, labels_N: torch.Tensor, batch: int) -> Callable[[], None]:
    network = build(zoo.load("lenet5"), seed=0).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 5e-3, total_steps=10**6, cycle_momentum=False
    )
    order, at = torch.randperm(len(labels_N)), 0
    total = torch.zeros(())

    def step() -> None:
        nonlocal order, at, total
        if at + batch > len(order):
            order, at = torch.randperm(len(labels_N)), 0
        chosen = order[at : at + batch]
        at += batch
        loss = F.cross_entropy(
            network(images_NCHW.index_select(0, chosen)), labels_N.index_select(0, chosen)
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        total += loss.detach()

    return step


def data_loader(job: Job, split: datasets.Split, batch: int) -> Callable[[], None]:
    network = build(zoo.load("lenet5"), seed=0)
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


def prepared(job: Job, split: datasets.Split) -> torch.Tensor:
    """All images as the network wants them, once."""
    with torch.no_grad():
        parts = [job.inputs(part) for part in split.images_NCHW.split(1000)]
    return torch.cat(parts).contiguous(memory_format=torch.channels_last)


def measure(block: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    block()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("blocks", 40), ("steps", 10), ("batch", 256), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    data, architecture = datasets.open("mnist"), zoo.load("lenet5")
    recipe = Recipe(
        epochs=1, batch_size=args.batch, lr=5e-3, log_every=args.steps, checkpoint_every=10**8
    )
    job = make_job(architecture, data, recipe)
    job = Job(**{**job.__dict__, "batches": Endless(job.batches)})  # type: ignore[arg-type]
    split = data.split("train")
    record = DataRecord(name="mnist", fingerprint="", classes=data.classes)

    with (
        tempfile.TemporaryDirectory() as folder,
        Run.create(Path(folder) / "run", architecture, recipe, record) as run,
    ):
        stream = ours(job, run)
        hand = by_hand(prepared(job, split), split.labels_N, args.batch)
        plain = data_loader(job, split, args.batch)
        ways: dict[str, Callable[[], None]] = {
            "ours": lambda: next(stream),
            "by hand": lambda: [hand() for _ in range(args.steps)] and None,
            "DataLoader": lambda: [plain() for _ in range(args.steps)] and None,
        }
        for block in ways.values():
            block()
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        names = list(ways)
        for turn in range(args.blocks):
            for name in names if turn % 2 else names[::-1]:
                figures[name].append(measure(ways[name]))
        stream.close()
    report(figures, args.steps, args.batch)


def report(figures: dict[str, list[tuple[float, float]]], steps: int, batch: int) -> None:
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, batch {batch}")
    for name, blocks in figures.items():
        wall = statistics.median(b[0] for b in blocks) / steps
        cpu = statistics.median(b[1] for b in blocks) / steps
        print(f"{name:<11} {wall * 1e3:6.2f} ms a step, {cpu * 1e3:6.2f} ms CPU, "
              f"{batch / wall:7,.0f} images/s")  # fmt: skip
    for kind, at in (("wall", 0), ("CPU", 1)):
        ratios = [a[at] / b[at] for a, b in zip(figures["ours"], figures["by hand"], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        verdict = "within" if middle <= BUDGET else "OVER"
        print(f"{kind:<5} ours / by hand = {middle:.3f} (quartiles {low:.3f} {high:.3f}), "
              f"{verdict} the budget of {BUDGET}")  # fmt: skip


if __name__ == "__main__":
    main()
