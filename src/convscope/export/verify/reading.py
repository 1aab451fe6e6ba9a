"""Checks of any ONNX file before a runtime gets it, and facts about what it is.

The file may come from a stranger. It is one protocol buffer in memory: nothing beside it is
opened. Refused are tensors in other files, operators outside ONNX's own domain, local functions,
tensors whose data are not as long as their shape says, and subgraphs nested too deeply.
"""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import AttributeProto, GraphProto, ModelProto, TensorProto

from convscope.errors import FormatError, nearest
from convscope.export.onnx.metadata import KEYS, PREFIX, metadata_sha256, weights_sha256
from convscope.export.verify.pixels import Tensor
from convscope.text import counted, listed

MAX_BYTES = 2**31 - 1  # a protocol buffer is not larger
MAX_NODES = 100_000
MAX_DEPTH = 8  # of subgraphs
MAX_AXES = 16
MAX_NAMES = 8192  # inputs and outputs; resnet1202 has 4,806 activations
MAX_METADATA = 256 << 20  # characters
OLDEST_OPSET = 7
DOMAINS = ("", "ai.onnx")  # two names of ONNX's own
BITS: dict[str, tuple[int, str, float]] = {
    "FLOAT": (32, "float_data", 1),
    "UINT8": (8, "int32_data", 1),
    "INT8": (8, "int32_data", 1),
    "UINT16": (16, "int32_data", 1),
    "INT16": (16, "int32_data", 1),
    "INT32": (32, "int32_data", 1),
    "INT64": (64, "int64_data", 1),
    "BOOL": (8, "int32_data", 1),
    "FLOAT16": (16, "int32_data", 1),
    "DOUBLE": (64, "double_data", 1),
    "UINT32": (32, "uint64_data", 1),
    "UINT64": (64, "uint64_data", 1),
    "COMPLEX64": (64, "float_data", 2),
    "COMPLEX128": (128, "double_data", 2),
    "BFLOAT16": (16, "int32_data", 1),
    "FLOAT8E4M3FN": (8, "int32_data", 1),
    "FLOAT8E4M3FNUZ": (8, "int32_data", 1),
    "FLOAT8E5M2": (8, "int32_data", 1),
    "FLOAT8E5M2FNUZ": (8, "int32_data", 1),
    "FLOAT8E8M0": (8, "int32_data", 1),
    "UINT4": (4, "int32_data", 0.5),
    "INT4": (4, "int32_data", 0.5),
    "FLOAT4E2M1": (4, "int32_data", 0.5),
}
"""Type of a tensor -> bits of a number, field of its numbers, entries of that field for each."""
RENAMED = {"FLOAT": "float32", "DOUBLE": "float64"}


class Facts(NamedTuple):
    """Description of a file.

    Attributes:
        operators: number of nodes by operator, the most frequent first.
        metadata: the entries under convscope's keys.
        metadata_sha256: of the entries, as `export.onnx.metadata.metadata_sha256`.
        sha256: of the stored tensors, as `export.onnx.metadata.weights_sha256`.
    """

    producer: str
    opset: int
    ir_version: int
    num_nodes: int
    operators: dict[str, int]
    num_tensors: int
    tensor_bytes: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    metadata: dict[str, str]
    metadata_sha256: str
    sha256: str


def read_facts(data: bytes) -> Facts:
    """Check the bytes of a file and return what it is.

    Raises:
        FormatError: it is damaged, or has something that is not allowed.
    """
    return facts_of(parsed(data))


def parsed(data: bytes) -> ModelProto:
    """Return the message in the bytes of a file; it holds copies of them.

    Raises:
        FormatError: there is none.
    """
    try:
        model: ModelProto = ModelProto.FromString(data)
    except (DecodeError, RecursionError):
        raise FormatError(
            "damaged or truncated: not a complete ONNX model",
            fix="export it again, or copy it again from where it came from",
        ) from None
    return model


