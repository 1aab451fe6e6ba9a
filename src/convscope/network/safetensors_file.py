"""The safetensors format: written in a stream, read only after every field is checked.

8 bytes of header length, a JSON header, then the tensors' bytes. Writing is ours, since it
must be atomic, hashed and light on memory; tensors are read by the safetensors library.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from convscope.arch.json_form import checked_text
from convscope.arch.limits import Limits
from convscope.errors import FormatError, shortened
from convscope.io.storage import Receipt, open_file, write

MAX_HEADER_BYTES = 16 * 2**20
MAX_TENSORS = 50_000
MAX_DIMENSIONS = 8
DTYPES = {
    torch.float64: ("F64", 8),
    torch.int64: ("I64", 8),
    torch.float32: ("F32", 4),
    torch.int32: ("I32", 4),
    torch.float16: ("F16", 2),
    torch.bfloat16: ("BF16", 2),
    torch.uint8: ("U8", 1),
    torch.bool: ("BOOL", 1),
}
ITEM_BYTES = dict(DTYPES.values())
# an entry has at most that many values; the texts beside the tensors have their own share
_LIMITS = Limits(
    json_bytes=MAX_HEADER_BYTES,
    json_values=(8 + MAX_DIMENSIONS) * MAX_TENSORS + Limits().json_values,
)


class Header(NamedTuple):
    """What a file says it holds: shapes by tensor name, and the texts beside them."""

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]
    metadata: dict[str, str]


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> Receipt:
    """Write a safetensors file, atomically; one tensor at a time is copied.

    Raises:
        StorageError: the disk refuses; what was there before is still there.
        FormatError: more than `read_header` would accept.
    """
    ordered = sorted(tensors, key=lambda name: (-DTYPES[tensors[name].dtype][1], name))
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    offset = 0
    for name in ordered:
        tensor = tensors[name]
        label, item = DTYPES[tensor.dtype]
        end = offset + tensor.numel() * item
        header[name] = {
            "dtype": label,
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEADER_BYTES or len(tensors) > MAX_TENSORS:
        raise FormatError(
            f"{len(tensors):,} tensors and a header of {len(text):,} bytes",
            expected=f"at most {MAX_TENSORS:,} and {MAX_HEADER_BYTES:,}, or it could not be read",
            where=path.name,
        )

    def parts() -> Iterator[bytes | memoryview]:
        yield len(text).to_bytes(8, "little")
        yield text
        for name in ordered:
            yield _bytes(tensors[name])

    return write(path, parts())


def _bytes(tensor: Tensor) -> memoryview:
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().data if flat.numel() else memoryview(b"")


def read_header(path: Path) -> Header:
    """The header of a file, once every field of it is known to be sound.

    Raises:
        FormatError: not safetensors; a length, name, type, shape or offset that cannot be.
    """
    where = path.name
    try:
        size = path.stat().st_size
        with open_file(path) as file:
            first = file.read(8)
            length = int.from_bytes(first, "little")
            if len(first) < 8 or length > min(MAX_HEADER_BYTES, size - 8):
                raise FormatError(
                    f"not a safetensors file: a header of {length:,} bytes in a file of {size:,}",
                    expected=f"a header of at most {min(MAX_HEADER_BYTES, max(size - 8, 0)):,}",
                    where=where,
                )
            raw = file.read(length)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", where=str(path)) from None
    header = json.loads(checked_text(raw, _LIMITS, where=f"{where} header"))
    if not isinstance(header, dict):
        raise FormatError("the header is not an object", where=where)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise FormatError("__metadata__ is not an object of texts", where=where)
    if len(header) > MAX_TENSORS:
        raise FormatError(
            f"{len(header):,} tensors", expected=f"at most {MAX_TENSORS:,}", where=where
        )
    _check_layout(header, size - 8 - length, where)
    shapes = {name: tuple(entry["shape"]) for name, entry in header.items()}
    return Header(shapes, {name: entry["dtype"] for name, entry in header.items()}, metadata)


def _check_layout(header: dict[str, Any], data_bytes: int, where: str) -> None:
    """Every tensor in its own place, and the places fill the file without gap or overlap."""
    spans = []
    for name, entry in header.items():
        place = f"{where} tensor {name[:80]!r}"
        if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise FormatError(
                "an entry of other fields", expected="dtype, shape, data_offsets", where=place
            )
        dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
        if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
            raise FormatError(
                f"dtype {shortened(dtype)}", expected=", ".join(ITEM_BYTES), where=place
            )
        if not _whole_numbers(shape) or not _whole_numbers(offsets) or len(offsets) != 2:
            raise FormatError(
                f"shape {shortened(shape)}, data_offsets {shortened(offsets)}",
                expected=f"whole numbers from 0; at most {MAX_DIMENSIONS}, and two offsets",
                where=place,
            )
        elements = 1
        for extent in shape:
            elements *= extent
        if offsets[1] - offsets[0] != elements * ITEM_BYTES[dtype]:
            raise FormatError(
                f"{offsets[1] - offsets[0]:,} bytes for shape {shape}",
                expected=f"{elements * ITEM_BYTES[dtype]:,} bytes of {dtype}",
                where=place,
            )
        spans.append((offsets[0], offsets[1], name))
    end = 0
    for begin, stop, name in sorted(spans):
        if begin != end:
            what = "overlaps the one before it" if begin < end else "leaves a gap before it"
            raise FormatError(f"tensor {name[:80]!r} {what}", expected=f"offset {end}", where=where)
        end = stop
    if end != data_bytes:
        raise FormatError(
            f"{data_bytes:,} bytes of data",
            expected=f"{end:,} by the header; truncated?",
            where=where,
        )


def _whole_numbers(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MAX_DIMENSIONS
        and all(type(n) is int and 0 <= n < 2**63 for n in value)
    )


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file whose header was checked.

    Raises:
        FormatError: see `read_header`.
    """
    read_header(path)
    try:
        # cloned, since a tensor in the file's own memory lies at any address, and torch adds up
        # in another order, to another last bit, where the address is not a round one
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise FormatError(f"cannot be read: {error}", where=path.name) from None
