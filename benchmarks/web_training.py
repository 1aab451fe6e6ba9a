"""Training in the tab against ConvNetJS 0.3.0 in the same Chromium, and PyTorch on one thread.

    python benchmarks/web_training.py

Images a second on ConvNetJS's MNIST network and on LeNet-5 with its pooling, both at its batch
of 20 with Adadelta (budget: 40 times); LeNet-5 of the zoo at batch 64 against PyTorch (budget: a
third); seconds until LeNet-5 classifies 98 % of 2,000 held-out digits (budget: 30 s), with the
page's frames meanwhile. Medians of interleaved runs. Needs Node, Chromium and playwright, and
`npm install` in `web/` and `benchmarks/web/`.
"""

import argparse
import base64
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from browser import FLAGS, served
from torch.nn import functional as F

import convscope
from convscope.arch import Architecture, Chain
from convscope.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Tanh
from convscope.network.build import build
from convscope.shapes import CHW

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent / "web"

MNIST = Architecture(
    name="convnetjs_mnist",
    input=CHW(1, 24, 24),
    num_classes=10,
    block=Chain(
        conv1=Conv2d(8, 5, padding=2),
        relu1=ReLU(),
        pool1=MaxPool2d(2),
        conv2=Conv2d(16, 5, padding=2),
        relu2=ReLU(),
        pool2=MaxPool2d(3),
        flatten=Flatten(),
        fc=Linear(10),
    ),
)
LENET5 = Architecture(
    name="convnetjs_lenet5",
    input=CHW(1, 32, 32),
    num_classes=10,
    block=Chain(
        conv1=Conv2d(6, 5),
        tanh1=Tanh(),
        pool1=MaxPool2d(2),
        conv2=Conv2d(16, 5),
        tanh2=Tanh(),
        pool2=MaxPool2d(2),
        conv3=Conv2d(120, 5),
        tanh3=Tanh(),
        flatten=Flatten(),
        fc1=Linear(84),
        tanh4=Tanh(),
        fc2=Linear(10),
    ),
)
ADADELTA = {"type": "Adadelta", "rho": 0.95, "eps": 1e-6, "weight_decay": 0.001}
SGD = {"type": "SGD", "momentum": 0.9, "nesterov": True, "weight_decay": 0.0}
PREPROCESSING = {
    "type": "Chain",
    "blocks": {
        "border": {"type": "CenterCrop", "size": [32, 32]},
        "normalise": {"type": "Normalize", "mean": [0.13072], "std": [0.308173]},
    },
}


def pytorch_rate(architecture: Architecture, batch: int, seconds: float) -> float:
    """Return the images a second of a plain loop on one thread, channels_last, fused SGD."""
    torch.set_num_threads(1)
    network = build(architecture).train().to(memory_format=torch.channels_last)
    parameters = list(network.parameters())
    optimiser = torch.optim.SGD(parameters, lr=1e-3, momentum=0.9, nesterov=True, fused=True)
    images = torch.rand(batch, *architecture.input).to(memory_format=torch.channels_last)
    labels = torch.arange(batch) % 10

    def step() -> None:
        optimiser.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimiser.step()

    for _ in range(5):
        step()
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        step()
        steps += 1
    return steps * batch / (time.perf_counter() - begin)