def facts_of(model: ModelProto) -> Facts:
    """Check a model and return what it is.

    Raises:
        FormatError: it has something that is not allowed.
    """
    opset = _opset(model)
    nodes: Counter[str] = Counter()
    _check_functions(model)
    for graph in _graphs(model.graph, nodes, opset):
        _check_tensors(graph)
    if not nodes or not model.graph.output:
        raise FormatError(
            "the graph has no nodes or no outputs", expected="a model that computes something"
        )
    metadata = _metadata(model)
    stored = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in stored]
    sizes = [len(tensor.raw_data) for tensor in model.graph.initializer]
    return Facts(
        producer=f"{_text(model.producer_name)} {_text(model.producer_version)}".strip(),
        opset=opset,
        ir_version=model.ir_version,
        num_nodes=nodes.total(),
        operators=dict(nodes.most_common()),
        num_tensors=len(sizes),
        tensor_bytes=sum(sizes),
        inputs=_values(inputs),
        outputs=_values(model.graph.output),
        metadata={key: metadata[key] for key in KEYS if key in metadata},
        metadata_sha256=metadata_sha256(metadata),
        sha256=weights_sha256(tensor.raw_data for tensor in model.graph.initializer),
    )


def _opset(model: ModelProto) -> int:
    """Return the version of ONNX's own operators; reject other domains."""
    own = [entry.version for entry in model.opset_import if entry.domain in DOMAINS]
    if not own or not model.HasField("graph"):
        raise FormatError(
            "damaged or truncated: no graph or no version of the operators",
            expected="a complete ONNX model",
            fix="export it again, or copy it again from where it came from",
        )
    newest = onnx.defs.onnx_opset_version()
    if not OLDEST_OPSET <= own[0] <= newest:
        raise FormatError(
            f"operators of version {own[0]} (opset)",
            expected=f"from {OLDEST_OPSET} to {newest}",
            fix="convert it with onnx.version_converter"
            if own[0] < OLDEST_OPSET
            else "a newer package onnx, or export it again with an older opset",
        )
    return int(own[0])


def _check_functions(model: ModelProto) -> None:
    if model.functions:
        names = listed(f"{_text(f.domain)}.{_text(f.name)}" for f in model.functions)
        raise FormatError(
            f"{counted(len(model.functions), 'local function')}: {names}",
            expected="nodes with ONNX's own operators",
            fix="inline them: onnx.inliner.inline_local_functions",
        )
    if model.training_info:
        raise FormatError("it has a graph for training", expected="a graph for inference")


def _graphs(graph: GraphProto, nodes: "Counter[str]", opset: int) -> Iterator[GraphProto]:
    """Yield a graph and all graphs inside its nodes, and count their nodes by operator.

    Raises:
        FormatError: too many nodes, nested too deeply, or an operator that is not ONNX's own.
    """
    waiting = [(graph, 0)]
    while waiting:
        current, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise FormatError("subgraphs are nested too deeply", expected=f"at most {MAX_DEPTH}")
        if nodes.total() + len(current.node) > MAX_NODES:
            raise FormatError(f"more than {MAX_NODES:,} nodes", expected="a smaller graph")
        yield current
        for node in current.node:
            _check_operator(node, opset)
            nodes[_text(node.op_type)] += 1
            for attribute in node.attribute:
                inner = [attribute.g] if attribute.HasField("g") else []
                waiting += [(each, depth + 1) for each in (*inner, *attribute.graphs)]


def _check_operator(node: Any, opset: int) -> None:
    operator, domain, where = _text(node.op_type), _text(node.domain), _text(node.name)
    if domain not in DOMAINS:
        raise FormatError(
            f"the operator {operator} of the domain {domain}",
            expected="ONNX's own operators: others are programs of their runtime",
            where=where,
        )
    if not onnx.defs.has(operator, opset, ""):
        close = nearest(operator, {each.name for each in onnx.defs.get_all_schemas()})
        raise FormatError(
            f"there is no operator {operator!r} in opset {opset}",
            expected="ONNX's own operators",
            fix=f"did you mean {' or '.join(close)}?" if close else "",
            where=where,
        )


