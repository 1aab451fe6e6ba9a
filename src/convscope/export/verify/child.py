"""The child process that reads and runs one ONNX file, under limits that it cannot lift.

`python -m convscope.export.verify.child FILE THREADS [own]` prints one line of JSON with the facts
of the file, or an error. Then it reads inputs from standard input and prints their outputs: for
each a line of JSON with type and shape, and the bytes. The parent process trusts none of it.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, cast

import numpy as np

MIB = 1 << 20
MEMORY_BYTES = 4096 * MIB  # beyond the memory in use before reading, and 5 times the file
BYTES_PER_THREAD = 192 * MIB  # of addresses: a stack, and a heap of its own
CPU_S = 3_600  # the parent's limits on time are narrower
MAX_INPUT_BYTES = 1024 * MIB
MOST_LETTERS = 300
MOST_IN_MEMORY = 64 * MIB
"""Of a file of our own that runtimes get as bytes. They copy its weights, so a larger one is opened
again by its path: a third copy of ResNet-152 would be 240 MB. Of other files runtimes get the bytes
that were checked: who can write the file could change it between."""

Array = np.ndarray[Any, Any]
Run = Callable[[Array], Array]


def main(path: str, threads: int, *, is_own: bool) -> None:
    """Read one file, and run it for each input until standard input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no part of the protocol
    try:
        from convscope.errors import ConvscopeError

        name, start = _runtime()
        from convscope.export.verify import reading
        from convscope.io.storage import read_bytes

        _limit(os.stat(path).st_size, threads)
        data = read_bytes(Path(path), most=reading.MAX_BYTES)
        model = reading.parsed(data)
        source = [_source(data, path, is_own=is_own)]
        del data
        facts = reading.facts_of(model)
        del model
        _send(out, {"facts": facts._asdict(), "runtime": name})
        _serve(out, lambda: start(source.pop(), facts, threads))  # its bytes are freed then
    except ConvscopeError as error:
        parts = ("given", "expected", "fix", "where")
        _send(out, {"error": {part: getattr(error, part) for part in parts}})
    except MemoryError:
        _send(out, {"error": {"given": "it needs more memory than a file of its size may"}})


def _source(data: bytes, path: str, *, is_own: bool) -> bytes | str:
    """Return what a runtime gets: the bytes that were checked, or the path of a file of our own."""
    return path if is_own and len(data) > MOST_IN_MEMORY else data


def _serve(out: BinaryIO, start: Callable[[], Run]) -> None:
    """Start the runtime, and send the output of each input."""
    run: Run = _guarded(start, out)
    while (array := _receive(sys.stdin.buffer)) is not None:
        output = _guarded(partial(run, array), out)
        _send(out, {"dtype": output.dtype.name, "shape": output.shape}, output.tobytes())


def _guarded(work: Callable[[], Any], out: BinaryIO) -> Any:
    """Call a function of a runtime; end the process with the reason if it fails."""
    try:
        return work()
    except Exception as error:  # each runtime has classes of its own
        text = " ".join(str(error).split())
        memory = isinstance(error, MemoryError) or "bad_alloc" in text or "Failed to alloc" in text
        reason = "it needs more memory than a file of its size may"
        if not memory:
            reason = f"it cannot be run: {type(error).__name__}: {text[:MOST_LETTERS]}"
        _send(out, {"error": {"given": reason}})
        raise SystemExit(0) from None


def _runtime() -> tuple[str, Any]:
    """Return the name of the runtime, and the function that starts it."""
    from convscope.machine.runtimes import onnx_runtime

    if (onnxruntime := onnx_runtime()) is not None:
        return f"ONNX Runtime {onnxruntime.__version__}", partial(_onnx_runtime, onnxruntime)
    import onnx

    return f"reference evaluator of onnx {onnx.__version__}", _reference


def _onnx_runtime(onnxruntime: ModuleType, source: bytes | str, facts: Any, threads: int) -> Run:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    if isinstance(source, str):  # without another copy of the weights, packed for products
        options.add_session_config_entry("session.disable_prepacking", "1")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    return lambda array: session.run([facts.outputs[0].name], {facts.inputs[0].name: array})[0]


def _reference(source: bytes | str, facts: Any, _threads: int) -> Run:
    from onnx import ModelProto
    from onnx.reference import ReferenceEvaluator

    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    evaluator = ReferenceEvaluator(ModelProto.FromString(data))
    name, output = facts.inputs[0].name, facts.outputs[0].name
    return lambda array: np.asarray(cast("Any", evaluator.run([output], {name: array}))[0])


def _send(out: BinaryIO, line: dict[str, Any], data: bytes = b"") -> None:
    out.write(json.dumps(line).encode() + b"\n" + data)
    out.flush()


def _receive(source: BinaryIO) -> Array | None:
    """Return the next input; None at the end."""
    line = source.readline()
    if not line:
        return None
    fields = json.loads(line)
    array = np.empty(fields["shape"], fields["dtype"])
    view = memoryview(array).cast("B")  # type: ignore[arg-type]
    if source.readinto(view) != len(view):  # type: ignore[attr-defined]
        return None
    return array


def _limit(size: int, threads: int) -> None:
    """Limit memory, time and output; forbid further files."""
    import resource

    def cap(name: str, value: int) -> None:
        kind = getattr(resource, name, None)
        if kind is not None:
            with contextlib.suppress(ValueError, OSError):  # macOS has no RLIMIT_AS
                resource.setrlimit(kind, (value, value))

    addresses = 0
    with contextlib.suppress(OSError), open("/proc/self/statm") as file:
        addresses = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    if addresses:
        cap("RLIMIT_AS", addresses + 5 * size + MEMORY_BYTES + threads * BYTES_PER_THREAD)
    cap("RLIMIT_CPU", CPU_S)
    cap("RLIMIT_FSIZE", 0)  # it writes to pipes only
    cap("RLIMIT_CORE", 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), is_own=sys.argv[3:] == ["own"])
