"""Out into the world: other formats of an architecture and of a model."""

from convscope.export.pytorch.source import pytorch_source

__all__ = ["pytorch_source"]
