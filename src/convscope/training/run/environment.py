"""Versions, hardware and launch of a run, for reproduction."""

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import pydantic
import torch
from pydantic import ConfigDict

from convscope.errors import FormatError
from convscope.training.run.files import recorded_environment


class Launch(pydantic.BaseModel):
    """Launch of a run's processes; in `environment.json`.

    Attributes:
        run_id: torchrun's name of the job, the same for all its restarts.
    """

    model_config = ConfigDict(frozen=True, strict=True)
    ranks: int = 1
    run_id: str = ""


def launched(folder: Path) -> Launch:
    """Return how a run was launched; a single process if it is not recorded."""
    try:
        return Launch.model_validate(recorded_environment(folder).get("launch", {}))
    except (FormatError, pydantic.ValidationError):
        return Launch()


def environment() -> dict[str, Any]:
    """Return versions, hardware and threads, on which the last bits of numbers may depend."""
    names = ("torch", "numpy", "pydantic", "safetensors")
    return {
        "convscope": version("convscope"),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in names},
        "machine": {
            "platform": platform.platform(),
            "processor": platform.machine(),
            "processors": os.cpu_count(),
            "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        },
        "threads": torch.get_num_threads(),
    }


def version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"