def digits() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return 20,000 training digits and 2,000 others, as the page takes them."""
    split = convscope.data.open("mnist").split("train")
    images, labels = split.images_NCHW[:22_000], split.labels_N[:22_000]

    def part(start: int, end: int) -> dict[str, Any]:
        return {
            "shape": [1, 28, 28],
            "pixels": base64.b64encode(images[start:end].numpy().tobytes()).decode(),
            "labels": base64.b64encode(labels[start:end].byte().numpy().tobytes()).decode(),
        }

    return part(0, 20_000), part(20_000, 22_000)


def plain(architecture: Architecture) -> dict[str, Any]:
    dumped: dict[str, Any] = architecture.model_dump(mode="json")
    return dumped


def rows(page: Any, seconds: float) -> dict[str, Callable[[], float]]:
    """Return what is measured, by name: functions that return images a second."""

    def ours(architecture: Architecture, **options: Any) -> Callable[[], float]:
        arguments = [plain(architecture), {"learningRate": 1e-3, **options}, seconds]
        return lambda: page.evaluate("([a, o, s]) => engine.rate(a, o, s)", arguments)

    def convnetjs(name: str) -> Callable[[], float]:
        return lambda: page.evaluate("([n, s]) => convnetRate(n, s)", [name, seconds])

    zoo = convscope.load("lenet5")
    return {
        "MNIST network: ConvNetJS": convnetjs("mnist"),
        "MNIST network: ours, batch 20": ours(MNIST, batchSize=20, optimiser=ADADELTA),
        "MNIST network: ours, batch 64": ours(MNIST, batchSize=64, optimiser=ADADELTA),
        "LeNet-5, max pooling: ConvNetJS": convnetjs("lenet5"),
        "LeNet-5, max pooling: ours, batch 20": ours(LENET5, batchSize=20, optimiser=ADADELTA),
        "LeNet-5, max pooling: ours, batch 64": ours(LENET5, batchSize=64, optimiser=ADADELTA),
        "lenet5: ours, batch 64": ours(zoo, batchSize=64, optimiser=SGD),
        "lenet5: ours, batch 64, relaxed SIMD": ours(
            zoo, batchSize=64, optimiser=SGD, relaxed=True
        ),
        "lenet5: PyTorch, batch 64": lambda: pytorch_rate(zoo, 64, seconds),
    }


RATIOS = (
    ("MNIST network: ours, batch 20", "MNIST network: ConvNetJS", 40),
    ("LeNet-5, max pooling: ours, batch 20", "LeNet-5, max pooling: ConvNetJS", 40),
    ("lenet5: ours, batch 64", "lenet5: PyTorch, batch 64", 1 / 3),
)


def measure_rates(page: Any, runs: int, seconds: float) -> None:
    measured: dict[str, list[float]] = {}
    functions = rows(page, seconds)
    for _ in range(runs):
        for name, run in functions.items():
            measured.setdefault(name, []).append(run())
    for name, values in measured.items():
        print(f"{name:<42} {statistics.median(values):>8,.0f} images/s")
    for ours, other, budget in RATIOS:
        pairs = [a / b for a, b in zip(measured[ours], measured[other], strict=True)]
        print(f"{ours} / {other}: {statistics.median(pairs):.2f} (budget {budget:.2f})")


def measure_digits(page: Any) -> None:
    train, test = digits()
    options = {
        "seed": 0,
        "batchSize": 32,
        "learningRate": 0.05,
        "optimiser": SGD,
        "preprocessing": PREPROCESSING,
        "labels": list("0123456789"),
        "evaluateEvery": 150,
    }
    arguments = [plain(convscope.load("lenet5")), train, test, options, 0.98, 60]
    call = "([a, r, e, o, t, l]) => engine.reach(a, r, e, o, t, l)"
    result = page.evaluate(call, arguments)
    last = result["evaluations"][-1]
    print(f"lenet5 to {last['accuracy']:.2%} of 2,000 digits: {last['seconds']:.1f} s, "
          f"{last['step']} steps (budget 98 %, 30 s)")  # fmt: skip
    print(f"meanwhile: {result['frames']:.0f} frames/s, longest gap {result['longest']:.0f} ms, "
          f"{result['snapshots']:.0f} snapshots/s, {result['rate']:,.0f} images/s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    script = HERE / "node_modules" / "convnetjs" / "build" / "convnet.js"
    if not script.exists():
        subprocess.run(
            ["npm", "install", "--ignore-scripts", "--no-package-lock", "--silent"],
            cwd=HERE,
            check=True,
        )
    with tempfile.TemporaryDirectory() as folder:
        build = ["npx", "vite", "build", "--mode", "harness", "--outDir", folder]
        subprocess.run(build, cwd=ROOT / "web", check=True, capture_output=True)
        with served(folder) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
            page = browser.new_context(bypass_csp=True).new_page()
            page.goto(address)
            page.wait_for_function("typeof engine === 'object'")
            for path in (script, HERE / "convnetjs.js"):
                page.add_script_tag(content=path.read_text())
            print(json.dumps({"chromium": browser.version, "torch": torch.__version__}))
            if options.runs:
                measure_rates(page, options.runs, options.seconds)
            measure_digits(page)
            browser.close()


if __name__ == "__main__":
    main()
