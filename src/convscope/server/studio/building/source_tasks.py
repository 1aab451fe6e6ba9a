"""Task of the worker: PyTorch source of a network. It needs torch's names."""

from typing import Any

from convscope.server.studio.worker.child import Report


def source(args: dict[str, Any], _progress: Report) -> dict[str, Any]:
    """Return the PyTorch source of the architecture `args["architecture"]`, JSON text."""
    from convscope.arch import Architecture
    from convscope.export.pytorch.source import pytorch_source

    return {"source": pytorch_source(Architecture.from_json(args["architecture"]))}
