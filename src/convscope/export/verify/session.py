"""A running ONNX file, in a child process with limits: the file may come from a stranger.

A hostile or damaged graph can crash its runtime, fill the memory or never end; then the child
ends, and this process raises an error.
"""

import contextlib
import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NamedTuple, Self, final

import numpy as np

from convscope.errors import FormatError, InputError
from convscope.export.onnx.metadata import KEYS
from convscope.export.verify.pixels import Array, Tensor
from convscope.extras import install_command
from convscope.io.file_kind import identify
from convscope.io.storage import open_file
from convscope.machine.cpus import available_cpus
from convscope.text import printable

WAIT_S = 120.0  # for the start, and for each input
REFERENCE_WAIT_S = 1_200.0  # the reference evaluator is slow
BYTES_PER_WAIT_S = 2 * 2**20
MOST_THREADS = 8
MAX_LINE = 512 << 20
MAX_OUTPUT_BYTES = 256 << 20
CHUNK = 1 << 20
ONNX_FIELDS = b"\x08\x12\x1a\x22\x28\x32\x3a\x42\x72"  # first bytes of a ModelProto


class Facts(NamedTuple):
    """Description of a file; see `export.verify.reading`.

    Attributes:
        runtime: what runs the file, with its version.
        operators: number of nodes by operator, the most frequent first.
        metadata: the entries under convscope's keys.
        metadata_sha256: of all entries of convscope.
        sha256: of the stored tensors.
    """

    runtime: str
    size_bytes: int
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

    @property
    def is_ours(self) -> bool:
        """True if producer or metadata are those of convscope."""
        return self.producer.startswith("convscope") or bool(self.metadata)


