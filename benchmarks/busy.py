"""What training reaches while other processes keep the cores busy, and on an idle machine.

Steps with one thread, with all threads as PyTorch runs them, and with all threads watched
(`convscope.machine.contention`), in turn, in one process. Alone first, then beside one process
per core that computes without end. Prints images per second and CPU time per step, and the ratios.

python benchmarks/busy.py [--network conv5_bn] [--rounds 5] [--seconds 4]
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F

from convscope import zoo
from convscope.machine.contention import watched_contention
from convscope.machine.cpus import available_cpus
from convscope.network import build

BATCH = 128


def training_step(name: str) -> Callable[[], None]:
    torch.manual_seed(1)
    architecture = zoo.load(name)
    network = build(architecture).to(memory_format=torch.channels_last).train()
    images = torch.rand(BATCH, *architecture.input).to(memory_format=torch.channels_last)
    labels = torch.randint(0, architecture.num_classes, (BATCH,))
    optimiser = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9, fused=True)

    def step() -> None:
        optimiser.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimiser.step()

    return step


def measure(step: Callable[[], None], seconds: float) -> tuple[float, float]:
    """Return images per second and CPU milliseconds per step."""
    steps, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        step()
        steps += 1
    rate = steps * BATCH / (time.perf_counter() - wall)
    return rate, (time.process_time() - cpu) / steps * 1000


def table(step: Callable[[], None], rounds: int, seconds: float) -> dict[str, float]:
    threads = torch.get_num_threads()
    ways: dict[str, tuple[int, Callable[[], AbstractContextManager[None]]]] = {
        "one thread": (1, nullcontext),
        f"{threads} threads": (threads, nullcontext),
        f"{threads} threads, watched": (threads, watched_contention),
    }
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (count, context) in ways.items():
            torch.set_num_threads(count)
            with context():
                figures[name].append(measure(step, seconds))
    torch.set_num_threads(threads)
    rates = {name: statistics.median(r for r, _ in blocks) for name, blocks in figures.items()}
    for name, blocks in figures.items():
        lowest, highest = min(r for r, _ in blocks), max(r for r, _ in blocks)
        cpu = statistics.median(c for _, c in blocks)
        print(
            f"  {name:<20} {rates[name]:7,.0f} images/s ({lowest:,.0f} to {highest:,.0f}), "
            f"{cpu:6.1f} ms CPU a step, {rates[name] / rates['one thread']:5.2f} x one thread"
        )
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--network", default="conv5_bn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    args = parser.parse_args()
    step = training_step(args.network)
    step()
    print(f"{args.network}, batch {BATCH}, torch {torch.__version__}, {available_cpus()} cores")
    print("alone:")
    alone = table(step, args.rounds, args.seconds)
    others = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(available_cpus())
    ]
    try:
        print(f"beside {len(others)} processes that keep the cores busy:")
        busy = table(step, args.rounds, args.seconds)
    finally:
        for other in others:
            other.kill()
    watched, plain = list(alone)[2], list(alone)[1]
    print(f"watched / not watched: alone {alone[watched] / alone[plain]:.2f}, "
          f"busy {busy[watched] / busy[plain]:.1f}")  # fmt: skip
    print(f"busy and watched / one thread alone: {busy[watched] / alone['one thread']:.2f}")


if __name__ == "__main__":
    main()
