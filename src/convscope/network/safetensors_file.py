"""The safetensors format: written in a stream, read by the library after its JSON is checked.

8 bytes of header length, a JSON header, then the tensors' bytes. Writing is our own, to be
atomic, hashed and light on memory (docs/decisions/0005).
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

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
DTYPE_NAMES = tuple(name for name, _ in DTYPES.values())
# an entry has at most that many values; the texts beside the tensors have their own share
_LIMITS = Limits(
    json_bytes=MAX_HEADER_BYTES,
    json_values=(8 + MAX_DIMENSIONS) * MAX_TENSORS + Limits().json_values,
)


class Header(NamedTuple):
    """Shapes and types by tensor name, and the texts beside them."""

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]
    metadata: dict[str, str]


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> Receipt:
    """Write a safetensors file, atomically; one tensor at a time is copied.

    Raises:
        StorageError: it cannot be written; an existing file is unchanged.
        FormatError: more than `read_header` would accept.
    """
    ordered = _ordered(tensors)
    text = header_text(tensors, metadata, where=path.name)

    def parts() -> Iterator[bytes | memoryview]:
        yield len(text).to_bytes(8, "little")
        yield text
        for name in ordered:
            yield _bytes(tensors[name])

    return write(path, parts())


def _ordered(tensors: Mapping[str, Tensor]) -> list[str]:
    """Return the names in the order of a file: larger types first, for their alignment."""
    return sorted(tensors, key=lambda name: (-DTYPES[tensors[name].dtype][1], name))


def header_text(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str], *, where: str = ""
) -> bytes:
    """Return the header of a file with these tensors, padded to 8 bytes.

    Raises:
        FormatError: more than `read_header` would accept.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    offset = 0
    for name in _ordered(tensors):
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
            where=where,
        )
    return text


def _bytes(tensor: Tensor) -> memoryview:
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().data if flat.numel() else memoryview(b"")


def checked_header(raw: bytes, *, where: str) -> str:
    """Return a header as text after checking size, depth and number of values.

    Raises:
        FormatError: a limit is exceeded, or it is not JSON.
    """
    try:
        text = raw.decode("utf-8")  # the only encoding of the format
    except UnicodeDecodeError as error:
        raise FormatError(f"not UTF-8 at byte {error.start}", where=f"{where} header") from None
    return checked_text(text, _LIMITS, where=f"{where} header")


def read_header(path: Path) -> Header:
    """Return the header of a file after checking it.

    Raises:
        FormatError: not safetensors, or an impossible length, name, type, shape or offset.
    """
    where = path.name
    try:
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            first = file.read(8)
            length = int.from_bytes(first, "little")
            if len(first) < 8 or (file.peek(1)[:1] != b"{" and length > MAX_HEADER_BYTES):
                from convscope.io.file_kind import identify

                raise FormatError(
                    f"not a safetensors file but {identify(path).name}",
                    expected="a .safetensors file",
                    where=where,
                )
            if length > min(MAX_HEADER_BYTES, size - 8):
                raise FormatError(
                    f"not a safetensors file: a header of {length:,} bytes in a file of {size:,}",
                    expected=f"a header of at most {min(MAX_HEADER_BYTES, max(size - 8, 0)):,}",
                    where=where,
                )
            raw = file.read(length)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", where=str(path)) from None
    header = json.loads(checked_header(raw, where=where))
    if not isinstance(header, dict):
        raise FormatError("the header is not an object", where=where)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise FormatError("__metadata__ is not an object of texts", where=where)
    if len(header) > MAX_TENSORS:
        raise FormatError(
            f"{len(header):,} tensors", expected=f"at most {MAX_TENSORS:,}", where=where
        )
    for name, entry in header.items():
        _check_entry(entry, f"{where} tensor {name[:80]!r}")
    _open(path, lambda _: None)
    shapes = {name: tuple(entry["shape"]) for name, entry in header.items()}
    return Header(shapes, {name: entry["dtype"] for name, entry in header.items()}, metadata)


def _check_entry(entry: Any, where: str) -> None:
    """Check what the library does not: further fields, its other types, too many dimensions."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FormatError(
            "an entry of other fields", expected="dtype, shape, data_offsets", where=where
        )
    dtype, shape = entry["dtype"], entry["shape"]
    if not isinstance(dtype, str) or dtype not in DTYPE_NAMES:
        raise FormatError(f"dtype {shortened(dtype)}", expected=", ".join(DTYPE_NAMES), where=where)
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise FormatError(
            f"shape {shortened(shape)}",
            expected=f"a list of at most {MAX_DIMENSIONS} sizes",
            where=where,
        )


T = TypeVar("T")


def _open(path: Path, read: Callable[[Any], T]) -> T:
    """Open a file with the library, which checks every shape, offset and the length."""
    try:
        with safe_open(path, framework="pt") as file:
            return read(file)
    except (SafetensorError, OSError) as error:
        raise FormatError(
            f"damaged or truncated: {str(error)[:200]}",
            expected="a complete safetensors file",
            where=path.name,
        ) from None


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file, after its header is checked.

    Raises:
        FormatError: see `read_header`.
    """
    read_header(path)
    # cloned: a tensor in the file's own memory has any address, and torch adds up in another
    # order, to another last bit, where the address is not aligned
    return _open(path, _cloned)


def _cloned(file: Any) -> dict[str, Tensor]:
    return {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118


def weights_sha256(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, types, shapes and numbers, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(_bytes(tensor))
    return digest.hexdigest()