@final
class OnnxSession:
    """The process of one file. Use it with `with`.

    Args:
        is_own: see `verify_file`; a large file is then run with less memory.

    Attributes:
        facts: description of the file.

    Raises:
        InputError: there is no such file, or the package onnx is not installed.
        FormatError: not an ONNX file, damaged, or something in it is not allowed.
    """

    def __init__(self, path: Path, *, is_own: bool = False) -> None:
        if find_spec("onnx") is None:
            raise InputError(
                "reading ONNX files needs the package onnx",
                expected="an installation with ONNX and ONNX Runtime",
                fix=install_command("infer"),
            )
        size = _check_kind(path)
        self._where, self._name = path.name, str(path)
        threads = min(available_cpus(), MOST_THREADS)
        module = "convscope.export.verify.child"
        command = (sys.executable, "-P", "-W", "ignore", "-m", module)
        self._process = subprocess.Popen(
            [*command, str(path), str(threads), *(["own"] if is_own else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self._wait_s = WAIT_S + size / BYTES_PER_WAIT_S
        self._rest = b""
        try:
            self.facts = self._facts(size)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process = self._process
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()

    def run(self, inputs: Array) -> Array:
        """Return the first output of the file for an input, as float32.

        Raises:
            FormatError: it cannot be run, takes too long, or its output is no array of numbers.
        """
        header = {"dtype": inputs.dtype.name, "shape": inputs.shape}
        self._write(json.dumps(header).encode() + b"\n")
        self._write(np.ascontiguousarray(inputs).data.cast("B"))
        line = self._line()
        try:
            dtype, shape = np.dtype(line["dtype"]), tuple(map(int, line["shape"]))
        except (KeyError, TypeError, ValueError):
            raise self._error("its output is no array of numbers") from None
        length = math.prod(shape) * dtype.itemsize
        if dtype.kind not in "fiub" or not 0 < length <= MAX_OUTPUT_BYTES:
            raise self._error(
                f"an output of the type {dtype.name} and the shape {list(shape)}",
                expected="numbers, at least one for each image",
            )
        return np.frombuffer(self._bytes(length), dtype).reshape(shape).astype(np.float32)

    def _facts(self, size: int) -> Facts:
        fields = self._line()
        try:
            own = fields["facts"]
            own["inputs"] = tuple(_tensor(*value) for value in own["inputs"])
            own["outputs"] = tuple(_tensor(*value) for value in own["outputs"])
            own["metadata"] = {
                key: str(own["metadata"][key]) for key in KEYS & own["metadata"].keys()
            }
            facts = Facts(runtime=printable(str(fields["runtime"]), 100), size_bytes=size, **own)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._error("the process that read it sent no facts") from None
        if facts.runtime.startswith("reference"):
            self._wait_s += REFERENCE_WAIT_S
        return facts

    def _error(self, problem: str, *, expected: str = "", fix: str = "") -> FormatError:
        return FormatError(problem, expected=expected, fix=fix, where=self._where)

    def _write(self, data: bytes | memoryview) -> None:
        stream = self._process.stdin
        assert stream is not None
        view = memoryview(data)
        with contextlib.suppress(BrokenPipeError):  # the reason is read as its last line
            while view:
                self._ready(stream, write=True)
                view = view[os.write(stream.fileno(), view[:65_536]) :]

    def _line(self) -> dict[str, Any]:
        """Return the next line as JSON; raise the error that it holds."""
        deadline = time.monotonic() + self._wait_s
        while b"\n" not in self._rest:
            if len(self._rest) > MAX_LINE:
                raise self._error("the process that read it sent too much")
            self._rest += self._some(deadline)
        text, _, self._rest = self._rest.partition(b"\n")
        try:
            fields: dict[str, Any] = json.loads(text)
            error = fields.get("error")
        except (ValueError, AttributeError, RecursionError):
            raise self._error("the process that read it sent something else than JSON") from None
        if error is None:
            return fields
        problem, expected, fix, where = (
            printable(str(error.get(part, "")), 1_000)
            for part in ("given", "expected", "fix", "where")
        )
        place = self._where if not where or where in self._name else f"{self._where}: {where}"
        raise FormatError(problem, expected=expected, fix=fix, where=place)

    def _bytes(self, length: int) -> bytes:
        deadline = time.monotonic() + self._wait_s
        parts, missing = [self._rest], length - len(self._rest)
        while missing > 0:
            parts.append(self._some(deadline))
            missing -= len(parts[-1])
        data = b"".join(parts)
        self._rest = data[length:]
        return data[:length]

    def _some(self, deadline: float) -> bytes:
        stream = self._process.stdout
        assert stream is not None
        self._ready(stream, deadline=deadline)
        data = os.read(stream.fileno(), CHUNK)
        if not data:
            raise self._error(*_ending(self._process.wait()))
        return data

    def _ready(self, stream: IO[bytes], *, write: bool = False, deadline: float = 0) -> None:
        limit = max(0.0, deadline - time.monotonic()) if deadline else self._wait_s
        lists: tuple[list[Any], list[Any]] = ([], [stream]) if write else ([stream], [])
        if not any(select.select(*lists, [], limit)):
            raise self._error(f"no output after {self._wait_s:.0f} seconds")


def _check_kind(path: Path) -> int:
    """Return the size of a file that may be ONNX.

    Raises:
        InputError: there is no such file.
        FormatError: it is of another kind, which is named.
    """
    try:
        with open_file(path) as file:
            first, size = file.read(1), os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise InputError(
            "there is no such file", expected="an ONNX file", where=str(path)
        ) from None
    except OSError as error:
        reason = (error.strerror or "input/output error").lower()
        raise InputError(
            f"cannot be read: {reason}", expected="an ONNX file", where=str(path)
        ) from None
    kind = identify(path)
    is_damaged = kind.name.startswith("of an unknown") and first in ONNX_FIELDS
    if kind.name != "an ONNX model" and not is_damaged:
        raise FormatError(
            f"not an ONNX model: {kind.name}",
            expected="an ONNX file, as `convscope export --to onnx` writes",
            fix=kind.fix if kind.name == "a web page" else "",
            where=path.name,
        )
    return size


def _ending(code: int) -> tuple[str]:
    if code >= 0:
        return (f"the process that ran it ended with code {code}",)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return (f"running it crashed the process ({name})",)


def _tensor(name: str, dtype: str, shape: list[int | str]) -> Tensor:
    sizes = tuple(size if isinstance(size, int) else printable(size, 40) for size in shape)
    return Tensor(printable(name, 200), printable(dtype, 40), sizes)
