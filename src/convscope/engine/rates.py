"""Rate of matrix multiplication on this machine, by type of number: the limit of a convolution.

Products of square matrices are timed with the threads of this process; the fastest of several is
the rate. A multiply-accumulate counts as two operations.
"""

import time
from collections.abc import Callable

import torch

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


def matmul_rates(device: str = "cpu") -> Rates:
    """Measure the rates of float32, bfloat16 and int8 products, in about a second."""
    size = SIZE if device == "cpu" else SIZE_ON_GPU
    a = torch.rand(size, size, device=device)
    low_a, int_a = a.bfloat16(), (a * 100).to(torch.int8)
    with torch.inference_mode():
        return Rates(
            float32=_rate(lambda: a @ a, size, device),
            bfloat16=_rate_or_none(lambda: low_a @ low_a, size, device),
            int8=_rate_or_none(lambda: torch._int_mm(int_a, int_a), size, device),
        )


def _rate_or_none(product: Callable[[], object], size: int, device: str) -> float | None:
    try:
        return _rate(product, size, device)
    except RuntimeError:  # this build of torch has no such product
        return None


def _rate(product: Callable[[], object], size: int, device: str) -> float:
    product()
    seconds: list[float] = []
    while len(seconds) < REPEATS and sum(seconds) < MOST_S:
        wait(device)
        start = time.perf_counter()
        product()
        wait(device)
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds)


def wait(device: str) -> None:
    """Wait until a GPU has finished; nothing on the CPU."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
