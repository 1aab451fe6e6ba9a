"""What watching a run costs: the same training with and without it.

    python benchmarks/watching.py [--networks lenet5 ...] [--seconds 30] [--threads 2]

Both trainings run in one process and take turns, block by block, so that the machine's load
touches both. Captures come in bursts, so the ratio is that of the sums over all blocks, of wall
time and of CPU time; beside it the median of neighbouring blocks. An epoch ends after every block,
with a frame for the filmstrip. Images and labels are random: a step takes as long.

The last columns: captures of figures and predictions a second, the longest step that was captured
against the median one, and the seconds from the start to the first figures.
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from training_step import BLOCK_S, NETWORKS, job_of, measure, random_split

from convscope import zoo
from convscope.shapes import CHW
from convscope.training.loop import train
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.files import WATCH
from convscope.training.run.folder import DataRecord, Run
from convscope.training.watching.files import PREDICTIONS, STATISTICS, whole_lines
from convscope.training.watching.watcher import Watcher

BUDGET = 1.03
Pair = tuple[float, float]


def compare(name: str, seconds: float) -> None:
    """Measure one network, and print its row."""
    batch, count = NETWORKS[name]
    architecture = zoo.load(name)
    images = CHW(1, 28, 28) if name == "lenet5" else architecture.input
    split = random_split(images, architecture.num_classes, count)
    recipe = Recipe(epochs=1, batch_size=batch, lr=1e-3, log_every=1, checkpoint_every=10**8)
    with tempfile.TemporaryDirectory() as folder:
        runs, streams, watchers = [], {}, {}
        for way in ("watched", "alone"):
            job = job_of(architecture, images, split, recipe)
            record = DataRecord(name="random", fingerprint="", classes=job.classes)
            run = Run.create(Path(folder) / way, architecture, recipe, record)
            watcher = Watcher(job, run.folder, seed=0, on=way == "watched")
            runs.append(run)
            streams[way] = steps_of(job, run, watcher)
            watchers[way] = watcher
        begin = time.perf_counter()
        next(streams["watched"])
        first_s = time.perf_counter() - begin
        next(streams["alone"])
        steps = max(1, math.ceil(BLOCK_S / measure(lambda: next(streams["alone"]))[0]))
        blocks: dict[str, list[Pair]] = {way: [] for way in streams}
        longest, total_s = dict.fromkeys(streams, 0.0), 0.0
        while total_s < seconds or len(blocks["alone"]) < 4:
            for way in list(streams) if len(blocks["alone"]) % 2 else list(streams)[::-1]:
                watchers[way].after_epoch()
                times = [measure(lambda way=way: next(streams[way])) for _ in range(steps)]
                blocks[way].append((sum(t[0] for t in times), sum(t[1] for t in times)))
                longest[way] = max(longest[way], *(t[0] for t in times))
                total_s += blocks[way][-1][0]
        watched_s = sum(block[0] for block in blocks["watched"])
        watch = Path(folder) / "watched" / WATCH
        captures = [len(whole_lines(watch / name)) for name in (STATISTICS, PREDICTIONS)]
        for stream in streams.values():
            stream.close()
        for run in runs:
            run.close()
    report(name, batch, blocks, steps, [count / watched_s for count in captures], longest, first_s)


def steps_of(job: object, run: Run, watcher: Watcher) -> Iterator[None]:
    for event in train(job, run, watch=watcher):  # type: ignore[arg-type]
        if event.type == "Step":
            yield


def report(
    name: str, batch: int, blocks: dict[str, list[Pair]], steps: int, rates: list[float],
    longest: dict[str, float], first_s: float,
) -> None:  # fmt: skip
    step_s = statistics.median(block[0] for block in blocks["alone"]) / steps
    cells = [f"{name}, {batch}", f"{step_s * 1e3:.1f}"]
    for at in (0, 1):
        ratio = sum(b[at] for b in blocks["watched"]) / sum(b[at] for b in blocks["alone"])
        cells.append(f"{ratio:.3f}" + (" OVER" if ratio > BUDGET else ""))
    pairs = zip(blocks["watched"], blocks["alone"], strict=True)
    cells.append(f"{statistics.median(a[0] / b[0] for a, b in pairs):.3f}")
    cells.append(f"{rates[0]:.2f} + {rates[1]:.2f}")
    cells.append(f"{longest['watched'] / step_s:.1f} (alone {longest['alone'] / step_s:.1f})")
    cells += [f"{first_s:.2f}", str(len(blocks["alone"]))]
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    known = list(NETWORKS)
    parser.add_argument("--networks", nargs="+", choices=known, default=["lenet5", "resnet20"])
    parser.add_argument("--seconds", type=float, default=30, help="a row, of both together")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, budget {BUDGET}")
    print("| network, batch | step, ms | wall | CPU | median of blocks | captures/s | longest step "
          "| first, s | blocks |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for name in args.networks:
        compare(name, args.seconds)


if __name__ == "__main__":
    main()
