"""ONNX graphs written from blocks, node by node; tensors are named by the paths of layers.

The nodes of a layer are stated in `layers/`, those of a composition in `graph.py`.
"""

from convscope.export.onnx.graph import onnx_model

__all__ = ["onnx_model"]
