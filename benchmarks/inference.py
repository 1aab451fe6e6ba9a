"""Prediction: convscope's levels against PyTorch eager, and against the best engine by hand.

    python benchmarks/inference.py [--networks resnet18 ...] [--batch 1 16] [--rounds 9] [--json]

Eight networks with initial weights, and statistics of photos in their normalisations, at batch 1
and 16: about six minutes in all. The contenders of a row take turns, round by round, in one
process, so that the machine's load touches all of them:

eager    PyTorch, float32, the network as it is built, contiguous: the baseline
by hand  float32 by ONNX Runtime and by OpenVINO, called directly on NumPy arrays, with nothing of
         convscope in the timed path; the faster of both counts
exact    the engine that convscope chooses for float32, called on tensors
fast     the same for bfloat16, where the processor multiplies it
int8     the same for 8-bit integers, calibrated with the package's photos or with digits

A ratio is the median over rounds of eager's seconds by those of a contender in the same round;
the last rows are geometric means. A difference is the largest of a logit from eager's, by the
largest of eager's. int8 of initial weights shows the speed; docs/reference/engines.md has accuracy.
Choices of engines that were remembered before are not used.
"""

import argparse
import io
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from statistics import geometric_mean, median
from typing import Any

import numpy as np
import torch
from PIL import Image

from convscope import zoo
from convscope.engine.base import Engine
from convscope.engine.choice import fastest
from convscope.engine.graph import Graph, graph_of
from convscope.engine.int8 import quantised
from convscope.machine.processor import instructions, processor
from convscope.machine.runtimes import core_of, onnx_runtime, open_vino
from convscope.network import Network, build
from convscope.samples.photos import photo_bytes
from convscope.shapes import CHW

NETWORKS = (
    "alexnet_owt", "vgg16", "googlenet_bn", "inception_v3", "resnet18", "resnet50",
    "efficientnet_lite0", "lenet5",
)  # fmt: skip
LEVELS = ("exact", "fast", "int8")
BY_HAND = ("onnxruntime", "openvino")
TARGETS = {"exact": 1.9, "fast": 6.0, "int8": 9.0}
BY_HAND_TARGET = 0.98
TURN_S = 0.05  # at least, of a contender in a round
ROW_S = 12.0  # at most, unless the fewest rounds take longer
FEWEST_ROUNDS = 3
Run = Callable[[], Any]


def images(shape: CHW, count: int) -> torch.Tensor:
    """Real images, normalised: digits for one channel, else photos of the package."""
    if shape.channels == 1:
        from convscope import data

        digits = data.open("mnist").split("train").images_NCHW[:count]
        pixels_NCHW = torch.nn.functional.pad(digits, (2, 2, 2, 2)).float()
        return (pixels_NCHW / 255 - 0.13) / 0.31
    pictures = []
    for encoded in list(photo_bytes().values())[:count]:
        photo = Image.open(io.BytesIO(encoded)).convert("RGB").resize((shape.width, shape.height))
        pictures.append(np.asarray(photo, np.float32))
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return ((pixels / 255 - 0.45) / 0.225).contiguous()


def by_hand_onnxruntime(graph: Graph, batch: np.ndarray, threads: int) -> Run:
    """What a user of ONNX Runtime writes, with its default options."""
    onnxruntime = onnx_runtime()
    assert onnxruntime is not None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(graph.data, options, ["CPUExecutionProvider"])
    feed = {graph.input: batch}
    return lambda: session.run(None, feed)[0]


def by_hand_openvino(graph: Graph, batch: np.ndarray, threads: int) -> Run:
    """What a user of OpenVINO writes for float32 and low latency."""
    openvino = open_vino()
    assert openvino is not None
    core = core_of(openvino)
    options = {
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
    }
    compiled = core.compile_model(core.read_model(io.BytesIO(graph.data)), "CPU", options)
    return lambda: compiled([batch])[0]


def of_level(engine: Engine, batch_NCHW: torch.Tensor) -> Run:
    return lambda: engine(batch_NCHW)[0]


