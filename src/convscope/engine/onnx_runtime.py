"""Engine of ONNX Runtime on the processor.

Axes: N batch, C channels, H height, W width, K classes.
"""

from importlib.util import find_spec
from types import ModuleType
from typing import Any, final

import torch
from torch import Tensor

from convscope.engine.base import misfit
from convscope.engine.graph import Graph
from convscope.errors import InputError
from convscope.extras import install_command
from convscope.machine.runtimes import onnx_runtime


def runtime() -> ModuleType | None:
    """Return the module onnxruntime; None if it or onnx is not installed."""
    return onnx_runtime() if find_spec("onnx") is not None else None


def session_of(model: bytes, *, profile: str = "") -> Any:
    """Return a session of a model, with as many threads as PyTorch.

    Args:
        profile: how the name of the file with the times begins; none if empty.

    Raises:
        InputError: the packages cannot be imported.
    """
    onnxruntime = runtime()
    if onnxruntime is None:
        raise InputError("ONNX Runtime cannot be imported", fix=install_command("infer"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    # threads that stop spinning after each pass ("session.force_spinning_stop") made it up to
    # 4 times as slow: see benchmarks/LOG.md
    if profile:
        options.enable_profiling = True
        options.profile_file_prefix = profile
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@final
class OnnxRuntime:
    """Engine of ONNX Runtime: the numbers of the graph, with as many threads as PyTorch."""

    def __init__(self, graph: Graph) -> None:
        self.name = "ONNX Runtime"
        session = session_of(graph.data)
        self._session, self._input, self._outputs = session, graph.input, list(graph.outputs)
        self._shape = session.get_inputs()[0].shape
        # without the checks of `run`, which take a tenth of a pass of LeNet-5
        self._run = session._sess.run if hasattr(session, "_sess") else session.run

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        values = inputs_NCHW.detach() if inputs_NCHW.requires_grad else inputs_NCHW
        try:
            outputs = self._run(self._outputs, {self._input: values.numpy()}, None)
        except Exception as error:  # of pybind11: the classes are not public
            raise misfit(values, self._shape) or error from None
        return tuple([torch.from_numpy(output) for output in outputs])
