"""Inputs of a module from shapes, tensors, several of them, or names with them."""

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import InputError, shortened

IMAGE_AXES = 3  # a shape of one image, (C, H, W), gets a batch of 1
FORMS = "a shape as (3, 224, 224) or (1, 3, 224, 224), a tensor, a list of them, or a dict of names"


class Call(NamedTuple):
    """Arguments of the forward pass.

    Attributes:
        has_added_batch: whether three sizes were taken for one image, with a batch of 1.
    """

    positional: tuple[Any, ...]
    named: dict[str, Any]
    has_added_batch: bool = False

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
            self.has_added_batch,
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
    elif isinstance(input, Tensor) or (_is_shape(input) and input):
        call = Call((_value(input, dtype),), {})
    elif isinstance(input, Sequence) and not isinstance(input, str) and not _is_numbers(input):
        call = Call(tuple(_value(value, dtype) for value in input), {})
    else:
        raise InputError(f"input {shortened(input)}", expected=FORMS)
    values = [*input.values()] if isinstance(input, Mapping) else [input]
    values += input if isinstance(input, list | tuple) else []
    call = call._replace(has_added_batch=any(_is_image(value) for value in values))
    for tensor in call.tensors:
        if not tensor.numel():
            raise InputError(
                f"an input of shape {tuple(tensor.shape)}",
                expected="at least 1 along every axis, the batch included",
            )
    return call


def _is_shape(value: Any) -> bool:
    return _is_numbers(value) and all(
        isinstance(size, Integral) and not isinstance(size, bool) for size in value
    )


def _is_image(value: Any) -> bool:
    return _is_shape(value) and len(value) == IMAGE_AXES


def _is_numbers(value: Any) -> bool:
    """Return whether it is a list of numbers only, as an empty one is too."""
    return isinstance(value, list | tuple) and all(isinstance(size, Real) for size in value)


def _value(value: Any, dtype: torch.dtype) -> Any:
    if not _is_shape(value) or not value:
        return value
    if min(value) < 0:
        raise InputError(f"the shape {tuple(value)}", expected="sizes of at least 1")
    sizes = tuple(map(int, value))
    shape = (1, *sizes) if _is_image(value) else sizes
    generator = torch.Generator().manual_seed(0)
    if dtype in (torch.float32, torch.float64):
        return torch.rand(shape, generator=generator, dtype=dtype)
    return torch.rand(shape, generator=generator).to(dtype)
