"""Emitter of ONNX nodes: the implementation of `layers.emitter.Emitter` for one layer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, final

import numpy as np
import onnx
from onnx import helper

from convscope.layers.emitter import Attribute, Nested

Array = np.ndarray[Any, Any]


class Stored(NamedTuple):
    """A tensor of the file; its numbers are computed when they are written.

    So that no second copy of the weights is held while a large file is written.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    values: Callable[[], Array]

    @property
    def size_bytes(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


def stored(values: Array) -> Stored:
    """Return an array as a tensor of the file."""
    return Stored(values.shape, values.dtype, lambda: values)


Tensors = Mapping[str, Array | Stored]


@dataclass
class Parts:
    """Nodes and stored tensors of a graph, in the order of writing."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    tensors: dict[str, Stored] = field(default_factory=dict)

    def add(
        self, operator: str, inputs: Sequence[str], name: str, attributes: Mapping[str, Attribute]
    ) -> str:
        """Add a node whose output has its name; return the name."""
        node = helper.make_node(operator, inputs, [name], name)
        node.attribute.extend(helper.make_attribute(*item) for item in attributes.items())
        self.nodes.append(node)
        return name

    def store(self, name: str, values: Array | Stored) -> str:
        """Add a tensor under a name, once; return the name."""
        if name not in self.tensors:
            self.tensors[name] = values if isinstance(values, Stored) else stored(values)
        return name


@final
class LayerEmitter:
    """Writer of the nodes of one layer.

    Intermediate tensors are named `path/Operator_1`, constants `path/constant_1`.

    Args:
        parts: receives nodes and tensors.
        path: the path of the layer; weights are stored under the names of the state dict.
        weights: the state dict of the whole block.
    """

    def __init__(self, parts: Parts, path: str, weights: Tensors) -> None:
        self._parts, self._path, self._weights = parts, path, weights
        self._first = len(parts.nodes)
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def node(self, operator: str, *inputs: str, **attributes: Attribute) -> str:
        number = len(self._parts.nodes) - self._first + 1
        return self._parts.add(operator, inputs, f"{self._path}/{operator}_{number}", attributes)

    def constant(self, values: Nested, kind: Literal["float32", "int64"] = "float32") -> str:
        array = np.array(values, dtype=kind)
        key = kind, array.shape, array.tobytes()
        name = f"{self._path}/constant_{len(self._constants) + 1}"
        return self._parts.store(self._constants.setdefault(key, name), array)

    def weight(self, name: str) -> str:
        path = f"{self._path}.{name}" if self._path else name
        return self._parts.store(path, self._weights[path])

    def finish(self, output: str, name: str) -> str:
        """Give the output of the layer its name; a layer without nodes gets an Identity."""
        last = self._parts.nodes[-1] if len(self._parts.nodes) > self._first else None
        if last is None or list(last.output) != [output]:
            self.node("Identity", output)
            last = self._parts.nodes[-1]
        last.output[0] = last.name = name
        return name
