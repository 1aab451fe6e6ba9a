"""Engine of ONNX Runtime on the processor.

Axes: N batch, C channels, H height, W width, K classes.
"""

from importlib.util import find_spec
from types import ModuleType
from typing import final

import torch
from torch import Tensor

from convscope.engine.graph import Graph
from convscope.machine.runtimes import onnx_runtime


def runtime() -> ModuleType | None:
    """Return the module onnxruntime; None if it or onnx is not installed."""
    return onnx_runtime() if find_spec("onnx") is not None else None


@final
class OnnxRuntime:
    """Engine of ONNX Runtime: the numbers of the graph, with as many threads as PyTorch."""

    def __init__(self, graph: Graph) -> None:
        onnxruntime = runtime()
        assert onnxruntime is not None
        self.name = "ONNX Runtime"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        # else its threads take time from PyTorch's between two passes
        options.add_session_config_entry("session.force_spinning_stop", "1")
        session = onnxruntime.InferenceSession(
            graph.data, options, providers=["CPUExecutionProvider"]
        )
        self._run, self._input, self._outputs = session.run, graph.input, list(graph.outputs)

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        values = inputs_NCHW.detach().numpy()
        return tuple(map(torch.from_numpy, self._run(self._outputs, {self._input: values})))
