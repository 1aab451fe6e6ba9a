"""The engines of this machine for a network and a level.

CONVSCOPE_ENGINE=pytorch, onnxruntime or openvino leaves only these to choose from.
"""

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import torch

from convscope.engine import onnx_runtime, openvino
from convscope.engine.base import Engine
from convscope.engine.folded import PyTorch, folded
from convscope.engine.graph import MOST_BYTES, Graph, graph_of
from convscope.engine.levels import VARIABLE, Level
from convscope.engine.nominal import weight_bytes
from convscope.errors import InputError, unknown_name
from convscope.machine.devices import multiplies_bfloat16
from convscope.network import Network
from convscope.network.device import device_of

FAMILIES = {"pytorch": "PyTorch", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}
"""The names that the variable takes, and those of the engines."""


class Candidate(NamedTuple):
    """An engine that can be built.

    Attributes:
        name: as users read it; "PyTorch, folded" is PyTorch with batch normalisation folded.
        numbers: float32, bfloat16, float16 or int8.
    """

    name: str
    numbers: str
    build: Callable[[], Engine]

    @property
    def label(self) -> str:
        """The name with the numbers, which no other candidate has."""
        return f"{self.name}, {self.numbers}"


def forced() -> str:
    """Return the name of the engine that the environment demands; empty without one.

    Raises:
        InputError: CONVSCOPE_ENGINE has a name that no engine has.
    """
    name = os.environ.get(VARIABLE, "").strip().lower()
    if name and name not in FAMILIES:
        raise unknown_name("engine", name, FAMILIES).at(VARIABLE)
    return FAMILIES.get(name, "")


def candidates(
    network: Network,
    level: Level,
    *,
    paths: Sequence[str] = (),
    images: int | None = None,
    quantised: Graph | None = None,
) -> list[Candidate]:
    """Return the engines of a level, without PyTorch as the network is.

    Args:
        paths: layers whose outputs are needed beside the logits.
        images: that go together in most batches; None for any number.
        quantised: the graph with 8-bit integers, of the level int8.

    Raises:
        InputError: CONVSCOPE_ENGINE names an engine that is not installed or does not apply.
    """
    if level == "int8":
        assert quantised is not None
        engines = _of_graph(lambda: quantised, "int8", images)
    else:
        device, is_fast = device_of(network), level == "fast"
        engines = _of_pytorch(network, paths, device, is_fast=is_fast)
        if device.type == "cpu" and weight_bytes(network) <= MOST_BYTES:
            graph = cache(lambda: graph_of(network, paths))  # built for the first that needs it
            engines += _of_graph(graph, "float32", images)
            engines += _of_graph(graph, "half", images) if is_fast else []
    name = forced()
    chosen = [engine for engine in engines if engine.name.startswith(name)]
    if name and name != "PyTorch" and not chosen:
        raise InputError(
            f"{VARIABLE}={os.environ[VARIABLE]}: {name} does not run this network here",
            expected="an engine that is installed, on the processor",
            fix="`convscope doctor` lists the engines, and how to get those that are missing",
        )
    return chosen


def _of_pytorch(
    network: Network, paths: Sequence[str], device: torch.device, *, is_fast: bool
) -> list[Candidate]:
    def twin(dtype: torch.dtype | None) -> Engine:
        return PyTorch(folded(network, kept=paths, dtype=dtype), paths, channels_last=True)

    engines = [Candidate("PyTorch, folded", "float32", lambda: twin(None))]
    if is_fast and multiplies_bfloat16(device):
        engines.append(Candidate("PyTorch, folded", "bfloat16", lambda: twin(torch.bfloat16)))
    elif is_fast and device.type == "cuda":
        engines.append(Candidate("PyTorch, folded", "float16", lambda: twin(torch.float16)))
    return engines


def _of_graph(graph: Callable[[], Graph], numbers: str, images: int | None) -> list[Candidate]:
    def of_openvino(precision: openvino.Precision) -> Engine:
        return openvino.OpenVino(graph(), precision=precision, images=images)

    engines = []
    if numbers != "half" and onnx_runtime.runtime() is not None:
        engines.append(
            Candidate("ONNX Runtime", numbers, lambda: onnx_runtime.OnnxRuntime(graph()))
        )
    if openvino.runtime() is None:
        return engines
    half = openvino.half_precision() if numbers == "half" else None
    if numbers != "half":  # of int8 graphs too: bfloat16 for the few other numbers gained nothing
        engines.append(Candidate("OpenVINO", numbers, lambda: of_openvino("f32")))
    elif half is not None:
        numbers = {"bf16": "bfloat16", "f16": "float16"}[half]
        engines.append(Candidate("OpenVINO", numbers, lambda: of_openvino(half)))
    return engines
