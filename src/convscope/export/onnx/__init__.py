"""ONNX graphs written from blocks, node by node; tensors are named by the paths of layers.

The nodes of a layer are stated in `layers/`, those of a composition in `graph.py`.

Raises:
    InputError: the package onnx is not installed.
"""

from importlib.util import find_spec

from convscope.errors import InputError
from convscope.extras import install_command

if find_spec("onnx") is None:
    raise InputError(
        "exporting to ONNX needs the package onnx",
        expected="an installation with ONNX",
        fix=install_command("onnx"),
    )

from convscope.export.onnx.graph import onnx_model

__all__ = ["onnx_model"]
