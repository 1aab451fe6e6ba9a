"""Receptive field of an operator's output, by operator. None where it is not known."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from convscope.network.summary.places import IMAGE_AXES, Axis, Field, Located, Place, union

aten = torch.ops.aten
Inputs = Sequence[tuple[Tensor, Located]]
Rule = Callable[[Inputs, Sequence[Any], Tensor], Located | None]

CONSTANT = (
    aten.zeros_like,
    aten.ones_like,
    aten.empty_like,
    aten.full_like,
    aten.rand_like,
    aten.randn_like,
    aten.new_zeros,
    aten.new_ones,
    aten.new_empty,
    aten.new_full,
)
"""Operators that take only the shape of a tensor."""
KEEPING = (
    aten.channel_shuffle,
    aten.native_channel_shuffle,
    aten.copy_,
    aten.expand,
    aten.native_batch_norm,
    aten._native_batch_norm_legit,
    aten._native_batch_norm_legit_no_training,
    aten._batch_norm_impl_index,
    aten.native_group_norm,
    aten.native_layer_norm,
    aten.native_dropout,
    *(
        getattr(aten, name + end)
        for name in ("elu", "gelu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "silu")
        for end in ("", "_")
    ),
)
"""Operators beside the pointwise ones that leave pixels in their places.

