"""The engines of the candidates, built in the process that measures one of them.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from convscope.bench.candidates import Candidate
from convscope.engine.folded import PyTorch, folded
from convscope.engine.profile import onnx_runtime, openvino, pytorch
from convscope.engine.profile.attribution import Pass
from convscope.network import Network

OUTPUT = "output"
"""Name of the output tensor in the ONNX graph, followed by _ if a layer has it."""


class Measured(Protocol):
    """An engine with its profile."""

    def run(self, inputs_NCHW: Tensor) -> Tensor:
        """Return the logits, (N, K)."""

    def profile(self, inputs_NCHW: Tensor, repeats: int) -> list[Pass]:
        """Return profiled passes."""


class Sources(NamedTuple):
    """The network, and prepared images to calibrate int8 with, (N, C, H, W)."""

    network: Network
    calibration: Tensor | None


class Eager:
    """PyTorch as it comes: the network itself, contiguous memory, float32."""

    def __init__(self, sources: Sources) -> None:
        self._network = sources.network

    def run(self, inputs_NCHW: Tensor) -> Tensor:
        with torch.inference_mode():
            logits_NK: Tensor = self._network(inputs_NCHW)
        return logits_NK

    def profile(self, inputs_NCHW: Tensor, repeats: int) -> list[Pass]:
        network = self._network
        return [
            pytorch.profiled(self.run, network, network.architecture, inputs_NCHW)
            for _ in range(repeats)
        ]


class Folded:
    """PyTorch with normalisation folded, channels last; at level fast in bfloat16."""

    def __init__(self, sources: Sources, *, in_bfloat16: bool) -> None:
        self._network, self._in_bfloat16 = sources.network, in_bfloat16
        self._twin = folded(sources.network)
        self._engine = PyTorch(self._twin)

    def run(self, inputs_NCHW: Tensor) -> Tensor:
        device = inputs_NCHW.device.type
        with torch.autocast(device, torch.bfloat16, enabled=self._in_bfloat16):
            return self._engine(inputs_NCHW)[0].float()

    def profile(self, inputs_NCHW: Tensor, repeats: int) -> list[Pass]:
        architecture = self._network.architecture
        passes = [
            pytorch.profiled(self.run, self._twin, architecture, inputs_NCHW)
            for _ in range(repeats)
        ]
        return [pytorch.without_folded(each, self._network, self._twin) for each in passes]


class Onnx:
    """ONNX Runtime on the model that `export` writes."""

    def __init__(self, sources: Sources) -> None:
        from convscope.engine.onnx_runtime import OnnxRuntime

        self._network = sources.network
        self._engine = OnnxRuntime(sources.network)

    def run(self, inputs_NCHW: Tensor) -> Tensor:
        return self._engine(inputs_NCHW)[0]

    def profile(self, inputs_NCHW: Tensor, repeats: int) -> list[Pass]:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        return onnx_runtime.profiled(
            _onnx_bytes(self._network),
            options,
            inputs_NCHW,
            repeats=repeats,
            aliases=_aliases(self._network),
        )


class OpenVino:
    """OpenVINO on the model that `export` writes; at level fast in bfloat16."""

    def __init__(self, sources: Sources, *, numbers: str) -> None:
        import openvino

        self._network, self._numbers = sources.network, numbers
        self._core = openvino.Core()
        self._model = self._core.read_model(_onnx_bytes(sources.network))
        self._request = self._compiled(counting=False).create_infer_request()

    def _compiled(self, *, counting: bool) -> Any:
        settings = {
            "INFERENCE_PRECISION_HINT": self._numbers,
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "PERF_COUNT": counting,
        }
        return self._core.compile_model(self._model, "CPU", settings)

    def run(self, inputs_NCHW: Tensor) -> Tensor:
        self._request.infer({0: inputs_NCHW.contiguous().numpy()}, share_inputs=True)
        return torch.from_numpy(self._request.get_output_tensor(0).data)

    def profile(self, inputs_NCHW: Tensor, repeats: int) -> list[Pass]:
        return openvino.profiled(
            self._compiled(counting=True),
            inputs_NCHW,
            repeats=repeats,
            aliases=_aliases(self._network),
        )


def _onnx_bytes(network: Network) -> bytes:
    from convscope.export.onnx import onnx_model

    weights = {key: tensor.numpy() for key, tensor in network.state_dict().items()}
    architecture = network.architecture
    model = onnx_model(architecture.block, architecture.input, weights)
    encoded: bytes = model.SerializeToString()
    return encoded


def _aliases(network: Network) -> dict[str, str]:
    """Return the path of the network's last layer, which engines name as the output."""
    steps = network.architecture.trace.steps
    last = next(step.path for step in reversed(steps) if not step.auxiliary)
    return {OUTPUT: last, f"{OUTPUT}_": last}


BUILDERS: dict[tuple[str, str], Callable[[Sources], Measured]] = {
    ("pytorch", "exact"): Eager,
    ("pytorch-folded", "exact"): lambda sources: Folded(sources, in_bfloat16=False),
    ("pytorch-folded", "fast"): lambda sources: Folded(sources, in_bfloat16=True),
    ("onnxruntime", "exact"): Onnx,
    ("openvino", "exact"): lambda sources: OpenVino(sources, numbers="f32"),
    ("openvino", "fast"): lambda sources: OpenVino(sources, numbers="bf16"),
}
"""How each candidate is built."""


def build(candidate: Candidate, sources: Sources) -> Measured:
    """Return the engine of a candidate."""
    return BUILDERS[candidate.key, candidate.level](sources)
