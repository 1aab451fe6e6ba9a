"""Engine of OpenVINO on the processor.

Axes: N batch, C channels, H height, W width, K classes.
"""

import io
from importlib.util import find_spec
from threading import Lock
from types import ModuleType
from typing import Any, Literal, final

import torch
from torch import Tensor

from convscope.engine.base import misfit
from convscope.engine.graph import Graph
from convscope.errors import InputError
from convscope.extras import install_command
from convscope.machine import runtimes

Precision = Literal["f32", "bf16", "f16"]
MOST_STATIC_BYTES = 150_000_000
"""Of a graph. The time of larger ones goes into their weights, which would be held twice."""


def runtime() -> ModuleType | None:
    """Return the module openvino; None if it or onnx is not installed."""
    return runtimes.open_vino() if find_spec("onnx") is not None else None


def needed() -> ModuleType:
    """Return the module openvino.

    Raises:
        InputError: the packages cannot be imported.
    """
    openvino = runtime()
    if openvino is None:
        raise InputError("OpenVINO cannot be imported", fix=install_command("openvino"))
    return openvino


def settings(precision: Precision) -> dict[str, Any]:
    """Return the settings of a compiled model, with as many threads as PyTorch."""
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "EXECUTION_MODE_HINT": "ACCURACY" if precision == "f32" else "PERFORMANCE",
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
    }


def half_precision() -> Precision | None:
    """Return the 16-bit type that OpenVINO multiplies on this processor; None without one."""
    openvino = runtime()
    if openvino is None:
        return None
    known = runtimes.core_of(openvino).get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in known else "f16" if "FP16" in known else None


@final
class OpenVino:
    """Engine of OpenVINO, with as many threads as PyTorch.

    It is compiled for one size of batch, whose buffers are planned beforehand; that is up to a
    quarter faster than for any size. Other sizes compile a second time, at the first of them.

    Args:
        precision: of floating numbers inside. By default OpenVINO takes bfloat16 where the
            processor multiplies it, so that it is set always.
        images: the size of most batches; None for any.
    """

    def __init__(
        self, graph: Graph, *, precision: Precision = "f32", images: int | None = None
    ) -> None:
        openvino = needed()
        self.name = "OpenVINO"
        if len(graph.data) > MOST_STATIC_BYTES:
            images = None
        self._graph = graph if images else None
        self._precision, self._images = precision, images
        self._tensor, self._lock = openvino.Tensor, Lock()
        self._request, self._places = self._compiled(graph, images)
        self._any = None if images else (self._request, self._places)

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        values = inputs_NCHW.detach().contiguous().numpy()
        with self._lock:  # a request has one set of buffers
            request, places = self._request, self._places
            if len(values) != self._images:
                request, places = self._any_size()
            try:
                request.set_input_tensor(self._tensor(values, shared_memory=True))
                request.infer(share_outputs=True)
            except RuntimeError as error:
                raise misfit(inputs_NCHW, self._shape) or error from None
            outputs = [request.get_output_tensor(place).data.copy() for place in places]
        return tuple([torch.from_numpy(output) for output in outputs])

    def _any_size(self) -> tuple[Any, list[int]]:
        if self._any is None:
            assert self._graph is not None
            self._any, self._graph = self._compiled(self._graph, None), None
        return self._any

    def _compiled(self, graph: Graph, images: int | None) -> tuple[Any, list[int]]:
        """Return a request, and the places of the outputs."""
        core = runtimes.core_of(needed())
        model = core.read_model(io.BytesIO(graph.data))
        if images is not None:
            shape = model.inputs[0].get_partial_shape()
            shape[0] = images
            model.reshape(shape)
        self._shape = [side.to_string() for side in model.inputs[0].get_partial_shape()]
        compiled = core.compile_model(model, "CPU", settings(self._precision))
        places = [_place(compiled, name) for name in graph.outputs]
        return compiled.create_infer_request(), places


def _place(compiled: object, name: str) -> int:
    """Return the number of the output with this name; an output may have several names."""
    outputs = compiled.outputs  # type: ignore[attr-defined]
    return next(place for place, output in enumerate(outputs) if name in output.get_names())
