"""Exports: other formats of an architecture or a model. One package per format.

The registry below is the list of formats. Rendering of diagrams belongs in `render/`, the model
file in `network/`.
"""

from typing import TYPE_CHECKING

from convscope.export.target import Exported, Layers, Options, Target, Written
from convscope.lazy import lazy

if TYPE_CHECKING:
    from convscope.export.pytorch.source import pytorch_source
    from convscope.export.writing import check_request, find_target, text, write
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "convscope.export.pytorch.source": ("pytorch_source",),
            "convscope.export.writing": ("check_request", "find_target", "text", "write"),
        },
    )

TARGETS: dict[str, Target] = {
    "onnx": Target(
        "convscope.export.onnx.target:write",
        "ONNX file with preprocessing, labels and a golden pair; verified",
        endings=(".onnx",),
        options=("float", "layers"),
        extra="onnx",
    ),
    "pytorch": Target(
        "convscope.export.pytorch_file:write",
        "one Python file that needs only torch",
        endings=(".py",),
        text="convscope.export.pytorch_file:text",
        needs_weights=False,
        options=("weights_to", "layout"),
    ),
    "web": Target(
        "convscope.export.web.target:write",
        "a folder for any static server: a page that runs the model in the browser",
        single=(".html",),
        check="convscope.export.web.target:check",
        options=("single_file", "training"),
        extra="onnx",
    ),
}
"""The export targets by name."""

__all__ = [
    "TARGETS",
    "Exported",
    "Layers",
    "Options",
    "Target",
    "Written",
    "check_request",
    "find_target",
    "pytorch_source",
    "text",
    "write",
]
