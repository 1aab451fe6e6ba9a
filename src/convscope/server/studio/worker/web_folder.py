"""The task that writes the folder which the page reads: a model as `export --to web` writes it."""

from pathlib import Path
from typing import Any

from convscope.server.studio.worker.child import Report
from convscope.server.studio.worker.models import opened


def write(args: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Write `args["model"]` into the folder `args["folder"]`; return its size in bytes."""
    from convscope.export.web.target import write_folder

    folder = Path(args["folder"])
    progress(0, 2, "opening the model")
    model = opened(args["model"])
    progress(1, 2, "writing the network as ONNX")
    return {"bytes": write_folder(model.file(), folder)}
