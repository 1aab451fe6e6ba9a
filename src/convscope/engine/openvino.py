"""Engine of OpenVINO on the processor.

Axes: N batch, C channels, H height, W width, K classes.
"""

import io
from importlib.util import find_spec
from threading import Lock
from types import ModuleType
from typing import Literal, final

import torch
from torch import Tensor

from convscope.engine.graph import Graph
from convscope.machine import runtimes

Precision = Literal["f32", "bf16", "f16"]


def runtime() -> ModuleType | None:
    """Return the module openvino; None if it or onnx is not installed."""
    return runtimes.open_vino() if find_spec("onnx") is not None else None


def half_precision() -> Precision | None:
    """Return the 16-bit type that OpenVINO multiplies on this processor; None without one."""
    openvino = runtime()
    if openvino is None:
        return None
    known = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in known else "f16" if "FP16" in known else None


@final
class OpenVino:
    """Engine of OpenVINO, with as many threads as PyTorch.

    Args:
        precision: of floating numbers inside. By default OpenVINO takes bfloat16 where the
            processor multiplies it, so that it is set always.
    """

    def __init__(self, graph: Graph, *, precision: Precision = "f32") -> None:
        openvino = runtime()
        assert openvino is not None
        self.name = "OpenVINO"
        core = openvino.Core()
        model = core.read_model(io.BytesIO(graph.data))
        compiled = core.compile_model(
            model,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": precision,
                "EXECUTION_MODE_HINT": "ACCURACY" if precision == "f32" else "PERFORMANCE",
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            },
        )
        self._tensor, self._lock = openvino.Tensor, Lock()
        self._request = compiled.create_infer_request()
        self._places = [_place(compiled, name) for name in graph.outputs]

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        values = inputs_NCHW.detach().contiguous().numpy()
        request = self._request
        with self._lock:  # a request has one set of buffers
            request.set_input_tensor(self._tensor(values, shared_memory=True))
            request.infer(share_outputs=True)
            outputs = [request.get_output_tensor(place).data.copy() for place in self._places]
        return tuple([torch.from_numpy(output) for output in outputs])


def _place(compiled: object, name: str) -> int:
    """Return the number of the output with this name; an output may have several names."""
    outputs = compiled.outputs  # type: ignore[attr-defined]
    return next(place for place, output in enumerate(outputs) if name in output.get_names())
