"""`convscope doctor`: versions and hardware; what is missing, and the command that gets it."""

import json
import os
import platform
import shutil
from typing import Any

from convscope.cli.grammar.options import Json
from convscope.cli.terminal.output import echo, echo_json
from convscope.cli.terminal.tables import Column, print_table
from convscope.lang import padded
from convscope.text import aligned, byte_size

PACKAGES = ("torch", "numpy", "pillow", "pydantic", "safetensors", "typer", "rich")
ENGINES = {"PyTorch": "torch", "ONNX Runtime": "onnxruntime", "OpenVINO": "openvino"}
NUMBERS = {
    "bfloat16 by": ("avx512_bf16", "amx_bf16", "bf16"),
    "int8 by": ("avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm"),
}
CODECS = ("jpg", "libjpeg_turbo", "webp", "avif", "libtiff", "zlib")


def doctor_command(as_json: Json = False) -> None:
    """Print versions, processors, GPU and disk space; what is missing and how to get it."""
    facts = _facts()
    parts = {"extras": _extras(), "data sets": _data_sets()}
    if as_json:
        echo_json(json.dumps({**facts, **parts}, indent=2))
        return
    for name, value in facts.items():
        shown = (
            ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        )
        echo(f"{padded(name, 12)} {shown}")
    for name, rows in parts.items():
        echo(f"\n{name}")
        cells = [[row["name"], row["state"], row["for"]] for row in rows]
        print_table([Column("name"), Column("state"), Column("for", "prose")], cells)
    missing = [row for rows in parts.values() for row in rows if row["get"]]
    if missing:
        echo("\nto get what is missing")
        echo(aligned([(row["name"], row["get"]) for row in missing]))


def _facts() -> dict[str, str | dict[str, str]]:
    import torch
    from PIL import features

    from convscope import __version__
    from convscope.data.formats.cache import data_folders
    from convscope.engine.remembered import engines_folder
    from convscope.machine.processor import processor

    cuda = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "convscope": __version__,
        "python": f"{platform.python_version()} on {platform.platform()}",
        "packages": {name: _version(name) for name in PACKAGES},
        "codecs": {name: features.version(name) or "not installed" for name in CODECS},
        "processors": f"{os.cpu_count()}, torch uses {torch.get_num_threads()}",
        "processor": processor(),
        "multiplies": _numbers(),
        "engines": {name: _version(package) for name, package in ENGINES.items()},
        "telemetry": "none: that of ONNX Runtime is off, that of OpenVINO is not imported",
        "choices": f"{engines_folder()}: measured speeds of engines; may be deleted",
        "gpu": cuda,
        "data folders": ", ".join(str(folder) for folder in data_folders()),
        "disk free": f"{byte_size(shutil.disk_usage('.').free)} in this folder",
    }


def _numbers() -> dict[str, str]:
    """Return which types of numbers the processor multiplies faster than float32."""
    from convscope.machine.processor import instructions

    known = instructions()
    if not known:
        return {"bfloat16 and int8": "not known on this system"}
    return {
        numbers: ", ".join(name for name in names if name in known) or "no"
        for numbers, names in NUMBERS.items()
    }


def _extras() -> list[dict[str, Any]]:
    from convscope.extras import EXTRAS, install_command

    rows = []
    for name, extra in EXTRAS.items():
        version = _version(extra.package)
        is_here = version != "not installed"
        get = "" if is_here else install_command(name)
        rows.append({"name": name, "state": version, "for": extra.brings, "get": get})
    return rows


def _data_sets() -> list[dict[str, Any]]:
    from convscope.data.entries import entries
    from convscope.extras import typed

    call = typed("convscope")
    return [
        {
            "name": entry.name,
            "state": entry.state,
            "for": entry.summary,
            "get": entry.get.replace("convscope", call, 1),
        }
        for entry in entries()
    ]


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
