"""Rate of matrix multiplication on this machine, by type of number: the limit of a convolution.

Products of square matrices are timed with the threads of this process; the fastest of several is
the rate. A multiply-accumulate counts as two operations.
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from convscope.engine.onnx_runtime import runtime, session_of
from convscope.record import Record

SIZE = 1024
SIZE_ON_GPU = 8192
REPEATS = 12
MOST_S = 0.5  # for each type


class Rates(Record):
    """Operations per second (two for a multiply-accumulate); None where torch has no product."""

    float32: float
    bfloat16: float | None
    int8: float | None

    def of(self, level: str) -> float:
        """Return the rate that limits a level: of its numbers, or of float32 if that is faster."""
        own = {"fast": self.bfloat16, "int8": self.int8}.get(level)
        return max(self.float32, own or 0.0)

    def or_faster(self, other: "Rates") -> "Rates":
        """Return the larger of each of two rates, as other processes can only lower them."""
        return Rates(
            float32=max(self.float32, other.float32),
            bfloat16=max(self.bfloat16 or 0.0, other.bfloat16 or 0.0) or None,
            int8=max(self.int8 or 0.0, other.int8 or 0.0) or None,
        )


def matmul_rates(device: str = "cpu") -> Rates:
    """Measure the rates of float32, bfloat16 and int8 products, in one to two seconds.

    float32 is the fastest of PyTorch's product, PyTorch's 3 x 3 convolution and ONNX Runtime's
    product: PyTorch's product uses half the vector width of some processors.
    """
    size = SIZE if device == "cpu" else SIZE_ON_GPU
    a = torch.rand(size, size, device=device)
    low_a, int_a = a.bfloat16(), (a * 100).to(torch.int8)
    operations = 2 * size**3
    with torch.inference_mode():
        products = [_rate(lambda: a @ a, operations, device), _convolution_rate(device)]
        if device == "cpu" and (product := _onnx_product(a)) is not None:
            products.append(_rate(product, operations, device))
        return Rates(
            float32=max(products),
            bfloat16=_rate_or_none(lambda: low_a @ low_a, operations, device),
            int8=_rate_or_none(lambda: torch._int_mm(int_a, int_a), operations, device),
        )


def _convolution_rate(device: str) -> float:
    channels, side = 256, 32
    layout = {"memory_format": torch.channels_last}
    inputs = torch.rand(1, channels, side, side, device=device).contiguous(**layout)
    kernels = torch.rand(channels, channels, 3, 3, device=device).contiguous(**layout)
    operations = 2 * channels * channels * 9 * side * side
    return _rate(lambda: functional.conv2d(inputs, kernels, padding=1), operations, device)


def _onnx_product(a: Tensor) -> Callable[[], object] | None:
    """Return the product of a matrix with itself in ONNX Runtime; None if not installed."""
    if runtime() is None:
        return None
    from onnx import TensorProto, helper

    shape = list(a.shape)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "abc"]
    node = helper.make_node("MatMul", ["a", "b"], ["c"])
    graph = helper.make_graph([node], "product", ends[:2], ends[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    session = session_of(model.SerializeToString())
    values = a.numpy()
    return lambda: session.run(None, {"a": values, "b": values})


def _rate_or_none(product: Callable[[], object], operations: int, device: str) -> float | None:
    try:
        return _rate(product, operations, device)
    except RuntimeError:  # this build of torch has no such product
        return None


def _rate(product: Callable[[], object], operations: int, device: str) -> float:
    product()
    seconds: list[float] = []
    while len(seconds) < REPEATS and sum(seconds) < MOST_S:
        wait(device)
        start = time.perf_counter()
        product()
        wait(device)
        seconds.append(time.perf_counter() - start)
    return operations / min(seconds)


def wait(device: str) -> None:
    """Wait until a GPU has finished; nothing on the CPU."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
