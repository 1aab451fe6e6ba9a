"""Candidates for the recipes of Fashion-MNIST and of LeNet-5: validation accuracy and seconds.

    python benchmarks/candidates.py --list
    python benchmarks/candidates.py NAME ... [--seeds 0] [--threads 2] [--test]

The choice is by the validation split (5,000 images held back). `--test` also evaluates on the
test split: for the candidate that was chosen, with three seeds, once. Goals on two cores of a
processor with AMX: 94.0 % on Fashion-MNIST and at most 0.50 % error of LeNet-5 on MNIST, mean of
three seeds, each in five minutes. Precision is "auto" unless said.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

import convscope
from convscope import zoo
from convscope.arch import Architecture, Chain, Residual
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
)
from convscope.recipes import load_recipe
from convscope.shapes import CHW
from convscope.training.run.files import read_timings
from convscope.training.run.precision import read_choice


def _conv(width: int) -> Conv2d:
    return Conv2d(width, 3, padding=1, bias=False)


def _halving(width: int) -> Chain:
    return Chain(conv=_conv(width), pool=MaxPool2d(2), bn=BatchNorm2d(), relu=ReLU())


def _residual(width: int) -> Residual:
    body = Chain(
        conv1=_conv(width), bn1=BatchNorm2d(), relu1=ReLU(),
        conv2=_conv(width), bn2=BatchNorm2d(), relu2=ReLU(),
    )  # fmt: skip
    return Residual(body=body, shortcut=Identity())


def conv7_bn(last: int = 192) -> Architecture:
    """`conv5_bn` with a residual block at 7 x 7 too, and `last` channels at 3 x 3."""
    return Architecture(
        name="conv7_bn",
        input=CHW(1, 28, 28),
        num_classes=10,
        block=Chain(
            block1=_halving(32),
            block2=_halving(64),
            block3=_residual(64),
            block4=_halving(last),
            block5=_residual(last),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(10),
        ),
    )


class Candidate(NamedTuple):
    architecture: Callable[[], Architecture]
    data: str
    recipe: str
    settings: dict[str, Any]


FLIP = {"type": "HorizontalFlip"}
ERASE = {"type": "RandomErasing", "probability": 0.25, "area": [0.02, 0.2]}
SHIFT = {"type": "Shift", "pixels": 1}


def affine(degrees: float, scale: float, shift: float) -> dict[str, Any]:
    size = {"degrees": degrees, "scale": scale, "shear_degrees": degrees, "shift_pixels": shift}
    return {"type": "Affine", **size}


def fashion(network: Callable[[], Architecture], epochs: int, *augment: Any) -> Candidate:
    settings = {"epochs": epochs, "augment": [FLIP, *augment], "precision": "auto"}
    return Candidate(network, "fashion_mnist", "fashion_mnist", settings)


def digits(epochs: int, *augment: Any, **settings: Any) -> Candidate:
    every = {"epochs": epochs, "augment": list(augment), "precision": "auto", **settings}
    return Candidate(lambda: zoo.load("lenet5"), "mnist", "lenet5_mnist", every)


def conv5_bn() -> Architecture:
    return zoo.load("conv5_bn")


CANDIDATES: dict[str, Candidate] = {
    "conv5_26": fashion(conv5_bn, 26),
    "conv5_26_erase": fashion(conv5_bn, 26, ERASE),
    "conv7_16": fashion(conv7_bn, 16),
    "conv7_16_erase": fashion(conv7_bn, 16, ERASE),
    "conv7_16_shift_erase": fashion(conv7_bn, 16, SHIFT, ERASE),
    "conv7_20_erase": fashion(lambda: conv7_bn(128), 20, ERASE),
    "lenet5_40": digits(40, affine(10, 0.12, 1.5)),
    "lenet5_50": digits(50, affine(12, 0.15, 2.0)),
    "lenet5_50_float32": digits(50, affine(12, 0.15, 2.0), precision="float32"),
    "lenet5_60_decay": digits(60, affine(12, 0.15, 2.0), **{"optimiser.weight_decay": 0.2}),
}


def one(candidate: Candidate, seed: int, *, test: bool) -> dict[str, Any]:
    """Train once; return validation accuracy, seconds and precision."""
    recipe = load_recipe(candidate.recipe).override({**candidate.settings, "seed": seed})
    data = convscope.data.open(candidate.data)
    data.split("train")  # read before the clock starts
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "run"
        cpu = time.process_time()
        events = convscope.train(candidate.architecture(), data, recipe=recipe, out=folder)
        last = [event for event in events if event.type == "Finished"][-1]
        choice = read_choice(folder)
        result = {
            "seed": seed,
            "validation": last.validation_accuracy,
            "seconds": round(read_timings(folder)[-1].elapsed_s, 1),
            "cpu_seconds": round(time.process_time() - cpu, 1),
            "precision": choice.precision if choice else recipe.precision,
        }
        if test:
            result["test"] = convscope.open(folder).evaluate(data, split="test").accuracy
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--test", action="store_true")
    args = parser.parse_args()
    if unknown := set(args.names) - set(CANDIDATES):
        parser.error(f"no candidate {', '.join(unknown)}; --list shows all")
    torch.set_num_threads(args.threads)
    if args.list:
        for name, candidate in CANDIDATES.items():
            macs = candidate.architecture().table().totals.macs
            print(f"{name:<22} {macs / 1e6:5.1f} M MACs  {json.dumps(candidate.settings)}")
    for name in args.names:
        runs = [one(CANDIDATES[name], seed, test=args.test) for seed in args.seeds]
        for run in runs:
            print(f"{name}: {json.dumps(run)}", flush=True)
        for split in ("validation", "test") if args.test else ("validation",):
            values = [100 * run[split] for run in runs]
            spread = f" +- {statistics.stdev(values):.2f}" if len(values) > 1 else ""
            seconds = statistics.median(run["seconds"] for run in runs)
            print(f"{name}: {split} {statistics.mean(values):.2f} %{spread}, {seconds:.0f} s")


if __name__ == "__main__":
    main()
