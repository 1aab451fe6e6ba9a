"""An ONNX file of a model: the graph, and the metadata from which a consumer can test itself.

Axes: N batch, C channels, H height, W width, K classes.
"""

import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convscope.arch.folding import folds
from convscope.export.onnx import metadata
from convscope.export.onnx.emitter import Array, Stored
from convscope.export.onnx.golden import golden_logits, golden_pair
from convscope.export.onnx.graph import (
    PREPROCESSING,
    further_outputs,
    model_graph,
    network_graph,
)
from convscope.export.onnx.writer import written
from convscope.io.storage import Receipt, write
from convscope.network.model_file import Card
from convscope.text import counted


class OnnxFile(NamedTuple):
    """Report of a written file.

    Attributes:
        outputs: their names, the answer first.
        prepared: name of the output of the preprocessing, if it is one of the outputs.
        stored: names of the initialisers.
        golden: the golden pair as JSON.
    """

    receipt: Receipt
    input: str
    outputs: tuple[str, ...]
    prepared: str | None
    stored: tuple[str, ...]
    golden: str
    notes: tuple[str, ...]


def write_onnx(
    path: Path,
    card: Card,
    network: nn.Module,
    preprocessing: nn.Module,
    *,
    bare: bool = False,
    layers: Sequence[str] = (),
    prepared: bool = False,
    check: Callable[[Path], None] | None = None,
) -> OnnxFile:
    """Write a model as one ONNX file, atomically; the same bytes for the same model.

    `image`, (N, H, W, C) uint8 of any size -> `probabilities`, (N, K).

    Args:
        network, preprocessing: the modules of the model, in evaluation mode. They compute the
            golden output.
        bare: the network only: `input`, (N, C, H, W) float32 -> `logits`, (N, K).
        layers: paths of layers whose activations are further outputs; ("all",) for all.
        prepared: the prepared image is a further output; not with `bare`.
        check: called with the complete temporary file; an exception leaves no new file.

    Raises:
        InputError: no such layer, or a file of more than 2 GiB.
        Unsupported: a layer or a composition without ONNX nodes.
        StorageError: the file cannot be written; an existing file is unchanged.
    """
    architecture = card.architecture
    outputs = further_outputs(architecture, layers)
    weights: dict[str, Array | Stored] = {k: _array(t) for k, t in network.state_dict().items()}
    if bare:
        graph = network_graph(architecture, weights, outputs=outputs)
        golden = golden_logits(network, architecture)
    else:
        fitted = preprocessing.state_dict().items()
        weights |= {PREPROCESSING + name: _array(tensor) for name, tensor in fitted}
        graph = model_graph(
            architecture, card.preprocessing, weights, outputs=outputs, prepared=prepared
        )
        golden = golden_pair(network, preprocessing, architecture)
    receipt = write(path, written(graph, _metadata(card, golden)), check=check)
    names = tuple(value.name for value in graph.outputs)
    return OnnxFile(
        receipt,
        graph.inputs[0].name,
        names,
        names[1] if prepared else None,
        tuple(graph.parts.tensors),
        golden.to_json(),
        _notes(card, outputs.values()),
    )


def _metadata(card: Card, golden: metadata.Golden) -> dict[str, str]:
    return {
        metadata.VERSION: version("convscope"),
        metadata.ARCHITECTURE: card.architecture.to_json(indent=None),
        metadata.LABELS: _json(card.labels),
        metadata.PREPROCESSING: card.preprocessing.model_dump_json(),
        metadata.CONVERSION: card.conversion.model_dump_json(),
        metadata.PROVENANCE: _json(card.provenance),
        metadata.GOLDEN: golden.to_json(),
    }


def _notes(card: Card, kept: Any) -> tuple[str, ...]:
    steps = card.architecture.trace
    separate = len(folds(steps)) - len(folds(steps, {*kept}))
    if not separate:
        return ()
    norms = counted(separate, "batch normalisation")
    return (f"{norms} not folded, since the output of the convolution before is needed",)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _array(tensor: Tensor) -> Array:
    """Return a tensor as an array that shares its memory where it can."""
    on_cpu = tensor.detach().cpu()
    is_real = on_cpu.is_floating_point() and on_cpu.dtype != torch.float32
    values: np.ndarray[Any, Any] = (on_cpu.float() if is_real else on_cpu).numpy()
    return values
