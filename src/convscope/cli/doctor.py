"""`convscope doctor`: versions, hardware and data sets of this machine."""

import json
import os
import platform
import shutil

from convscope.cli.options import Json
from convscope.cli.output import echo, echo_json
from convscope.lang import padded

PACKAGES = ("torch", "numpy", "pillow", "pydantic", "safetensors", "typer", "rich")
OPTIONAL = ("onnx", "onnxruntime", "opencv-python-headless", "simplejpeg", "fastapi", "optuna")


def doctor_command(as_json: Json = False) -> None:
    """Print versions, processors, GPU, data sets and free disk space."""
    facts = _facts()
    if as_json:
        echo_json(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        shown = (
            ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        )
        echo(f"{padded(name, 12)} {shown}")


def _facts() -> dict[str, str | dict[str, str]]:
    import torch
    from PIL import features

    from convscope import __version__
    from convscope.data import list_datasets
    from convscope.data.formats.cache import data_folders

    cuda = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    codecs = {
        name: features.version(name) or "not installed"
        for name in ("jpg", "libjpeg_turbo", "webp", "avif", "libtiff", "zlib")
    }
    return {
        "convscope": __version__,
        "python": f"{platform.python_version()} on {platform.platform()}",
        "packages": {name: _version(name) for name in PACKAGES},
        "optional": {name: _version(name) for name in OPTIONAL},
        "codecs": codecs,
        "processors": f"{os.cpu_count()}, torch uses {torch.get_num_threads()}",
        "gpu": cuda,
        "data sets": {name: _state(name) for name in list_datasets()},
        "data folders": ", ".join(str(folder) for folder in data_folders()),
        "disk free": f"{shutil.disk_usage('.').free / 2**30:.1f} GB in this folder",
    }


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _state(name: str) -> str:
    from convscope import data
    from convscope.errors import ConvscopeError

    try:
        data.open(name)
    except ConvscopeError:
        return "not downloaded"
    return "installed"
