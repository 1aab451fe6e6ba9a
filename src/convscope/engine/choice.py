"""The choice of an engine by measurement, for one network, size of image and set of outputs.

Each engine of this machine runs a few images and is compared with PyTorch; the fastest of those
that agree is used. The choice is remembered while the process runs. It is compared again before
each use, since weights may have changed in a way that PyTorch does not count (`.data`), and hooks
may have been registered. Of engines about equally fast the same one is used on every run, so that
the last digits do not depend on how busy the machine is.

Axes: N batch, C channels, H height, W width.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from convscope.engine.base import Engine
from convscope.engine.folded import PyTorch, folded
from convscope.engine.graph import graph_of
from convscope.engine.onnx_runtime import OnnxRuntime, runtime
from convscope.network import Network
from convscope.text import printable

TOLERANCE = 1e-4  # of an output, relative to its largest value in PyTorch
MEASURED_IMAGES = 4
MARGIN = 1.2  # engines up to this many times slower count as equally fast
MOST_BYTES = 1 << 30  # of weights; an ONNX model in memory ends at 2 GiB
State = tuple[tuple[int, int], ...]
Note = Callable[[str], None]


class Choice(NamedTuple):
    """The fastest engine, and its measured seconds per image."""

    engine: Engine
    seconds: float


class _Entry(NamedTuple):
    state: State
    choice: Choice


_choices: WeakKeyDictionary[Network, dict[object, _Entry]] = WeakKeyDictionary()
_folded: WeakKeyDictionary[Network, dict[object, tuple[State, Network]]] = WeakKeyDictionary()


def fastest(
    network: Network, batch_NCHW: Tensor, *, paths: Sequence[str] = (), note: Note = lambda _: None
) -> Choice:
    """Return the fastest engine whose outputs agree with PyTorch.

    Args:
        batch_NCHW: inputs to measure with, as many as go together.
        paths: layers whose outputs are needed beside the logits.
        note: takes a sentence on each engine that is not used because of an error.
    """
    key = (tuple(batch_NCHW.shape[1:]), tuple(paths), str(batch_NCHW.device))
    known = _choices.setdefault(network, {})
    state = weights_state(network)
    entry = known.get(key)
    if entry is None or entry.state != state or not _still_agrees(entry, network, batch_NCHW):
        known[key] = _Entry(state, _measured(network, batch_NCHW[:MEASURED_IMAGES], paths, note))
    return known[key].choice


def gradient_network(network: Network, image_NCHW: Tensor, *, kept: Sequence[str] = ()) -> Network:
    """Return a network with the same logits and gradients at the pixels, for faster passes.

    It shares weights with the network, and is valid while these stay the same. Where the logits
    for this image differ, the network itself is returned.
    """
    key = tuple(kept)
    known = _folded.setdefault(network, {})
    state = weights_state(network)
    with torch.no_grad():
        expected = [network(image_NCHW.clone())]
        if key in known and known[key][0] == state:
            twin = known[key][1]
            if _agrees(expected, [twin(image_NCHW.clone())]):
                return twin
        twin = folded(network, kept=kept)
        is_equal = _agrees(expected, [twin(image_NCHW.clone())])
    if is_equal:
        known[key] = state, twin
    return twin if is_equal else network


def weights_state(network: Network) -> State:
    """Return what changes with any weight: identity and version of each tensor."""
    tensors = (*network.parameters(), *network.buffers())
    return tuple((id(tensor), tensor._version) for tensor in tensors)


def _measured(network: Network, batch_NCHW: Tensor, paths: Sequence[str], note: Note) -> Choice:
    reference = PyTorch(network, paths)
    expected, seconds = _timed(reference, batch_NCHW)
    choices = [Choice(reference, seconds)]
    for name, build in _engines(network, batch_NCHW, paths).items():
        try:
            engine = build()
            outputs, seconds = _timed(engine, batch_NCHW)
        except Exception as error:  # of a package of others: PyTorch computes the same
            reason = printable(str(error), 200)
            note(f"{name} is not used: {type(error).__name__}: {reason}")
            continue
        if not _agrees(expected, outputs):
            note(f"{name} is not used: its outputs differ from PyTorch's")
        else:
            choices.append(Choice(engine, seconds))
    limit_s = MARGIN * min(choice.seconds for choice in choices)
    return [choice for choice in choices if choice.seconds <= limit_s][-1]


def _still_agrees(entry: _Entry, network: Network, batch_NCHW: Tensor) -> bool:
    """Return whether an engine that was built before computes what the network does now."""
    engine, image_NCHW = entry.choice.engine, batch_NCHW[:1]
    with torch.no_grad():
        expected = network(image_NCHW.clone())
    return _agrees([expected], engine(image_NCHW.clone())[:1])


def _engines(
    network: Network, batch_NCHW: Tensor, paths: Sequence[str]
) -> dict[str, Callable[[], Engine]]:
    """Return functions that build the engines of this machine, by name."""
    engines: dict[str, Callable[[], Engine]] = {
        "PyTorch, folded": lambda: PyTorch(folded(network, kept=paths), paths)
    }
    num_bytes = sum(p.numel() * p.element_size() for p in network.parameters())
    is_plain = batch_NCHW.device.type == "cpu" and batch_NCHW.dtype == torch.float32
    if is_plain and num_bytes <= MOST_BYTES and runtime() is not None:
        engines["ONNX Runtime"] = lambda: OnnxRuntime(graph_of(network, paths))
    return engines


def _timed(engine: Engine, batch_NCHW: Tensor) -> tuple[tuple[Tensor, ...], float]:
    """Return the outputs, and the seconds per image of a second run."""
    engine(batch_NCHW.clone())
    copy_NCHW = batch_NCHW.clone()
    start = time.perf_counter()
    outputs = engine(copy_NCHW)
    float(outputs[0].sum())  # waits for a GPU
    return outputs, (time.perf_counter() - start) / len(batch_NCHW)


def _agrees(expected: Sequence[Tensor], outputs: Sequence[Tensor]) -> bool:
    """Return whether all outputs are finite and equal up to `TOLERANCE`."""
    for reference, output in zip(expected, outputs, strict=True):
        largest = float(reference.abs().max())
        difference = float((reference - output.to(reference)).abs().max())
        if not difference <= TOLERANCE * largest:  # also for NaN
            return False
    return True
