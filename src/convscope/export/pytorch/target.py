"""The export target `pytorch`: one Python file that needs only torch."""

from pathlib import Path

from convscope.export.pytorch.source import pytorch_source
from convscope.export.target import Exported, Options, Written
from convscope.io.storage import write_text


def text(exported: Exported, options: Options) -> str:
    """Return the Python file."""
    del options
    return pytorch_source(exported.architecture)


def write(exported: Exported, path: Path, options: Options) -> Written:
    """Write the Python file."""
    source = text(exported, options)
    files, size = [path], 0
    if options.weights_to is not None:
        from convscope.network.safetensors_file import write_tensors

        assert exported.model is not None
        files.append(options.weights_to)
        metadata = {"format": "pt"}
        size = write_tensors(options.weights_to, exported.model.weights, metadata).size_bytes
    receipt = write_text(path, source)
    return Written(tuple(files), size + receipt.size_bytes, receipt.sha256)
