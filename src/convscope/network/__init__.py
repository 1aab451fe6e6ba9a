"""Torch modules of architectures, their weights, and the model file."""

from convscope.network.build import Network, build, build_block, build_empty, module_at
from convscope.network.hooks import activations
from convscope.network.initialise import initialise
from convscope.network.model_file import (
    Card,
    ModelFile,
    model_path,
    read_card,
    read_model,
    save_model,
)

__all__ = [
    "Card",
    "ModelFile",
    "Network",
    "activations",
    "build",
    "build_block",
    "build_empty",
    "initialise",
    "model_path",
    "module_at",
    "read_card",
    "read_model",
    "save_model",
]
