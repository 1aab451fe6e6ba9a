"""convscope: the workbench for convolutional networks.

    import convscope

    convscope.load("lenet5").table()                      # shapes, parameters, MACs, fields
    for event in convscope.train("lenet5", "mnist"): ...  # a run on disk
    model = convscope.open("runs/...")                    # predict, evaluate
    convscope.runs()                                      # list, compare and plot runs
    model.export("onnx", "model.onnx")                    # verified; model.bench(), model.engine()
    convscope.verify("model.onnx", against=model)         # any ONNX file
    convscope.summary(module, (3, 224, 224))              # any torch module as a table

Names are loaded when they are first used: `import convscope` imports no torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from convscope import data, filters
    from convscope.arch import Architecture
    from convscope.data import list_datasets
    from convscope.model import Model, look
    from convscope.network.summary import summary
    from convscope.opening import open  # noqa: A004
    from convscope.recipes import list_recipes
    from convscope.runs.listing import runs
    from convscope.samples import sample
    from convscope.starting import train
    from convscope.verifying import verify
    from convscope.visuals import list_visuals
    from convscope.weights.load import load_weights
    from convscope.zoo import list_architectures, load
    from convscope.zoo.comparing import compare

_HOMES = {
    "Architecture": "convscope.arch",
    "Model": "convscope.model",
    "compare": "convscope.zoo.comparing",
    "list_architectures": "convscope.zoo",
    "list_datasets": "convscope.data",
    "list_recipes": "convscope.recipes",
    "list_visuals": "convscope.visuals",
    "load": "convscope.zoo",
    "load_weights": "convscope.weights.load",
    "look": "convscope.model",
    "open": "convscope.opening",
    "sample": "convscope.samples",
    "summary": "convscope.network.summary",
    "train": "convscope.starting",
    "verify": "convscope.verifying",
}

__all__ = [
    "Architecture",
    "Model",
    "__version__",
    "compare",
    "data",
    "filters",
    "list_architectures",
    "list_datasets",
    "list_recipes",
    "list_visuals",
    "load",
    "load_weights",
    "look",
    "open",
    "runs",
    "sample",
    "summary",
    "train",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in ("data", "filters", "runs"):
        return importlib.import_module(f"convscope.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'convscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
