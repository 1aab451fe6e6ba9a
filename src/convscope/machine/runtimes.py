"""The packages that run ONNX models, imported without their telemetry.

ONNX Runtime reads a variable when it is imported. `import openvino` imports the converter of its
tools, which sends an event when it is imported; OpenVINO needs no tools to run a model. So
both are imported here only, and a test holds it.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

TELEMETRY_OFF = {"ORT_DISABLE_TELEMETRY": "1"}
"""Environment variables that are set before onnxruntime is imported."""

SENDERS = ("openvino.tools.ovc", "openvino_telemetry")
"""Modules that `import openvino` must not import."""


def onnx_runtime() -> ModuleType | None:
    """Return the module onnxruntime; None if it is not installed."""
    os.environ.update(TELEMETRY_OFF)
    try:
        import onnxruntime
    except ImportError:
        return None
    module: ModuleType = onnxruntime
    return module


def open_vino() -> ModuleType | None:
    """Return the module openvino; None if it is not installed."""
    with _without(SENDERS):
        try:
            import openvino
        except ImportError:
            return None
    module: ModuleType = openvino
    return module


@cache
def core_of(openvino: ModuleType) -> Any:
    """Return the one Core of OpenVINO in this process, which is never released.

    The plug-in of every Core gives the calling thread another stack for signal handlers and takes
    the memory back at its end. After two of them the thread is left with memory that is gone, and
    the next signal (Ctrl-C too) ends the process.
    """
    return openvino.Core()


@contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    """Let imports of these modules fail meanwhile, unless others have imported them before."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: ImportError
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