Statistics of normalisation are not counted, as in the tables of architectures.
"""


def located(
    operator: Any,
    arguments: Sequence[Any],
    inputs: Sequence[tuple[Tensor, Located | None]],
    output: Tensor,
) -> Located | None:
    """Return the field of an output.

    Args:
        inputs: the tensors among the arguments that depend on images, with their fields.
    """
    known = [(x, where) for x, where in inputs if where is not None]
    if len(known) < len(inputs):
        return None
    if all(where.place is None for _, where in known):
        return _joined(known, None)
    packet = operator._overloadpacket
    if packet in RULES:
        return RULES[packet](known, arguments, output)
    return _kept(known, output) if packet in KEEPING or _is_pointwise(operator) else None


def _is_pointwise(operator: Any) -> bool:
    """Return whether an operator, or the one that it does in place, works number by number."""
    name = operator._schema.name.partition("::")[2].removesuffix("_")
    plain = getattr(getattr(aten, name, None), operator._overloadname, operator)
    return torch.Tag.pointwise in {*operator.tags, *plain.tags}


def _joined(inputs: Inputs, place: Place | None) -> Located | None:
    field = union([where.field for _, where in inputs], place)
    return None if field is None else Located.of(field, place)


def _kept(inputs: Inputs, output: Tensor) -> Located | None:
    """Return the field of an operator that broadcasts its inputs."""
    places = [_broadcast(x, where, output) for x, where in inputs if where.place is not None]
    return _joined(inputs, places[0]) if len(set(places)) == 1 and places[0] else None


def _broadcast(tensor: Tensor, where: Located, output: Tensor) -> Place | None:
    if where.place is None or tensor.shape == output.shape:
        return where.place
    axis = where.place.axis(tensor.shape)
    if axis is None or output.dim() < tensor.dim():
        return None
    at = axis + output.dim() - tensor.dim()
    sizes = zip(where.place[1:3], output.shape[at : at + 2], strict=True)
    same = all(size in (1, target) for size, target in sizes)
    return Place.at(output.shape, at) if same else None


def _single(inputs: Inputs) -> tuple[Tensor, Field, Place, int] | None:
    """Return the only input, with the axis of its height; None where there is no such axis."""
    tensor, (field, place) = inputs[0]
    axis = None if place is None or len(inputs) > 1 else place.axis(tensor.shape)
    return None if axis is None or place is None else (tensor, field, place, axis)


def _images(inputs: Inputs, output: Tensor) -> Field | None:
    """Return the field of the only input if it and the output are (N, C, H, W)."""
    single = _single(inputs)
    if single is None or single[0].dim() != IMAGE_AXES or output.dim() != IMAGE_AXES:
        return None
    return single[1] if single[3] == 2 else None


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[-1])


def _window(inputs: Inputs, output: Tensor, *sizes: Any) -> Located | None:
    """Return the field after a window of (kernel, stride, padding, dilation)."""
    field = _images(inputs, output)
    if field is None:
        return None
    rows = zip(*map(_pair, sizes), output.shape[2:], strict=True)
    height, width = (axis.window(*row) for axis, row in zip(field, rows, strict=True))
    return Located.of((height, width), Place.of_images(output.shape))


def _convolution(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    _x, weight, _bias, stride, padding, dilation, transposed, *_rest = arguments
    if transposed:
        return None
    return _window(inputs, output, list(weight.shape[2:]), stride, padding, dilation)


def _max_pool(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    _x, kernel, stride, padding, dilation = _filled(arguments, (None, None, [], 0, 1))
    return _window(inputs, output, kernel, stride or kernel, padding, dilation)


def _average_pool(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    _x, kernel, stride, padding = _filled(arguments, (None, None, [], 0))
    return _window(inputs, output, kernel, stride or kernel, padding, 1)


def _adaptive_pool(inputs: Inputs, _arguments: Sequence[Any], output: Tensor) -> Located | None:
    """Windows of equal size, where the sizes of the output divide those of the input."""
    sizes = list(zip(inputs[0][0].shape[-2:], output.shape[-2:], strict=True))
    if any(size % units for size, units in sizes):
        return None
    kernel = [size // units for size, units in sizes]
    return _window(inputs, output, kernel, kernel, 0, 1)


def _pool_3d(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    """Average over channels, as local response normalisation does."""
    _x, kernel, stride, padding = _filled(arguments, (None, None, [], 0))
    single = _single(inputs)
    ones = [*_of_pixels(kernel), *_of_pixels(stride or kernel)]
    if single is None or set(ones) != {1} or any(_of_pixels(padding)):
        return None
    return _at(single, output, single[3])


def _of_pixels(value: Any) -> list[int]:
    """Return the sizes of a 3-dimensional window along height and width."""
    return [value] * 2 if isinstance(value, int) else [*value, *value, *value][1:3]


def _pad(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    single = _single(inputs)
    if single is None:
        return None
    tensor, field, _place, axis = single
    sides = [*arguments[1], *(0 for _ in range(2 * tensor.dim()))]
    axes = []
    for number, before in enumerate(field):
        first = sides[2 * (tensor.dim() - 1 - axis - number)]
        axes.append(before._replace(start=before.start - first * before.stride))
    return Located.of((axes[0], axes[1]), Place.at(output.shape, axis))


def _filled(arguments: Sequence[Any], defaults: tuple[Any, ...]) -> tuple[Any, ...]:
    number = len(defaults)
    return (*arguments[:number], *defaults[len(arguments[:number]) :])


def _at(
    single: tuple[Tensor, Field, Place, int], output: Tensor, axis: int | None
) -> Located | None:
    """Return the same field with its height at an axis of the output, of the same size."""
    _tensor, field, place, _axis = single
    if axis is None or tuple(output.shape[axis : axis + 2]) != place[1:3]:
        return None
    return Located.of(field, Place.at(output.shape, axis))


def _view(inputs: Inputs, _arguments: Sequence[Any], output: Tensor) -> Located | None:
    """Other axes, the same order; a row with all pixels is as if it read the whole image."""
    tensor, (field, place) = inputs[0]
    if len(inputs) > 1 or place is None or tensor.numel() != output.numel():
        return None
    if output.dim() == 2 and output.shape[0] <= place.before:
        return Located.whole(field, place)
    return Located.of(field, place)


def _permute(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    single = _single(inputs)
    if single is None:
        return None
    axes = [axis % output.dim() for axis in arguments[1]]
    height = axes.index(single[3])
    beside = axes[height + 1 : height + 2] == [single[3] + 1]
    return _at(single, output, height if beside else None)


def _transpose(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    axes = list(range(output.dim()))
    one, two = (arguments[1], arguments[2]) if len(arguments) > 1 else (0, 1)
    axes[one], axes[two] = axes[two], axes[one]
    return _permute(inputs, (None, axes), output)


def _cat(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    """Concatenation along any axis but those of the pixels."""
    along = (arguments[1] if len(arguments) > 1 else 0) % output.dim()
    axes = {w.place.axis(x.shape) for x, w in inputs if w.place is not None}
    axis = axes.pop()
    if axes or axis is None or along in (axis, axis + 1):
        return None
    return _joined(inputs, Place.at(output.shape, axis))


def _stack(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    along = (arguments[1] if len(arguments) > 1 else 0) % output.dim()
    axes = {w.place.axis(x.shape) for x, w in inputs if w.place is not None}
    axis = axes.pop()
    if axes or axis is None or along == axis + 1:
        return None
    return _joined(inputs, Place.at(output.shape, axis + (along <= axis)))


def _slice(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    _x, along, first, _last, step = _filled(arguments, (None, 0, None, None, 1))
    single = _single(inputs)
    if single is None:
        return None
    tensor, field, _place, axis = single
    along %= tensor.dim()
    if along not in (axis, axis + 1):
        return _at(single, output, axis)
    units, first = tensor.shape[along], first or 0
    first = min(max(first + units if first < 0 else first, 0), units)
    old = field[along - axis]
    new = Axis(old.size, old.stride * step, old.start + first * old.stride)
    new = new.over(output.shape[along])
    both = (new, field[1]) if along == axis else (field[0], new)
    return Located.of(both, Place.at(output.shape, axis))


def _select(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    """An axis is dropped, as one of several channels."""
    single = _single(inputs)
    if single is None:
        return None
    tensor, _field, _place, axis = single
    along = (arguments[1] if len(arguments) > 1 else 0) % tensor.dim()
    return None if along in (axis, axis + 1) else _at(single, output, axis - (along < axis))


def _among_channels(argument: int) -> Rule:
    """Return the rule of operators along axes, which are known unless they mix pixels."""

    def rule(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
        single = _single(inputs)
        if single is None:
            return None
        tensor, _field, _place, axis = single
        along = arguments[argument] if len(arguments) > argument else 0
        axes = {a % tensor.dim() for a in ([along] if isinstance(along, int) else along)}
        return None if not axes or axes & {axis, axis + 1} else _at(single, output, axis)

    return rule


def _index(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    """An index along one axis, as a list of channels."""
    single = _single(inputs)
    used = [axis for axis, index in enumerate(arguments[1]) if index is not None]
    if single is None or len(used) != 1 or used[0] in (single[3], single[3] + 1):
        return None
    further = output.dim() - single[0].dim() if used[0] < single[3] else 0
    return _at(single, output, single[3] + further)


def _reduction(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    single = _single(inputs)
    if single is None:
        return None
    tensor, field, place, axis = single
    _x, along, keeps = _filled(arguments, (None, None, False))
    listed = [along] if isinstance(along, int) else along or range(tensor.dim())
    axes = {a % tensor.dim() for a in listed}
    pixels = axes & {axis, axis + 1}
    if len(pixels) == 2:
        return Located.whole(field, place)
    if not pixels:
        return _at(single, output, axis if keeps else axis - sum(a < axis for a in axes))
    if not keeps:
        return None
    height, width = (
        one.whole(units) if axis + number in pixels else one
        for number, (one, units) in enumerate(zip(field, place[1:3], strict=True))
    )
    return Located.of((height, width), Place.at(output.shape, axis))


def _norm(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    _x, _order, along, keeps = _filled(arguments, (None, 2, None, False))
    return _reduction(inputs, (None, along, keeps), output)


def _linear(inputs: Inputs, arguments: Sequence[Any], output: Tensor) -> Located | None:
    """A product of rows with weights: of channels that stand last, or of all pixels."""
    rows, (field, place) = inputs[0]
    matrices = arguments[-2:]
    if len(inputs) > 1 or place is None or rows is not matrices[0]:
        return None
    mixed = rows.shape[1]
    if place.after % mixed == 0:
        after = place.after // mixed * output.shape[1]
        return Located.of(field, place._replace(after=after))
    pixels = place.height * place.width * place.after
    return Located.whole(field, place) if mixed % pixels == 0 else None


RULES: dict[Any, Rule] = {
    aten.convolution: _convolution,
    aten.max_pool2d_with_indices: _max_pool,
    aten.max_pool2d: _max_pool,
    aten.avg_pool2d: _average_pool,
    aten.avg_pool3d: _pool_3d,
    aten._adaptive_avg_pool2d: _adaptive_pool,
    aten.adaptive_max_pool2d: _adaptive_pool,
    aten.constant_pad_nd: _pad,
    aten.view: _view,
    aten._unsafe_view: _view,
    aten._reshape_alias: _view,
    aten.unsqueeze: _view,
    aten.squeeze: _view,
    aten.clone: _view,
    aten.detach: _view,
    aten.alias: _view,
    aten._to_copy: _view,
    aten.permute: _permute,
    aten.transpose: _transpose,
    aten.t: _transpose,
    aten.cat: _cat,
    aten.stack: _stack,
    aten.slice: _slice,
    aten.select: _select,
    aten.unbind: _select,
    aten.split: _among_channels(2),
    aten.split_with_sizes: _among_channels(2),
    aten._softmax: _among_channels(1),
    aten._log_softmax: _among_channels(1),
    aten.index_select: _among_channels(1),
    aten.index: _index,
    aten.flip: _among_channels(1),
    aten.roll: _among_channels(2),
    aten.mean: _reduction,
    aten.sum: _reduction,
    aten.amax: _reduction,
    aten.amin: _reduction,
    aten.max: _reduction,
    aten.min: _reduction,
    aten.linalg_vector_norm: _norm,
    aten.mm: _linear,
    aten.addmm: _linear,
}
"""By operator; pointwise ones and `KEEPING` leave pixels in their places."""