def warn(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def with_statistics(network: Network, photos_NCHW: torch.Tensor) -> Network:
    """The network with the statistics of photos in its normalisations, so that it is sane."""
    for module in network.modules():
        if getattr(module, "running_mean", None) is not None:
            module.momentum = 1.0
    with torch.no_grad():
        network.train()(photos_NCHW)
    return network.eval()


def contenders(
    network: Network, batch_NCHW: torch.Tensor, quantised_graph: Graph
) -> tuple[dict[str, Run], dict[str, str]]:
    """The functions to time, by name, and the engines that the levels chose."""
    threads, array = torch.get_num_threads(), batch_NCHW.numpy().copy()

    def eager() -> torch.Tensor:
        with torch.inference_mode():
            logits_NK: torch.Tensor = network(batch_NCHW)
        return logits_NK

    graph = graph_of(network)
    runs: dict[str, Run] = {
        "eager": eager,
        "onnxruntime": by_hand_onnxruntime(graph, array, threads),
        "openvino": by_hand_openvino(graph, array, threads),
    }
    engines = {}
    for level in LEVELS:
        int8 = quantised_graph if level == "int8" else None
        choice = fastest(network, batch_NCHW, level=level, quantised=int8, note=warn)
        engines[level] = f"{choice.engine.name}, {choice.numbers}"
        runs[level] = of_level(choice.engine, batch_NCHW)
    return runs, engines


def in_turns(runs: dict[str, Run], rounds: int) -> dict[str, list[float]]:
    """Seconds per pass of each contender, one number for each round."""
    passes = {}
    for name, run in runs.items():
        run()
        start = time.perf_counter()
        run()
        passes[name] = max(1, min(200, math.ceil(TURN_S / (time.perf_counter() - start))))
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    names, end = list(runs), time.perf_counter() + ROW_S
    for number in range(rounds):
        if number >= FEWEST_ROUNDS and time.perf_counter() > end:
            break
        for name in names if number % 2 else names[::-1]:
            run, times = runs[name], []
            for _ in range(passes[name]):
                start = time.perf_counter()
                run()
                times.append(time.perf_counter() - start)
            seconds[name].append(median(times))
    return seconds


def ratio(seconds: dict[str, list[float]], base: str, name: str) -> float:
    pairs = zip(seconds[base], seconds[name], strict=True)
    return median(slow / quick for slow, quick in pairs)


def measured(name: str, batches: Sequence[int], rounds: int) -> list[dict[str, Any]]:
    """The rows of one network."""
    architecture = zoo.load(name)
    photos_NCHW = images(architecture.input, 32)
    network = with_statistics(build(architecture, seed=0), photos_NCHW[:16])
    int8 = quantised(network, [photos_NCHW[:16]])  # random weights: only the speed counts
    rows = []
    for batch in batches:
        batch_NCHW = photos_NCHW.repeat(math.ceil(batch / 32), 1, 1, 1)[:batch].contiguous()
        runs, engines = contenders(network, batch_NCHW, int8)
        expected = runs["eager"]().numpy().copy()
        differences = {
            level: float(np.abs(runs[level]().numpy() - expected).max() / np.abs(expected).max())
            for level in LEVELS
        }
        seconds = in_turns(runs, rounds)
        best = min(BY_HAND, key=lambda each: median(seconds[each]))
        rows.append(
            {
                "network": name,
                "batch": batch,
                "rounds": len(seconds["eager"]),
                "milliseconds": {each: 1e3 * median(seconds[each]) for each in runs},
                "speed": {each: ratio(seconds, "eager", each) for each in LEVELS},
                "by hand": best,
                "exact by hand": ratio(seconds, best, "exact"),
                "engines": engines,
                "difference": differences,
            }
        )
    return rows


def machine() -> dict[str, Any]:
    packages = ("convscope", "torch", "onnxruntime", "openvino")
    return {
        "processor": processor(),
        "instructions": list(instructions()),
        "threads": torch.get_num_threads(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "versions": {name: metadata.version(name) for name in packages},
    }


def print_row(row: dict[str, Any]) -> None:
    ms, speed, difference = row["milliseconds"], row["speed"], row["difference"]
    cells = [f"{ms[each]:9.2f}" for each in ("eager", *BY_HAND, *LEVELS)]
    cells += [f"{speed[level]:6.2f}" for level in LEVELS] + [f"{row['exact by hand']:7.3f}"]
    cells += [f"{difference[level]:8.0e}" for level in LEVELS]
    engines = "; ".join(row["engines"][level] for level in LEVELS)
    print(f"{row['network']:<19}{row['batch']:>3}", *cells, f"  {engines}", flush=True)


def print_means(rows: list[dict[str, Any]]) -> None:
    for batch in (*sorted({row["batch"] for row in rows}), "all"):
        part = [row for row in rows if batch in (row["batch"], "all")]
        means = {level: geometric_mean(row["speed"][level] for row in part) for level in LEVELS}
        text = ", ".join(f"{level} {means[level]:.2f} x" for level in LEVELS)
        hand = geometric_mean(row["exact by hand"] for row in part)
        print(f"geometric mean, batch {batch}: {text} eager; exact {hand:.3f} x by hand")
    wanted = ", ".join(f"{level} {TARGETS[level]} x" for level in LEVELS)
    print(f"targets: {wanted} eager; exact {BY_HAND_TARGET} x by hand")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 16])
    parser.add_argument("--rounds", type=int, default=9, help="at most; fewer where they are slow")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if min(*options.batch, options.rounds, 99) < 1:
        parser.error("--batch and --rounds are at least 1")
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONVSCOPE_CACHE"] = folder
        about = machine()
        if not options.json:
            print(*(f"{key}: {value}" for key, value in about.items()), sep="\n")
            print("milliseconds per batch; speed against eager; exact against by hand; difference")
            heads = ("eager", *BY_HAND, *LEVELS)
            print(f"{'network':<19}{'N':>3}", *(f"{head[:9]:>9}" for head in heads),
                  *(f"{level:>6}" for level in LEVELS), f"{'by hand':>7}",
                  *(f"{level:>8}" for level in LEVELS))  # fmt: skip
        for name in options.networks:
            for row in measured(name, options.batch, options.rounds):
                rows.append(row)
                if not options.json:
                    print_row(row)
    if options.json:
        print(json.dumps({"machine": about, "rows": rows}, indent=2))
    else:
        print_means(rows)


if __name__ == "__main__":
    main()
