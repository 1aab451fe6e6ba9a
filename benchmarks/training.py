"""Training against peers: the same network, data and batch, each peer in its own environment.

    python benchmarks/training.py [--epochs 4] [--target 0.885] [--rounds 3] [--only NAME ...]

The network is the convnet of Keras's MNIST example (34,826 parameters), the data Fashion-MNIST,
the batch 128, the optimiser Adam at 1e-3 (ConvNetJS: its own demo's Adadelta; it has no Adam).

ours          `convscope`: recipe, events, validation, checkpoints, all that a run does
pytorch       the loop of `pytorch/examples` MNIST: a DataLoader over single images
torchvision   its reference scripts' style: two workers, meters, top-1 and top-5 each step
keras         Keras 3 on JAX, `fit` on arrays in memory
convnetjs     ConvNetJS 0.3.0 in Node, image by image

Two measurements. Speed: in each round all take turns with one epoch (ConvNetJS with 1,000
images), the median over the rounds is printed, with the ratio to ours in the same round. Time to
an accuracy: each trains `--epochs` epochs, the training seconds up to the first epoch whose test
accuracy reaches the target are printed. Peak memory is the proportional set size of the process
and its children, looked at five times a second.

The environments are made beside this file (benchmarks/peers/environments, about 2 GB) on the
first run: it needs pip and npm.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
PEERS = HERE / "peers"
ENVIRONMENTS = PEERS / "environments"
CONSTRAINTS = HERE.parent / "constraints.txt"
BATCH = 128
JS_IMAGES = 1_000


@dataclass(frozen=True)
class Peer:
    """How a peer is called. `command(folder, epochs)` prints a JSON line an epoch."""

    name: str
    command: Callable[[Path, int], list[str]]
    variables: dict[str, str]


@dataclass(frozen=True)
class Result:
    """What one call printed and how much memory it took at most."""

    lines: list[dict[str, float]]
    peak_mb: float

    @property
    def images_per_second(self) -> float:
        return self.lines[-1]["images"] / self.lines[-1]["seconds"]

    def seconds_to(self, target: float) -> float | None:
        return next((x["seconds"] for x in self.lines if x["accuracy"] >= target), None)


def environment(name: str, *packages: str) -> str:
    """The Python of a peer's own environment, made on the first call."""
    folder = ENVIRONMENTS / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"making {folder} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "-c", CONSTRAINTS, *packages], check=True
        )
        (folder / "ready").touch()
    return str(python)


def node_modules() -> str:
    folder = ENVIRONMENTS / "convnetjs"
    if not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--silent", "--ignore-scripts", "convnetjs@0.3.0"]
        subprocess.run(install, cwd=folder, check=True)
        (folder / "ready").touch()
    return str(folder / "node_modules")


def peers() -> tuple[Peer, ...]:
    """All of them, their environments made where they are missing."""
    torch_python = environment("pytorch", "torch", "numpy", "pillow")
    keras_python = environment("keras", "keras==3.15.1", "jax", "numpy")
    modules = node_modules()
    batch = str(BATCH)

    def script(python: str, name: str, *arguments: str) -> list[str]:
        return [python, str(PEERS / name), *arguments]

    return (
        Peer("ours", lambda _, n: script(sys.executable, "ours.py", batch, str(n)), {}),
        Peer(
            "pytorch",
            lambda data, n: script(
                torch_python,
                "pytorch_examples.py",
                str(data),
                "keras_example",
                batch,
                "adam",
                str(n),
            ),
            {},
        ),
        Peer(
            "torchvision",
            lambda data, n: script(
                torch_python, "torchvision_style.py", str(data), "keras_example", batch, str(n)
            ),
            {},
        ),
        Peer(
            "keras",
            lambda data, n: script(keras_python, "keras_jax.py", str(data), batch, str(n)),
            {"KERAS_BACKEND": "jax"},
        ),
        Peer(
            "convnetjs",
            lambda data, n: [
                "node",
                str(PEERS / "convnetjs.cjs"),
                str(data),
                batch,
                str(n * JS_IMAGES),
            ],
            {"NODE_PATH": modules},
        ),
    )


def write_arrays(folder: Path) -> None:
    """Fashion-MNIST as plain arrays: the same bytes for everybody."""
    from convscope import data as datasets

    data = datasets.open("fashion_mnist")
    parts = {"train": ("train", "val"), "test": ("test",)}
    for name, splits in parts.items():
        found = [data.split(split) for split in splits]
        images = np.concatenate([split.images_NCHW[:, 0].numpy() for split in found])
        labels = np.concatenate([split.labels_N.numpy() for split in found]).astype(np.uint8)
        np.save(folder / f"{name}_images.npy", images)
        np.save(folder / f"{name}_labels.npy", labels)


def call(peer: Peer, folder: Path, epochs: int) -> Result:
    """Run a peer to its end."""
    process = subprocess.Popen(
        peer.command(folder, epochs),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **peer.variables},
    )
    peak = Peak(process.pid)
    peak.start()
    assert process.stdout is not None
    lines = [json.loads(line) for line in process.stdout if line.startswith("{")]
    if process.wait():
        raise SystemExit(f"{peer.name} ended with {process.returncode}")
    peak.join()
    return Result(lines, peak.bytes / 2**20)


class Peak(threading.Thread):
    """The most memory that a process and its children share out among them, in bytes."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.bytes = pid, 0

    def run(self) -> None:
        while Path(f"/proc/{self.pid}/smaps_rollup").exists():
            now = sum(proportional_bytes(pid) for pid in family(self.pid))
            if not now:
                return
            self.bytes = max(self.bytes, now)
            time.sleep(0.2)


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in family(int(child)))]


def proportional_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended
        return 0
    return next(
        (int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--target", type=float, default=0.885)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    everyone = [peer for peer in peers() if not args.only or peer.name in args.only]
    arrays = ENVIRONMENTS / "arrays"
    arrays.mkdir(exist_ok=True)
    write_arrays(arrays)

    speed: dict[str, list[float]] = {peer.name: [] for peer in everyone}
    for number in range(args.rounds):
        for peer in everyone:
            result = call(peer, arrays, 1)
            speed[peer.name].append(result.images_per_second)
            print(
                f"round {number + 1}: {peer.name:12} {result.images_per_second:8.0f} images/s",
                file=sys.stderr,
            )
    print(
        "| who | images/s, median (all rounds) | ours is x times as fast | peak MB | s to "
        f"{args.target:.1%} | best test accuracy |"
    )
    print("|---|---|---|---|---|---|")
    for peer in everyone:
        long = call(peer, arrays, args.epochs)
        rounds = speed[peer.name]
        ratios = [a / b for a, b in zip(speed.get("ours", rounds), rounds, strict=True)]
        reached = long.seconds_to(args.target)
        print(
            f"| {peer.name} | {statistics.median(rounds):,.0f} "
            f"({', '.join(f'{x:,.0f}' for x in rounds)}) "
            f"| {statistics.median(ratios):.2f} | {long.peak_mb:,.0f} "
            f"| {'not reached' if reached is None else f'{reached:.1f}'} "
            f"| {max(x['accuracy'] for x in long.lines):.2%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
