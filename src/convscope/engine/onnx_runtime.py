"""Engine of ONNX Runtime on the processor, from the ONNX model that `export` writes.

Axes: N batch, C channels, H height, W width, K classes.
"""

import os
from collections.abc import Sequence
from types import ModuleType
from typing import final

import torch
from torch import Tensor

from convscope.engine.folded import last_layer
from convscope.network import Network

TELEMETRY_OFF = {"ORT_DISABLE_TELEMETRY": "1"}
"""Environment variables that are set before onnxruntime is imported."""


def runtime() -> ModuleType | None:
    """Return the module onnxruntime; None if it or onnx is not installed."""
    for name, value in TELEMETRY_OFF.items():
        os.environ.setdefault(name, value)
    try:
        import onnx  # noqa: F401
        import onnxruntime
    except ImportError:
        return None
    module: ModuleType = onnxruntime
    return module


@final
class OnnxRuntime:
    """Engine of ONNX Runtime: float32, with as many threads as PyTorch."""

    def __init__(self, network: Network, paths: Sequence[str] = ()) -> None:
        from onnx import TensorProto, helper

        from convscope.export.onnx.graph import onnx_model

        onnxruntime = runtime()
        assert onnxruntime is not None
        self.name = "ONNX Runtime"
        architecture = network.architecture
        weights = {key: t.detach().cpu().numpy() for key, t in network.state_dict().items()}
        model = onnx_model(architecture.block, architecture.input, weights)
        self._input, logits = model.graph.input[0].name, model.graph.output[0].name
        names = [last_layer(network, path) for path in paths]
        self._outputs = [logits, *names]
        for path in names:
            model.graph.output.append(helper.make_tensor_value_info(path, TensorProto.FLOAT, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        # else its threads take time from PyTorch's between two passes
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        values = inputs_NCHW.detach().contiguous().numpy()
        outputs = self._session.run(self._outputs, {self._input: values})
        return tuple(torch.from_numpy(output) for output in outputs)
