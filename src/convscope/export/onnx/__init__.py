"""ONNX graphs written from blocks, node by node; tensors are named by the paths of layers.

The nodes of a layer are stated in `layers/`, those of a composition in `graph.py`. `metadata` is
what a file says of itself, and needs no onnx.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from convscope.errors import InputError
from convscope.extras import install_command

if TYPE_CHECKING:
    from convscope.export.onnx.graph import onnx_model

__all__ = ["onnx_model"]


def __getattr__(name: str) -> Any:
    """Import the writer when it is used.

    Raises:
        InputError: the package onnx is not installed.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if find_spec("onnx") is None:
        raise InputError(
            "exporting to ONNX needs the package onnx",
            expected="an installation with ONNX",
            fix=install_command("onnx"),
        )
    from convscope.export.onnx.graph import onnx_model

    return onnx_model
