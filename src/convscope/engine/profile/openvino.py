"""Profile of OpenVINO: `PERF_COUNT`, and the layers that each operation of its graph fuses."""

import io
import time
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from convscope.engine.graph import Graph
from convscope.engine.openvino import Precision, needed, settings
from convscope.engine.profile.attribution import Node, Pass
from convscope.machine.runtimes import core_of

ORIGINAL = "originalLayersNames"
WARM_UP = 2


def profiled(
    graph: Graph,
    inputs: Tensor,
    repeats: int,
    aliases: Mapping[str, str],
    *,
    precision: Precision,
) -> list[Pass]:
    """Return passes of the model compiled as the engine does, with its counters.

    Args:
        aliases: paths of tensors that are named otherwise, as the output of the network.
    """
    core = core_of(needed())
    counting = settings(precision) | {"PERF_COUNT": True}
    compiled = core.compile_model(core.read_model(io.BytesIO(graph.data)), "CPU", counting)
    names = _fused(compiled, aliases)
    request = compiled.create_infer_request()
    values = inputs.detach().contiguous().numpy()
    passes = []
    for number in range(WARM_UP + repeats):
        start = time.perf_counter()
        request.infer({0: values})
        total_ms = (time.perf_counter() - start) * 1000
        if number >= WARM_UP:
            nodes = [
                Node(names.get(info.node_name, ()), _ms(info))
                for info in request.get_profiling_info()
            ]
            passes.append(Pass(tuple(node for node in nodes if node.ms > 0), total_ms))
    return passes


def _fused(compiled: Any, aliases: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the names of the layers that each operation of the compiled model computes."""
    fused: dict[str, tuple[str, ...]] = {}
    for operation in compiled.get_runtime_model().get_ops():
        info = operation.get_rt_info()
        if ORIGINAL in info:  # empty for a reordering, which belongs to no layer
            originals = str(info[ORIGINAL].astype(str)).split(",")
            names = tuple(aliases.get(name, name) for name in originals if name)
            fused[operation.get_friendly_name()] = names
    return fused


def _ms(info: Any) -> float:
    return float(info.real_time.total_seconds() * 1000)
