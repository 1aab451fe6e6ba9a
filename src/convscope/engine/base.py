"""The interface of engines.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from convscope.errors import InputError


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


def misfit(inputs_NCHW: Tensor, shape: Sequence[Any]) -> InputError | None:
    """Return the error for inputs that do not fit an engine; None if they fit.

    Args:
        shape: (N, C, H, W) of the engine; the first entry is not compared.
    """
    own, expected = tuple(inputs_NCHW.shape), tuple(int(side) for side in shape[1:])
    if own[1:] == expected and inputs_NCHW.dtype == torch.float32:
        return None
    kind = str(inputs_NCHW.dtype).removeprefix("torch.")
    return InputError(
        f"inputs of {own}, {kind}",
        expected=f"(N, {', '.join(map(str, expected))}), float32",
    )
