"""Receptive fields of a module that runs, from its operators. None where they are not known.

Along each axis unit i of a tensor reads pixels start + i stride ... start + i stride + size - 1.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten
IMAGE_AXES = 4
POOLING = (aten.mean, aten.sum, aten.amax, aten._adaptive_avg_pool2d, aten.adaptive_max_pool2d)
"""Operators that read the whole image where their output has one pixel."""
KEEPING = (
    aten.cat,
    aten.native_batch_norm,
    aten._native_batch_norm_legit,
    aten._native_batch_norm_legit_no_training,
    aten._batch_norm_impl_index,
    aten.native_group_norm,
    aten.native_dropout,
    *(
        getattr(aten, name + end)
        for name in ("elu", "gelu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "silu")
        for end in ("", "_")
    ),
    aten.clone,
    aten.detach,
    aten.alias,
    aten._to_copy,
    aten.split,
    aten.split_with_sizes,
    aten.slice,
)
"""Operators beside the pointwise ones that leave pixels in their places.

Statistics of normalisation are not counted, as in the tables of architectures.
"""
Key = tuple[int, tuple[int, ...]]


class Axis(NamedTuple):
    """Sizes along one axis; a stride of 0: all units read the same pixels."""

    size: int = 1
    stride: int = 1
    start: int = 0

    def window(self, kernel: int, stride: int, padding: int, dilation: int, units: int) -> "Axis":
        """Return the field after a window, of which there are `units`."""
        size = self.size + (kernel - 1) * dilation * self.stride
        start = self.start - padding * self.stride
        return Axis(size, self.stride * stride if units > 1 else 0, start)

    def whole(self, units: int) -> "Axis":
        """Return the field of one unit that reads all units of the axis."""
        return Axis(self.size + (units - 1) * self.stride, 0, self.start)


Field = tuple[Axis, Axis]


class Fields:
    """Fields of tensors by their storage and their height and width."""

    def __init__(self) -> None:
        self._fields: dict[Key, Field] = {}

    def begin(self, tensors: Sequence[Tensor]) -> None:
        """Give the images among the inputs the field of a pixel."""
        for tensor in tensors:
            if tensor.dim() == IMAGE_AXES and tensor.is_floating_point():
                self._fields[_key(tensor)] = (Axis(), Axis())

    def size(self, tensor: Tensor) -> tuple[int, int] | None:
        """Return the (height, width) that a unit of the tensor reads; None if it is not known."""
        field = self._fields.get(_key(tensor))
        return None if field is None else (field[0].size, field[1].size)

    def step(self, operator: Any, arguments: Sequence[Any], outputs: Sequence[Tensor]) -> None:
        """Set the fields of the outputs of an operator, an overload of `torch.ops`."""
        inputs = [x for x in tree_leaves(arguments) if isinstance(x, Tensor)]
        known = [(x, f) for x in inputs if (f := self._fields.get(_key(x))) is not None]
        images = [x for x in inputs if x.dim() == IMAGE_AXES]
        rule = RULES.get(operator._overloadpacket)
        for output in outputs:
            field: Field | None = None
            if rule is not None and known and known[0][0] is arguments[0]:
                field = rule(known[0][1], arguments, output)
            elif known:
                field = _passed(operator, known, images, output)
            if field is None:
                self._fields.pop(_key(output), None)
            else:
                self._fields[_key(output)] = field


def _key(tensor: Tensor) -> Key:
    spatial = tuple(tensor.shape[2:]) if tensor.dim() == IMAGE_AXES else ()
    return tensor.untyped_storage()._cdata, spatial


def _passed(
    operator: Any, known: list[tuple[Tensor, Field]], images: list[Tensor], output: Tensor
) -> Field | None:
    """Return the field of an operator that keeps height and width, or reads the whole image."""
    if output.dim() == 2:
        return _union([_whole(x, f) for x, f in known])
    size = tuple(output.shape[2:])
    if output.dim() != IMAGE_AXES:
        return None
    if size == (1, 1) and operator._overloadpacket in POOLING:
        return _union([_whole(x, f) for x, f in known])
    keeps = operator._overloadpacket in KEEPING or _is_pointwise(operator)
    if not keeps or len(known) < len(images) or any(x.dim() != IMAGE_AXES for x, _ in known):
        return None
    return _union([f for _, f in known])


def _is_pointwise(operator: Any) -> bool:
    """Return whether an operator, or the one that it does in place, works number by number."""
    name = operator._schema.name.partition("::")[2].removesuffix("_")
    plain = getattr(getattr(aten, name, None), operator._overloadname, operator)
    return torch.Tag.pointwise in {*operator.tags, *plain.tags}


def _whole(tensor: Tensor, field: Field) -> Field:
    if tensor.dim() != IMAGE_AXES:
        return field
    return field[0].whole(tensor.shape[2]), field[1].whole(tensor.shape[3])


def _union(fields: list[Field]) -> Field | None:
    axes = []
    for same in zip(*fields, strict=True):
        strides = {axis.stride for axis in same}
        moving = strides - {0}
        if len(moving) > 1:
            return None
        first = min(axis.start for axis in same)
        last = max(axis.start + axis.size for axis in same)
        axes.append(Axis(last - first, moving.pop() if moving else 0, first))
    return axes[0], axes[1]


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    return (value[0], value[-1])


def _window(
    field: Field, output: Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> Field:
    sizes = zip(
        *map(_pair, (kernel, stride or kernel, padding, dilation)), output.shape[2:], strict=True
    )
    (height, width) = (axis.window(*size) for axis, size in zip(field, sizes, strict=True))
    return height, width


def _convolution(field: Field, arguments: Sequence[Any], output: Tensor) -> Field | None:
    _x, weight, _bias, stride, padding, dilation, transposed, *_rest = arguments
    if transposed or output.dim() != IMAGE_AXES:
        return None
    return _window(field, output, list(weight.shape[2:]), stride, padding, dilation)


def _max_pool(field: Field, arguments: Sequence[Any], output: Tensor) -> Field:
    _x, kernel, stride, padding, dilation = _filled(arguments, (None, None, [], 0, 1))
    return _window(field, output, kernel, stride, padding, dilation)


def _average_pool(field: Field, arguments: Sequence[Any], output: Tensor) -> Field:
    _x, kernel, stride, padding = _filled(arguments, (None, None, [], 0))
    return _window(field, output, kernel, stride, padding, 1)


def _pad(field: Field, arguments: Sequence[Any], output: Tensor) -> Field | None:
    sides = list(arguments[1])
    if len(sides) > IMAGE_AXES or output.dim() != IMAGE_AXES:
        return None
    left, _, top, _ = [*sides, 0, 0, 0, 0][:IMAGE_AXES]
    height, width = field
    return (
        height._replace(start=height.start - top * height.stride),
        width._replace(start=width.start - left * width.stride),
    )


def _filled(arguments: Sequence[Any], defaults: tuple[Any, ...]) -> tuple[Any, ...]:
    number = len(defaults)
    return (*arguments[:number], *defaults[len(arguments[:number]) :])


RULES: dict[Any, Callable[[Field, Sequence[Any], Tensor], Field | None]] = {
    aten.convolution: _convolution,
    aten.max_pool2d_with_indices: _max_pool,
    aten.max_pool2d: _max_pool,
    aten.avg_pool2d: _average_pool,
    aten.constant_pad_nd: _pad,
}
"""By operator; others keep height and width, or are not known."""
