"""The export target `onnx`: one file with preprocessing, labels and a golden pair."""

from pathlib import Path

from convscope.export.target import Exported, Options, Written


def write(exported: Exported, path: Path, options: Options) -> Written:
    """Write the ONNX file."""
    raise NotImplementedError
