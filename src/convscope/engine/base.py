"""The interface of engines.

Axes: N batch, C channels, H height, W width, K classes.
"""

from typing import Protocol

from torch import Tensor


class Engine(Protocol):
    """Forward passes of one network, without gradients.

    Attributes:
        name: as users read it: PyTorch, ONNX Runtime.
    """

    @property
    def name(self) -> str: ...

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        """The logits, (N, K), then the outputs of the layers that it was built for.

        (N, C, H, W) float32 -> float32. The inputs may be overwritten.
        """
