"""NumPy arrays as fields of frozen records, with a JSON form whose size is checked first.

JSON: {"dtype": "float32", "shape": [2, 3], "base64": "..."}, little-endian, rows first.
"""

import base64
import binascii
import math
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

DTYPES: dict[str, np.dtype[Any]] = {"float32": np.dtype("<f4"), "uint8": np.dtype("u1")}
MOST_BYTES = 64 << 20  # of one array
SCHEMA = {
    "type": "object",
    "properties": {
        "dtype": {"enum": list(DTYPES)},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 1}},
        "base64": {"type": "string", "contentEncoding": "base64"},
    },
    "required": ["dtype", "shape", "base64"],
    "additionalProperties": False,
}


def _validated(value: Any) -> NDArray[Any]:
    """Return a read-only copy: uint8 stays uint8, every other type becomes float32."""
    array = _decoded(value) if isinstance(value, dict) else np.asarray(value)
    if array.dtype.kind not in "uifb":
        raise ValueError(f"an array must hold numbers, not {array.dtype}")
    if array.size == 0:
        raise ValueError(f"an array of shape {array.shape} is empty")
    target = array.dtype if array.dtype == np.uint8 else DTYPES["float32"]
    if array.size * target.itemsize > MOST_BYTES:
        raise ValueError(f"{array.size} numbers exceed {MOST_BYTES >> 20} MiB")
    with np.errstate(over="ignore"):
        copy = np.array(array, dtype=target, order="C", copy=True)
    if target != np.uint8 and not np.isfinite(copy).all():
        raise ValueError("every number must be finite, and within float32")
    copy.flags.writeable = False
    return copy


def _decoded(value: dict[str, Any]) -> NDArray[Any]:
    if set(value) != {"dtype", "shape", "base64"}:
        raise ValueError("an array has the fields dtype, shape and base64")
    dtype, shape, text = DTYPES.get(str(value["dtype"])), value["shape"], value["base64"]
    if dtype is None:
        raise ValueError(f"dtype is one of {', '.join(DTYPES)}")
    if not isinstance(shape, list | tuple) or not 1 <= len(shape) <= 4:
        raise ValueError("shape has 1 to 4 whole numbers")
    if not all(type(side) is int and 0 < side <= MOST_BYTES for side in shape):
        raise ValueError("shape has positive whole numbers")
    size_bytes = math.prod(shape) * dtype.itemsize
    if size_bytes > MOST_BYTES or not isinstance(text, str):
        raise ValueError(f"an array is at most {MOST_BYTES >> 20} MiB of base64 text")
    if len(text) != -(-size_bytes // 3) * 4:
        raise ValueError(f"shape {list(shape)} and {len(text)} characters of base64 do not agree")
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None
    if len(data) != size_bytes:
        raise ValueError(f"shape {list(shape)} and {len(data)} bytes do not agree")
    return np.frombuffer(data, dtype=dtype).reshape(shape)


def _encoded(array: NDArray[Any]) -> dict[str, Any]:
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "base64": base64.b64encode(array.tobytes()).decode("ascii"),
    }


Array = Annotated[
    NDArray[Any],
    PlainValidator(_validated),
    PlainSerializer(_encoded),
    WithJsonSchema(SCHEMA),
]
"""float32 (finite) or uint8; copied, read-only, at most 64 MiB."""
