"""What several ranks cost and give: one against two processes, and the price of agreeing.

    python benchmarks/ranks.py [--processes 2] [--steps 30]

Each process has one thread, on a machine whose cores are shared: the ratios are what counts.
The gradients, the agreement and the running averages travel over gloo on this machine; over
NCCL and several machines the figures are others.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch

import convscope
from convscope.arch import Chain
from convscope.data import Split
from convscope.data.loading.in_memory import Loader
from convscope.distributed import Group, Ranks, launch, process_group
from convscope.layers import Normalize
from convscope.network import build, build_block
from convscope.training.data_parallel import DataParallel
from convscope.training.job import Job
from convscope.training.loop import _step
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.control import Control
from convscope.training.run.folder import DataRecord
from convscope.training.run.no_op import NoOpRun
from convscope.training.state import State

NETWORKS = (("lenet5", 256), ("resnet20", 64))
CALLS = 300


def job_of(name: str, batch: int, group: Group) -> tuple[Job, Recipe]:
    """A network on noise that lies in memory: no file is read, and nothing is augmented."""
    architecture = convscope.load(name)
    shape = architecture.input
    split = Split(
        torch.randint(0, 256, (4 * batch, *shape), dtype=torch.uint8),
        torch.randint(0, architecture.num_classes, (4 * batch,)),
    )
    recipe = Recipe(epochs=1000, batch_size=batch, lr=1e-4, optimiser=SGD())
    scale = ((0.5,) * shape.channels, (0.25,) * shape.channels)
    preprocessing = build_block(Chain(normalise=Normalize(*scale)), shape)
    network = build(architecture).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches = Loader(split, batch_size=batch, seed=0, rank=group.rank, world_size=group.world_size)
    job = Job(
        network=network,
        preprocessing=preprocessing,
        training_preprocessing=preprocessing,
        batches=batches,
        validation=split,
        classes=tuple(str(k) for k in range(architecture.num_classes)),
        training_samples=len(split),
        device=torch.device("cpu"),
        group=group,
    )
    return job, recipe


def measure(name: str, batch: int, steps: int, group: Group) -> dict[str, float]:
    """Milliseconds a step, and of its agreement alone."""
    job, recipe = job_of(name, batch, group)
    record = DataRecord(name="noise", fingerprint="0", classes=job.classes)
    run = NoOpRun(Path("nowhere"), job.network.architecture, recipe, record)
    state = State(job.network, run, per_epoch=job.batches.steps_per_epoch)
    control = Control(Path("nowhere") / "control.jsonl")
    team = DataParallel(
        job.network, group, device=job.device, control=control, stop_requested=lambda: False
    )
    job.network.train()
    team.wrap()
    times = []
    for number in range(steps + 3):
        begun = time.perf_counter()
        team.poll()
        _step(job, state, team)
        if number >= 3:
            times.append(time.perf_counter() - begun)
    agreeing = []
    loss, correct = torch.tensor(1.0), torch.tensor(1)
    for _ in range(CALLS):
        begun = time.perf_counter()
        team.sum_up([loss], [correct])
        agreeing.append(time.perf_counter() - begun)
    return {"step_ms": 1e3 * median(times), "agree_ms": 1e3 * median(agreeing)}


def as_rank(steps: int) -> None:
    torch.set_num_threads(1)
    ranks = Ranks.from_environment()
    with process_group(ranks, device="cpu") as group:
        for name, batch in NETWORKS:
            figures = measure(name, batch, steps, group)
            if group.rank == 0:
                row = {"network": name, "batch": batch, "ranks": ranks.world_size, **figures}
                with open(os.environ["RANKS_OUT"], "a") as file:
                    file.write(json.dumps(row) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--steps", type=int, default=30)
    given = parser.parse_args()
    if "RANKS_OUT" in os.environ:
        as_rank(given.steps)
        return
    command = [sys.executable, __file__, "--steps", str(given.steps)]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "rows.jsonl"
        os.environ.update(RANKS_OUT=str(out), OMP_NUM_THREADS="1")
        subprocess.run(command, check=True)
        launch(command, count=given.processes, say=print)
        rows = [json.loads(line) for line in out.read_text().splitlines()]
    print("| network | batch | 1 process, ms | ranks | ms | speed | agreement, ms | of the step |")
    print("|---|---|---|---|---|---|---|---|")
    for one in (row for row in rows if row["ranks"] == 1):
        for many in (r for r in rows if r["ranks"] > 1 and r["network"] == one["network"]):
            print(
                f"| {one['network']} | {one['batch']} | {one['step_ms']:.1f} | {many['ranks']} | "
                f"{many['step_ms']:.1f} | {one['step_ms'] / many['step_ms']:.2f} x | "
                f"{many['agree_ms']:.2f} | {many['agree_ms'] / many['step_ms']:.1%} |"
            )


if __name__ == "__main__":
    main()
