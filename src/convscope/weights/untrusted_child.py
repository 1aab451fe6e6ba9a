"""The child process that reads untrusted files. It imports nothing of convscope.

`python untrusted_child.py KIND NAME RESULT` reads NAME and writes RESULT, a safetensors file,
under limits that the process cannot lift. It prints one line of JSON: the number of tensors, or
an error. The parent process checks RESULT again.
"""

import argparse
import codecs
import contextlib
import errno
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy
import torch

MIB = 2**20
MEMORY_BYTES = 512 * MIB  # beyond the memory in use before reading, and twice the file
CPU_S = 60
BYTES_PER_CPU_S = 5 * MIB  # for larger files
CODE = "it tries to run "
MAX_TENSORS = 50_000
MAX_DIMENSIONS = 8
SAFE = {
    torch.float64: "F64",
    torch.int64: "I64",
    torch.float32: "F32",
    torch.int32: "I32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
MAX_NESTING = 4
# keys of training scripts for the weights, the most usual first
INSIDE = ("state_dict", "model_state_dict", "model", "net", "network", "module", "weights")
# beside the weights: the options of a script, and numbers of NumPy; both only hold values
SCALAR = numpy.float64(0).__reduce__()[0]
HARMLESS: list[Any] = [argparse.Namespace, numpy.dtype, SCALAR]
HARMLESS += [type(numpy.dtype(name)) for name in ("f8", "f4", "f2", "i8", "i4", "i2", "u1", "?")]
HARMLESS += [(SCALAR, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")]


class UnfitError(Exception):
    """The file contains something else than weights."""


def main(kind: str, source: str, result: str) -> None:
    """Read one file under limits and write its tensors."""
    try:
        _warm_up(kind)
        with open(source, "rb") as file, open(result, "wb") as out:
            size = os.fstat(file.fileno()).st_size
            _limit(size)
            tensors, notes = READERS[kind](file)
            _check(tensors, size)
            for part in _safetensors(tensors):
                out.write(part)
        result_line: dict[str, Any] = {"read": len(tensors), "notes": notes}
    except UnfitError as error:
        result_line = {"error": str(error)}
    except MemoryError:
        result_line = {"error": "it needs more memory than a file of its size may"}
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        result_line = {"full": True} if full else {"error": _first(error)}
    except RecursionError:
        result_line = {"error": "it is nested too deeply"}
    except Exception as error:
        memory = "can't allocate memory" in str(error)
        why = "it needs more memory than a file of its size may" if memory else _first(error)
        result_line = {"error": why}
    print(json.dumps(result_line))  # noqa: T201  the result for the parent


def _first(error: Exception) -> str:
    """Return an error's description without torch's advice, which is to load without limits."""
    text = " ".join(str(error).split())
    if match := re.search(r"GLOBAL (\S+)", text):
        return f"{CODE}{match[1][:100]}"
    if "WeightsUnpickler error:" in text:
        text = text.partition("WeightsUnpickler error:")[2].strip()
    text = text.partition(" Check the documentation")[0].partition(". ")[0]
    return f"{type(error).__name__}: {text[:200]}"


def _warm_up(kind: str) -> None:
    """Import what torch imports late: after the limits no file can be opened."""
    for new in (True, False):
        buffer = io.BytesIO()
        torch.save({"w": torch.zeros(1)}, buffer, _use_new_zipfile_serialization=new)
        buffer.seek(0)
        torch.load(buffer, weights_only=True, map_location="cpu")
        buffer.seek(0)
        buffer.truncate(20)
        with contextlib.suppress(Exception):
            torch.load(buffer, weights_only=True, map_location="cpu")
    with contextlib.suppress(Exception):
        torch.load(io.BytesIO(b"\x80\x02cos\nsystem\n."), weights_only=True, map_location="cpu")
    for text in ("ascii", "latin-1", "latin1", "utf-8"):
        codecs.lookup(text)
    if kind == "keras":
        _warm_up_keras()
    if kind == "arrays":
        _warm_up_arrays()


def _warm_up_keras() -> None:
    import importlib

    h5py = importlib.import_module("h5py")
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as book:
        book.attrs["layer_names"] = [b"layer"]
        group = book.create_group("layer")
        group.attrs["weight_names"] = [b"w"]
        group.create_dataset("w", data=[1.0])
    _keras(buffer)


def _limit(size: int) -> None:
    """Forbid further files, sockets and programs; limit memory, time and output."""
    import resource

    def cap(name: str, value: int) -> None:
        kind = getattr(resource, name, None)
        if kind is not None:
            with contextlib.suppress(ValueError, OSError):  # macOS has no RLIMIT_AS
                resource.setrlimit(kind, (value, value))

    used = resource.getrusage(resource.RUSAGE_SELF)
    cap("RLIMIT_AS", _addresses() + 2 * size + MEMORY_BYTES)
    cap("RLIMIT_CPU", int(used.ru_utime + used.ru_stime) + CPU_S + size // BYTES_PER_CPU_S)
    cap("RLIMIT_FSIZE", 2 * size + 16 * MIB)
    cap("RLIMIT_CORE", 0)
    cap("RLIMIT_NOFILE", _open_files())
    cap("RLIMIT_NPROC", 0)


def _addresses() -> int:
    """Return the bytes of address space in use."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 64 * 1024 * MIB


def _open_files() -> int:
    """Return one more than the highest open file descriptor."""
    for number in range(1023, 2, -1):
        with contextlib.suppress(OSError):
            os.fstat(number)
            return number + 1
    return 3


def _pickle(file: BinaryIO) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Return the state dict of a file. It may be inside dictionaries of a training script."""
    with torch.serialization.safe_globals(HARMLESS):
        state = torch.load(file, weights_only=True, map_location="cpu")
    notes: list[str] = []
    for _ in range(MAX_NESTING):
        if not isinstance(state, Mapping) or any(map(_is_tensor, state.values())):
            break
        inside = [name for name, value in state.items() if _holds_tensors(value)]
        if not inside:
            break
        known = [name for name in INSIDE if name in inside]
        if not known and len(inside) > 1:
            state = {f"{name}.{key}": v for name in inside for key, v in state[name].items()}
            notes.append(f"the file has tensors under the keys {_listed(inside)}")
            continue
        chosen = known[0] if known else inside[0]
        notes.append(f"the weights are under the key {chosen!r} of the file")
        if others := [name for name in inside if name != chosen]:
            notes.append(f"tensors under {_listed(others)} are not used")
        state = state[chosen]
    return _state_dict(state), notes


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)


def _holds_tensors(value: Any, depth: int = 0) -> bool:
    """Return whether a value is a state dict, or has one inside; an optimiser's state is none."""
    if not isinstance(value, Mapping) or "param_groups" in value or depth == MAX_NESTING:
        return False
    if not all(isinstance(name, str) for name in value):
        return False
    parts = value.values()
    return any(map(_is_tensor, parts)) or any(_holds_tensors(part, depth + 1) for part in parts)


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:5])
    return shown + f" and {len(names) - 5} more" * (len(names) > 5)


def _state_dict(state: Any) -> dict[str, torch.Tensor]:
    if not isinstance(state, Mapping):
        raise UnfitError(f"it holds a {type(state).__name__}, not tensors by name")
    if state and not any(map(_is_tensor, state.values())):
        keys = ", ".join(repr(str(name)[:40]) for name in list(state)[:8])
        raise UnfitError(f"it holds no tensors by name; its keys are {keys}")
    for name, value in state.items():
        if not isinstance(name, str):
            raise UnfitError(f"the name {str(name)[:80]!r} is not a text")
        if not _is_tensor(value):
            raise UnfitError(f"{name[:80]!r} is a {type(value).__name__}, not a tensor")
    return dict(state)


def _keras(file: Any) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Return the arrays of Keras' .h5 weights as `layer.0`, `layer.1`, in the layer's order."""
    import importlib

    h5py = importlib.import_module("h5py")
    tensors = {}
    size = file.seek(0, os.SEEK_END)
    with h5py.File(file, "r") as book:
        root = book.get("model_weights", book)
        if "layer_names" not in root.attrs:
            raise UnfitError("it has no `layer_names`: not a Keras weights file")
        for layer in map(_text, root.attrs["layer_names"]):
            for place, name in enumerate(map(_text, root[layer].attrs["weight_names"])):
                data = root[layer][name]
                if not isinstance(data, h5py.Dataset) or data.external or data.is_virtual:
                    raise UnfitError(f"{layer[:80]!r} refers to another file")
                if data.dtype.kind != "f" or data.nbytes > 2 * size:
                    raise UnfitError(f"{layer[:80]!r} is not an array of numbers of that size")
                array = numpy.ascontiguousarray(data[()], dtype=numpy.float32)
                tensors[f"{layer}.{place}"] = torch.from_numpy(array)
    return tensors, []


def _arrays_module() -> Any:
    """Return `untrusted_arrays`, which lies beside this file; it is imported once."""
    import importlib.util

    if "untrusted_arrays" not in sys.modules:
        place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "untrusted_arrays.py")
        spec = importlib.util.spec_from_file_location("untrusted_arrays", place)
        assert spec is not None
        assert spec.loader is not None
        sys.modules["untrusted_arrays"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["untrusted_arrays"])
    return sys.modules["untrusted_arrays"]


def _warm_up_arrays() -> None:
    import pickle

    _arrays(io.BytesIO(pickle.dumps({"w": numpy.zeros(2, numpy.float32)}, protocol=2)))


def _arrays(file: Any) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Return NumPy's arrays in a pickle, as `layer.0`, `layer.1` for lists, without unpickling."""
    module = _arrays_module()
    try:
        arrays = module.arrays(file)
    except module.RejectedError as error:
        raise UnfitError(str(error)) from None
    except (ValueError, TypeError) as error:
        raise UnfitError(f"damaged: {str(error)[:200]}") from None
    tensors = {}
    for name, array in arrays.items():
        native = numpy.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
        tensors[name] = torch.from_numpy(native.copy())
    return tensors, []


READERS = {"pickle": _pickle, "keras": _keras, "arrays": _arrays}


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _check(tensors: Mapping[str, torch.Tensor], size: int) -> None:
    """Check that all are plain tensors, together at most twice as large as the file."""
    if len(tensors) > MAX_TENSORS:
        raise UnfitError(f"{len(tensors):,} tensors, more than {MAX_TENSORS:,}")
    total = 0
    for name, tensor in tensors.items():
        if tensor.layout != torch.strided or tensor.device.type != "cpu":
            raise UnfitError(f"{name[:80]!r} is not a plain tensor")
        if tensor.dtype not in SAFE or tensor.dim() > MAX_DIMENSIONS:
            raise UnfitError(f"{name[:80]!r} is a tensor of {tensor.dtype}, {tensor.dim()} axes")
        total += tensor.numel() * tensor.element_size()
    if total > 2 * size:
        raise UnfitError(f"its tensors would take {total:,} bytes; the file has {size:,}")


def _safetensors(tensors: Mapping[str, torch.Tensor]) -> Iterator[bytes | memoryview]:
    """Yield the parts of a safetensors file, one tensor at a time."""
    header, offset = {}, 0
    for name, tensor in tensors.items():
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": SAFE[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little")
    yield text
    for tensor in tensors.values():
        flat = tensor.detach().contiguous().reshape(-1)
        if flat.numel():
            yield flat.view(torch.uint8).numpy().data


if __name__ == "__main__":
    main(*sys.argv[1:])
