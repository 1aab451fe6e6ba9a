"""Nobody connects: no telemetry of the engines, of Python's or of compiled code."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import convscope

ROOT = Path(__file__).parents[2]
SOURCE = Path(convscope.__file__).parent
OWNERS = {"runtimes.py"}
"""Of the imports of onnxruntime and openvino; `convscope.machine.runtimes` switches both off."""

UNSHARE = ["unshare", "-rn"]
HAS_NAMESPACES = (
    shutil.which("unshare") is not None
    and subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
)
needs_namespaces = pytest.mark.skipif(
    not HAS_NAMESPACES, reason="the kernel gives no network namespace to users"
)


def offline(kind, folder):
    """The attempts to connect of a process of its own, without routes where that is allowed."""
    command = [sys.executable, str(Path(__file__).with_name("offline.py")), kind, str(folder)]
    unset = ("ORT_DISABLE_TELEMETRY", "CI", "CONVSCOPE_ENGINE")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment["CONVSCOPE_CACHE"] = str(folder)
    done = subprocess.run(
        [*(UNSHARE if HAS_NAMESPACES else []), *command],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_engines_predictions_and_verified_files_connect_to_nobody(tmp_path):
    seen = offline("work", tmp_path)
    assert seen["hook"] == []
    if HAS_NAMESPACES:
        assert seen["kernel"] == 0
    names = {label.split(",")[0] for label in seen["engines"]}
    assert names == {"PyTorch", "ONNX Runtime", "OpenVINO"}


def test_the_trap_sees_python_connect(tmp_path):
    assert "socket.connect" in offline("python", tmp_path)["hook"]


@needs_namespaces
def test_the_trap_sees_compiled_code_connect(tmp_path):
    seen = offline("native", tmp_path)
    assert seen["hook"] == []
    assert seen["kernel"] > 0


def imported(path):
    text = path.read_text("utf-8")
    if "onnxruntime" not in text and "openvino" not in text:
        return  # parsing takes time
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module


def test_both_packages_are_imported_in_one_place():
    files = [*SOURCE.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    assert [
        str(path)
        for path in files
        if path.name not in OWNERS
        and any(name.split(".")[0] in ("onnxruntime", "openvino") for name in imported(path))
    ] == []


def test_cores_of_openvino_are_made_in_one_place():
    """More than one leaves the thread without a stack for signal handlers: `core_of`."""
    files = [*SOURCE.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    assert [p.name for p in files if ".Core()" in p.read_text("utf-8")] == ["runtimes.py"]


def test_both_are_imported_without_telemetry():
    code = (
        "import os, sys; os.environ['ORT_DISABLE_TELEMETRY'] = '0'\n"
        "from convscope.machine.runtimes import onnx_runtime, open_vino\n"
        "open_vino(); onnx_runtime()\n"
        "names = [n for n in sys.modules if 'telemetry' in n or n.startswith('openvino.tools')]\n"
        "here = {'onnxruntime', 'openvino'} <= set(sys.modules)\n"
        "print(os.environ['ORT_DISABLE_TELEMETRY'], here, names)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.stdout == "1 True []\n", done.stderr
