"""Inputs of a module from shapes, tensors, several of them, or names with them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import InputError, shortened

IMAGE_AXES = 3  # a shape of one image, (C, H, W), gets a batch of 1
FORMS = "a shape as (3, 224, 224) or (1, 3, 224, 224), a tensor, a list of them, or a dict of names"


class Call(NamedTuple):
    """Arguments of the forward pass."""

    positional: tuple[Any, ...]
    named: dict[str, Any]

    @property
    def tensors(self) -> list[Tensor]:
        return [x for x in (*self.positional, *self.named.values()) if isinstance(x, Tensor)]

    def on(self, device: torch.device) -> "Call":
        """Return the call with its tensors on a device; others are passed as they are."""

        def moved(value: Any) -> Any:
            return value.to(device) if isinstance(value, Tensor) else value

        return Call(
            tuple(map(moved, self.positional)),
            {name: moved(value) for name, value in self.named.items()},
        )


def arguments(input: Any, module: nn.Module) -> Call:
    """Return the arguments of a forward pass.

    Args:
        input: a shape of whole numbers, a tensor, a list or tuple of them, or a dict from the
            names of arguments to them. Shapes become random numbers of the weights' type.

    Raises:
        InputError: another form, or an axis of size 0.
    """
    dtype = next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.float32)
    if isinstance(input, Mapping):
        call = Call((), {str(name): _value(value, dtype) for name, value in input.items()})
    elif isinstance(input, Tensor) or _is_shape(input):
        call = Call((_value(input, dtype),), {})
    elif isinstance(input, Sequence) and not isinstance(input, str) and input:
        call = Call(tuple(_value(value, dtype) for value in input), {})
    else:
        raise InputError(f"input {shortened(input)}", expected=FORMS)
    for tensor in call.tensors:
        if not tensor.numel():
            raise InputError(
                f"an input of shape {tuple(tensor.shape)}",
                expected="at least 1 along every axis, the batch included",
            )
    return call


def _is_shape(value: Any) -> bool:
    is_listed = isinstance(value, list | tuple) and len(value) > 0
    return is_listed and all(type(size) is int for size in value)


def _value(value: Any, dtype: torch.dtype) -> Any:
    if not _is_shape(value):
        return value
    if min(value) < 0:
        raise InputError(f"the shape {tuple(value)}", expected="sizes of at least 1")
    shape = (1, *value) if len(value) == IMAGE_AXES else tuple(value)
    generator = torch.Generator().manual_seed(0)
    if dtype in (torch.float32, torch.float64):
        return torch.rand(shape, generator=generator, dtype=dtype)
    return torch.rand(shape, generator=generator).to(dtype)