def _check_tensors(graph: GraphProto) -> None:
    """Check the stored tensors of a graph: initializers, and those in attributes of its nodes."""
    if graph.sparse_initializer:
        raise FormatError("sparse tensors", expected="dense tensors")
    for tensor in graph.initializer:
        _check_tensor(tensor)
    for node in graph.node:
        for attribute in node.attribute:
            _check_attribute(attribute)


def _check_attribute(attribute: AttributeProto) -> None:
    if attribute.HasField("sparse_tensor") or attribute.sparse_tensors:
        raise FormatError("sparse tensors", expected="dense tensors")
    if attribute.HasField("t"):
        _check_tensor(attribute.t)
    for tensor in attribute.tensors:
        _check_tensor(tensor)


def _check_tensor(tensor: TensorProto) -> None:
    """Check that the numbers of a tensor are in it, and as many as its shape says."""
    where = _text(tensor.name)
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        names = [_text(entry.value) for entry in tensor.external_data if entry.key == "location"]
        raise FormatError(
            f"its numbers are in another file: {listed(names) or 'without a name'}",
            expected="one file with all numbers; other files are never opened",
            fix="where it was made: onnx.save_model(onnx.load(FILE), NEW_FILE)",
            where=where,
        )
    kind = _type_name(tensor.data_type)
    if len(tensor.dims) > MAX_AXES or any(size < 0 for size in tensor.dims):
        raise FormatError(
            f"a tensor of the shape {listed(map(str, tensor.dims))}",
            expected=f"at most {MAX_AXES} sizes of at least 0",
            where=where,
        )
    number = math.prod(tensor.dims)
    if kind == "STRING":
        stored, expected = len(tensor.string_data), number
    elif kind not in BITS:
        raise FormatError(f"numbers of the type {kind}", expected="a type of ONNX", where=where)
    elif tensor.HasField("raw_data"):
        stored, expected = len(tensor.raw_data), math.ceil(number * BITS[kind][0] / 8)
    else:
        _, field, entries = BITS[kind]
        stored, expected = len(getattr(tensor, field)), math.ceil(number * entries)
    if stored != expected:
        raise FormatError(
            f"a tensor of the shape {listed(map(str, tensor.dims)) or '()'} ({kind}) with "
            f"{stored:,} bytes or entries",
            expected=f"{expected:,}",
            where=where,
        )


def _text(value: str | bytes) -> str:
    """Return a text of a protocol buffer, which gives bytes where they are not UTF-8."""
    return value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")


def _type_name(number: int) -> str:
    try:
        return str(TensorProto.DataType.Name(number))
    except ValueError:
        return str(number)


def _values(values: Any) -> tuple[Tensor, ...]:
    if len(values) > MAX_NAMES:
        raise FormatError(
            f"{len(values):,} inputs or outputs of the graph", expected=f"at most {MAX_NAMES}"
        )
    return tuple(map(_value, values))


def _value(value: Any) -> Tensor:
    kind = value.type.tensor_type
    if not value.type.HasField("tensor_type") or len(kind.shape.dim) > MAX_AXES:
        return Tensor(_text(value.name), "no tensor", ())
    dtype = _type_name(kind.elem_type)
    sizes = tuple(
        dim.dim_value if dim.HasField("dim_value") else _text(dim.dim_param) or "?"
        for dim in kind.shape.dim
    )
    return Tensor(_text(value.name), RENAMED.get(dtype, dtype.lower()), sizes)


def _metadata(model: ModelProto) -> dict[str, str]:
    """Return the entries under keys of convscope, those of later versions included.

    Raises:
        FormatError: a key twice, or too long.
    """
    entries = [
        (_text(entry.key), _text(entry.value))
        for entry in model.metadata_props
        if _text(entry.key).startswith(PREFIX)
    ]
    if len({key for key, _ in entries}) < len(entries):
        raise FormatError("a key of the metadata is there twice", expected="each key once")
    if sum(len(value) for _, value in entries) > MAX_METADATA:
        raise FormatError("the metadata are too long", expected=f"{MAX_METADATA:,} characters")
    return dict(entries)
