"""Metadata of an exported ONNX file: its keys, the golden pair and the digest of its weights.

All values are text, so that any consumer of the file can test itself. No onnx is imported here.
"""

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, final

import numpy as np

from convscope.errors import FormatError, shortened

Array = np.ndarray[Any, Any]

VERSION = "convscope.version"
ARCHITECTURE = "convscope.architecture"
LABELS = "convscope.labels"
PREPROCESSING = "convscope.preprocessing"
CONVERSION = "convscope.conversion"
PROVENANCE = "convscope.provenance"
WEIGHTS = "convscope.weights_sha256"
METADATA = "convscope.metadata_sha256"
GOLDEN = "convscope.golden"
KEYS = (
    VERSION,
    ARCHITECTURE,
    LABELS,
    PREPROCESSING,
    CONVERSION,
    PROVENANCE,
    WEIGHTS,
    GOLDEN,
    METADATA,
)
PREFIX = "convscope."
"""Of all keys that are convscope's, those of later versions included."""

TOLERANCE = 1e-4  # of an output, relative to the largest value of the golden one
DTYPES = ("uint8", "float32")
MAX_AXES = 8
LARGEST_LEVEL = 1e6
MAX_BYTES = 64 << 20  # of one array of the pair


class Golden(NamedTuple):
    """One input of the model and its output in PyTorch.

    As JSON: {"input": ARRAY, "output": ARRAY, "tolerance": number}, where ARRAY is
    {"dtype": "uint8" or "float32", "shape": [numbers], "base64": little-endian bytes, row by row}.
    The input of a network without preprocessing has also "scale" and "offset": its numbers are
    scale * byte + offset, in float32.

    Attributes:
        input: as the model takes it: uint8 or float32.
        scale, offset: of the stored bytes of a float32 input of at most 256 different numbers.
    """

    input: Array
    output: Array
    tolerance: float = TOLERANCE
    scale: float | None = None
    offset: float = 0.0

    def to_json(self) -> str:
        """Return the text that is stored under `convscope.golden`."""
        fields = {
            "input": self._input(),
            "output": _to_dict(np.asarray(self.output, np.float32)),
            "tolerance": self.tolerance,
        }
        return json.dumps(fields, separators=(",", ":"))

    def _input(self) -> dict[str, Any]:
        if self.scale is None:
            return _to_dict(self.input)
        levels = np.rint((self.input.astype(np.float64) - self.offset) / self.scale)
        return _to_dict(levels.astype(np.uint8)) | {"scale": self.scale, "offset": self.offset}

    @staticmethod
    def from_json(text: str) -> "Golden":
        """Return the pair of `to_json`; the text is not trusted.

        Raises:
            FormatError: another form; `where` names the field.
        """
        try:
            fields = json.loads(text)
            parts = fields["input"], fields["output"], float(fields["tolerance"])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise FormatError(
                "the golden pair is not JSON of the documented form",
                expected='{"input": ..., "output": ..., "tolerance": ...}',
                where=GOLDEN,
            ) from None
        if not 0 < parts[2] < 1:
            raise FormatError(
                f"the tolerance is {parts[2]:g}",
                expected="a number between 0 and 1",
                where=f"{GOLDEN}.tolerance",
            )
        output = _array(parts[1], "output")
        scale, offset = _levels(parts[0])
        if scale is None:
            return Golden(_array(parts[0], "input"), output, parts[2])
        levels = _array(parts[0], "input").astype(np.float32)
        input = levels * np.float32(scale) + np.float32(offset)
        return Golden(input, output, parts[2], scale, offset)


def weights_sha256(tensors: Iterable[bytes | memoryview]) -> str:
    """Return the digest that is stored under `convscope.weights_sha256`.

    Args:
        tensors: `raw_data` of all initializers of the graph, in the order of the file.
    """
    digest = WeightsDigest()
    for data in tensors:
        digest.add(data)
    return digest.hex()


def metadata_sha256(entries: Mapping[str, str]) -> str:
    """Return the digest that is stored under `convscope.metadata_sha256`.

    SHA-256 of one line for each entry of convscope but this one, sorted by key: the key, a space,
    the SHA-256 of the value in UTF-8, a line feed.

    Args:
        entries: all metadata of the file; those of others are left out.
    """
    digest = hashlib.sha256()
    for key in sorted(entries):
        if key.startswith(PREFIX) and key != METADATA:
            value = entries[key].encode("utf-8", "surrogateescape")
            digest.update(f"{key} {hashlib.sha256(value).hexdigest()}\n".encode())
    return digest.hexdigest()


@final
class WeightsDigest:
    """The digest of `weights_sha256`, tensor by tensor."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, data: bytes | memoryview) -> None:
        self._sha256.update(data)

    def hex(self) -> str:
        return self._sha256.hexdigest()


def _to_dict(array: Array) -> dict[str, Any]:
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    encoded = base64.b64encode(little.tobytes()).decode("ascii")
    return {"dtype": array.dtype.name, "shape": list(array.shape), "base64": encoded}


def _levels(fields: Any) -> tuple[float | None, float]:
    """Return scale and offset of an input that is stored as bytes; None if it has none."""
    if not isinstance(fields, dict) or "scale" not in fields:
        return None, 0.0
    numbers = fields["scale"], fields.get("offset", 0.0)
    if not all(type(n) in (int, float) and abs(n) < LARGEST_LEVEL for n in numbers):
        raise FormatError(
            "scale or offset is no number",
            expected=f"numbers between -{LARGEST_LEVEL:g} and {LARGEST_LEVEL:g}",
            where=f"{GOLDEN}.input",
        )
    return float(numbers[0]), float(numbers[1])


def _array(fields: Any, name: str) -> Array:
    where = f"{GOLDEN}.{name}"
    try:
        kind, sizes, encoded = fields["dtype"], fields["shape"], fields["base64"]
    except (TypeError, KeyError, IndexError):
        raise FormatError(
            "not an array of the documented form",
            expected='{"dtype": ..., "shape": ..., "base64": ...}',
            where=where,
        ) from None
    if kind not in DTYPES:
        raise FormatError(
            f"dtype {shortened(kind)}", expected=f"one of {', '.join(DTYPES)}", where=where
        )
    is_shape = isinstance(sizes, list) and len(sizes) <= MAX_AXES
    if not is_shape or not all(type(size) is int and 0 < size < 2**31 for size in sizes):
        raise FormatError(
            f"shape {shortened(sizes)}", expected="a list of positive whole numbers", where=where
        )
    dtype = np.dtype(kind).newbyteorder("<")
    length = math.prod(sizes) * dtype.itemsize
    if length > MAX_BYTES or not isinstance(encoded, str):
        raise FormatError(
            f"{length:,} bytes by its shape", expected=f"at most {MAX_BYTES:,}", where=where
        )
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("the numbers are not base64", where=where) from None
    if len(data) != length:
        raise FormatError(
            f"{len(data):,} bytes", expected=f"{length:,}, as its shape says", where=where
        )
    return np.frombuffer(data, dtype).astype(kind).reshape(sizes)
