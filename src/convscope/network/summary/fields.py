"""Receptive fields of a module that runs, from its operators. None where they are not known.

Along each axis unit i of a tensor reads pixels start + i stride ... start + i stride + size - 1.
The rules of the operators are in `field_rules.py`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Tensor
from torch.utils._pytree import tree_leaves

from convscope.network.summary.field_rules import CONSTANT, located
from convscope.network.summary.places import IMAGE_AXES, Axis, Located, Place, union

Key = tuple[int, int, tuple[int, ...], tuple[int, ...]]


class Written(NamedTuple):
    """A storage that is written part by part, and the height and width of its images."""

    storage: int
    size: tuple[int, ...]


class Fields:
    """Fields of the tensors that depend on the images among the inputs."""

    def __init__(self) -> None:
        self._known: dict[Key, Located] = {}
        self._written: dict[Written, Located | None] = {}
        self._dependent: set[int] = set()

    def begin(self, tensors: Sequence[Tensor]) -> None:
        """Give the images among the inputs the field of a pixel."""
        for tensor in tensors:
            self._dependent.add(_storage(tensor))
            if tensor.dim() == IMAGE_AXES and tensor.is_floating_point():
                field = (Axis().over(tensor.shape[2]), Axis().over(tensor.shape[3]))
                self._known[_key(tensor)] = Located.of(field, Place.of_images(tensor.shape))

    def size(self, tensor: Tensor) -> tuple[int, int] | None:
        """Return the (height, width) that a unit of the tensor reads; None if it is not known."""
        where = self._find(tensor)
        return None if where is None else (where.field[0].size, where.field[1].size)

    def step(self, operator: Any, arguments: Any, outputs: Sequence[Tensor]) -> None:
        """Set the fields of the outputs of an operator, an overload of `torch.ops`."""
        tensors = [x for x in tree_leaves(arguments) if isinstance(x, Tensor)]
        inputs = [(x, self._find(x)) for x in tensors if _storage(x) in self._dependent]
        if not inputs or operator._overloadpacket in CONSTANT:
            return  # numbers that do not depend on images
        for output in outputs:
            where = located(operator, arguments, inputs, output)
            self._dependent.add(_storage(output))
            if operator._schema.is_mutable:
                where = self._write(output, where)
            if where is None:
                self._known.pop(_key(output), None)
            else:
                self._known[_key(output)] = where

    def _find(self, tensor: Tensor) -> Located | None:
        known = self._known.get(_key(tensor))
        if known is None and tensor.dim() == IMAGE_AXES:
            known = self._written.get(_written(tensor))
            if known is not None and known.place is not None:
                known = known._replace(place=Place.of_images(tensor.shape))
        return known

    def _write(self, output: Tensor, where: Located | None) -> Located | None:
        """Return the field of a tensor that was changed, and set those of its other views."""
        storage = _storage(output)
        views = [key for key in self._known if key[0] == storage]
        for key in views:
            other = self._known[key]
            joined = union([other.field, where.field], other.place) if where is not None else None
            if joined is None or where is None or not other.has_pixels_of(where):
                del self._known[key]
            else:
                self._known[key] = Located.of(joined, other.place)
        images = _written(output)
        if images not in self._written:
            self._written[images] = where
        elif (before := self._written[images]) is not None and where is not None:
            joined = union([before.field, where.field], where.place)
            self._written[images] = None if joined is None else Located.of(joined, where.place)
        else:
            self._written[images] = None
        return where


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _key(tensor: Tensor) -> Key:
    place = (_storage(tensor), int(tensor.storage_offset()))
    return (*place, tuple(tensor.shape), tuple(tensor.stride()))


def _written(tensor: Tensor) -> Written:
    return Written(_storage(tensor), tuple(tensor.shape[2:]))
