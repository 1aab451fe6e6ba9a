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
        # threads that stop spinning after each pass ("session.force_spinning_stop") made it up to
        # 4 times as slow: see benchmarks/LOG.md
        session = onnxruntime.InferenceSession(
            graph.data, options, providers=["CPUExecutionProvider"]
        )
        self._session, self._input, self._outputs = session, graph.input, list(graph.outputs)
        # without the checks of `run`, which take a tenth of a pass of LeNet-5
        self._run = session._sess.run if hasattr(session, "_sess") else session.run

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        values = inputs_NCHW.detach() if inputs_NCHW.requires_grad else inputs_NCHW
        outputs = self._run(self._outputs, {self._input: values.numpy()}, None)
        return tuple([torch.from_numpy(output) for output in outputs])
