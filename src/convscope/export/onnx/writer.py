"""ONNX files as a stream: the bytes that `SerializeToString` gives, without a copy of the weights.

A message of protobuf is a sequence of fields: a tag (field number * 8 + 2), the length as a
varint, the bytes. The graph's length follows from the shapes of its tensors, so it is known
before the first of them is written.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import onnx
from onnx import helper

from convscope.errors import InputError
from convscope.export.onnx.emitter import Array, Parts, Stored
from convscope.export.onnx.metadata import METADATA, WEIGHTS, WeightsDigest, metadata_sha256
from convscope.text import byte_size

OPSET = 18
IR_VERSION = 10
MOST_BYTES = 2**31 - 1
"""Of one message of protobuf, and so of an ONNX file without others beside it."""

# numbers of fields in onnx.proto
GRAPH = 7
INITIALIZER = 5
RAW_DATA = 9


@final
@dataclass(frozen=True)
class OnnxGraph:
    """A graph that can be written: nodes, tensors, inputs, outputs and known shapes."""

    name: str
    parts: Parts
    inputs: tuple[onnx.ValueInfoProto, ...]
    outputs: tuple[onnx.ValueInfoProto, ...]
    known: tuple[onnx.ValueInfoProto, ...] = ()

    def to_model(self) -> onnx.ModelProto:
        """Return the model in memory, with a copy of the weights and without metadata."""
        model = _around()
        model.graph.MergeFrom(_before(self))
        for name, tensor in self.parts.tensors.items():
            proto = _header(name, tensor)
            proto.raw_data = _little_endian(tensor).tobytes()
            model.graph.initializer.append(proto)
        model.graph.MergeFrom(_after(self))
        return model

    @property
    def size_bytes(self) -> int:
        """Length of the graph in the file."""
        tensors = sum(_field_size(_tensor_size(*item)) for item in self.parts.tensors.items())
        return int(_before(self).ByteSize()) + tensors + int(_after(self).ByteSize())


def written(graph: OnnxGraph, metadata: Mapping[str, str]) -> Iterator[bytes | memoryview]:
    """Yield the bytes of the file; the digests of weights and metadata are added to the latter.

    Raises:
        InputError: the file would be larger than ONNX allows.
    """
    length = graph.size_bytes
    if length + sum(len(text.encode()) for text in metadata.values()) > MOST_BYTES - 4096:
        raise InputError(
            f"{graph.name} as ONNX would take {byte_size(length)}",
            expected="at most 2 GiB: a single ONNX file cannot be larger",
            fix="export a smaller network, or its code and weights with --to pytorch",
        )
    head, tail = _around(), onnx.ModelProto()
    tail.opset_import.extend(head.opset_import)
    head.ClearField("opset_import")
    yield head.SerializeToString()
    yield _tag(GRAPH) + _varint(length)
    yield _before(graph).SerializeToString()
    digest = WeightsDigest()
    for name, tensor in graph.parts.tensors.items():
        header = _header(name, tensor).SerializeToString()
        yield _tag(INITIALIZER) + _varint(_tensor_size(name, tensor)) + header
        yield _tag(RAW_DATA) + _varint(tensor.size_bytes)
        values = _little_endian(tensor)
        raw = memoryview(values.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
        digest.add(raw)
        yield raw
    yield _after(graph).SerializeToString()
    complete = {**metadata, WEIGHTS: digest.hex()}
    helper.set_model_props(tail, complete | {METADATA: metadata_sha256(complete)})
    yield tail.SerializeToString()


def _around() -> onnx.ModelProto:
    """Return a model without a graph."""
    return onnx.ModelProto(
        ir_version=IR_VERSION,
        producer_name="convscope",
        opset_import=[helper.make_opsetid("", OPSET)],
    )


def _before(graph: OnnxGraph) -> onnx.GraphProto:
    """Return the fields of a graph with numbers below that of the initializers."""
    return onnx.GraphProto(node=graph.parts.nodes, name=graph.name)


def _after(graph: OnnxGraph) -> onnx.GraphProto:
    return onnx.GraphProto(input=graph.inputs, output=graph.outputs, value_info=graph.known)


def _header(name: str, tensor: Stored) -> onnx.TensorProto:
    """Return a tensor without its numbers, which are the last field."""
    kind = helper.np_dtype_to_tensor_dtype(tensor.dtype)
    return onnx.TensorProto(dims=tensor.shape, data_type=kind, name=name)


def _tensor_size(name: str, tensor: Stored) -> int:
    return int(_header(name, tensor).ByteSize()) + _field_size(tensor.size_bytes)


def _field_size(length: int) -> int:
    """Return the bytes of a field with a tag of one byte."""
    return 1 + len(_varint(length)) + length


def _tag(number: int) -> bytes:
    return bytes([number << 3 | 2])


def _varint(number: int) -> bytes:
    """Return a whole number in groups of 7 bits, the lowest first."""
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def _little_endian(tensor: Stored) -> Array:
    values = np.ascontiguousarray(tensor.values())
    return values.byteswap() if sys.byteorder == "big" else values
