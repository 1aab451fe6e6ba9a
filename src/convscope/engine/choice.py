"""The choice of an engine by measurement, for one network, level, size of image and of batch.

The engines of this machine run a few images and are compared with PyTorch; the fastest of those
that agree is used. What was measured is remembered on the disk, so that the next process takes
the same engine, and its last digits do not depend on how busy the machine is. An engine is built
again when the network has changed. Where the number of images is known, the time to build an
engine counts: for a few images PyTorch is used, and nothing is measured.

Axes: N batch, C channels, H height, W width.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from convscope.engine import remembered
from convscope.engine.base import Engine
from convscope.engine.candidates import Candidate, candidates, forced
from convscope.engine.folded import PyTorch, folded
from convscope.engine.graph import Graph
from convscope.engine.levels import Level
from convscope.engine.measure import REFERENCE, Measured, agrees, measure
from convscope.engine.nominal import SHORT_S, seconds_per_image, weight_bytes
from convscope.engine.state import State, digest, needs_pytorch, state_of
from convscope.network import Network
from convscope.text import printable

BATCHES = (1, 4, 16)  # sizes that are measured; the largest one that fits
MEASURE_S = 1.0  # nominal, to build and time all engines of a small network
COPIES_PER_S = 0.5e9  # bytes of weights that are written, read and packed
TIMES = 16  # passes of a batch that a measurement takes
MOST_BUILT = 4  # engines that are kept for a network
MARGIN = 1.02  # an engine that is so little slower than PyTorch's own is not used
Note = Callable[[str], None]


class Choice(NamedTuple):
    """An engine, and why it is used.

    Attributes:
        numbers: float32, bfloat16, float16 or int8.
        measured: of this engine; None where nothing was measured.
        pytorch_s: measured seconds per image of PyTorch as it is.
        reason: why PyTorch is used without a measurement; empty otherwise.
        is_remembered: the figures were measured earlier.
    """

    engine: Engine
    level: Level
    numbers: str = "float32"
    measured: Measured | None = None
    pytorch_s: float | None = None
    reason: str = ""
    is_remembered: bool = False

    @property
    def seconds(self) -> float:
        """Measured seconds per image; 0 where nothing was measured."""
        return self.measured.seconds if self.measured else 0.0

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return which engine is used, how much faster it was, and how far it agrees.

        Nothing for PyTorch at level exact, if that has no special reason.
        """
        name, level, numbers = self.engine.name, self.level, self.numbers
        if self.measured is None or self.pytorch_s is None:
            if level == "exact" and not self.reason:
                return ()
            return (f"engine: {name}, {numbers}: {self.reason or 'no other engine runs here'}",)
        ratio = f"{self.pytorch_s / self.measured.seconds:.1f}"
        speed = (
            f"engine: {name}, {level} ({numbers}): {ratio} x PyTorch's speed, as remembered"
            if self.is_remembered
            else f"engine: {name}, {level} ({numbers}): {ratio} x PyTorch's speed, as measured"
        )
        if level == "exact" or numbers == "float32":  # no engine with fewer bits was faster
            return (speed,)
        agreeing, images = self.measured.agreeing, self.measured.images
        return (
            speed,
            f"{numbers} against float32: outputs differ by {self.measured.difference:.1e} of the "
            f"largest, same class for {agreeing} of {images} images",
        )


class _Memory:
    """Measurements and engines of a network in one state, in this process."""

    def __init__(self, network: Network, state: State) -> None:
        self.state, self.digest = state, digest(network)
        self.measured: dict[str, Mapping[str, Measured]] = {}
        self.engines: dict[object, Engine] = {}

    def keep(self, key: object, engine: Engine) -> None:
        while len(self.engines) >= MOST_BUILT:
            del self.engines[next(iter(self.engines))]
        self.engines[key] = engine


class _Request(NamedTuple):
    """The arguments of a choice."""

    network: Network
    inputs_NCHW: Tensor
    level: Level
    paths: tuple[str, ...]
    quantised: Graph | None
    note: Note

    def candidates(self) -> list[Candidate]:
        """Return the engines to choose from."""
        return candidates(
            self.network,
            self.level,
            paths=self.paths,
            images=len(self.inputs_NCHW),
            quantised=self.quantised,
        )

    def key(self, label: str) -> tuple[object, ...]:
        """Return what an engine that is kept depends on, beside the network."""
        graph = None if self.quantised is None else hash(self.quantised.data)
        return label, self.paths, len(self.inputs_NCHW), torch.get_num_threads(), graph


_memories: WeakKeyDictionary[Network, _Memory] = WeakKeyDictionary()
_folded: WeakKeyDictionary[Network, dict[object, tuple[State, Network]]] = WeakKeyDictionary()


def fastest(
    network: Network,
    batch_NCHW: Tensor,
    *,
    level: Level = "exact",
    paths: Sequence[str] = (),
    num_images: int | None = None,
    quantised: Graph | None = None,
    note: Note = lambda _: None,
) -> Choice:
    """Return the fastest engine of a level whose outputs agree with PyTorch.

    Args:
        batch_NCHW: inputs to measure with, as many as go together.
        paths: layers whose outputs are needed beside the logits.
        num_images: that will follow in all; None for many. Counts at level exact only.
        quantised: the graph with 8-bit integers, for level int8.
        note: takes a sentence on each engine that is not used because of an error.

    Raises:
        InputError: CONVSCOPE_ENGINE names no engine, or one that does not run here.
    """
    plain = Choice(PyTorch(network, paths), level)
    reason = _only_pytorch(network, batch_NCHW)
    if reason:
        return plain._replace(reason=f"{reason}, which only PyTorch can run")
    if forced() == "PyTorch" and level == "exact":
        return plain
    if level != "exact" or forced():
        num_images = None
    if num_images is not None and num_images * seconds_per_image(network) < SHORT_S:
        return plain
    size = max(size for size in BATCHES if size <= max(1, len(batch_NCHW)))
    request = _Request(network, batch_NCHW[:size], level, tuple(paths), quantised, note)
    return _chosen(request, num_images) or plain


def _chosen(request: _Request, num_images: int | None) -> Choice | None:
    """Return the fastest engine, as remembered or measured now; None for PyTorch as it is."""
    network, level, note = request.network, request.level, request.note
    memory, size = _memory(network), len(request.inputs_NCHW)
    key = remembered.key_of(network, memory.digest, level, num_images=size, paths=request.paths)
    measured = memory.measured.get(str(key)) or remembered.read(key, note)
    is_remembered = measured is not None
    if measured is None:
        if num_images is not None and num_images * seconds_per_image(network) < _cost(request):
            return None
        results = measure(
            network,
            request.inputs_NCHW,
            request.candidates(),
            level=level,
            paths=request.paths,
            note=note,
        )
        measured, label = results.measured, _best(results.measured, num_images)
        if label != REFERENCE:  # that one would keep its network alive
            memory.keep(request.key(label), results.engines[label])
        remembered.write(key, measured, note)
    memory.measured[str(key)] = measured
    label = _best(measured, num_images)
    engine = _built(memory, label, request)
    if engine is None:
        return None
    return Choice(
        engine,
        level,
        label.rpartition(", ")[2],
        measured[label],
        measured[REFERENCE].seconds,
        is_remembered=is_remembered,
    )


def gradient_network(network: Network, image_NCHW: Tensor, *, kept: Sequence[str] = ()) -> Network:
    """Return a network with the same logits and gradients at the pixels, for faster passes.

    It shares weights with the network, and is valid while these stay the same. Where the logits
    for this image differ, the network itself is returned.
    """
    key = tuple(kept)
    known = _folded.setdefault(network, {})
    state = state_of(network)
    with torch.no_grad():
        expected = [network(image_NCHW.clone())]
        if key in known and known[key][0] == state:
            twin = known[key][1]
            if agrees(expected, [twin(image_NCHW.clone())], "exact"):
                return twin
        twin = folded(network, kept=kept)
        is_equal = agrees(expected, [twin(image_NCHW.clone())], "exact")
    if is_equal:
        known[key] = state, twin
    return twin if is_equal else network


def _only_pytorch(network: Network, batch_NCHW: Tensor) -> str:
    """Return the reason why no other engine computes this; empty without one."""
    if batch_NCHW.dtype != torch.float32:
        return "inputs that are not float32"
    if tuple(batch_NCHW.shape[1:]) != tuple(network.architecture.input):
        return "images of another size than the network's own"
    return needs_pytorch(network)


def _memory(network: Network) -> _Memory:
    """Return what is known of the network; nothing if it has changed since."""
    state, memory = state_of(network), _memories.get(network)
    if memory is None or memory.state != state:
        _memories[network] = memory = _Memory(network, state)
    return memory


def _cost(request: _Request) -> float:
    """Return the nominal seconds of a measurement."""
    network, images = request.network, len(request.inputs_NCHW)
    copies_s = weight_bytes(network) / COPIES_PER_S
    return MEASURE_S + copies_s + TIMES * images * seconds_per_image(network)


def _best(measured: Mapping[str, Measured], num_images: int | None) -> str:
    """Return the engine that takes the least time for all images, its start included."""

    def seconds(label: str) -> float:
        each = measured[label]
        if num_images is None:
            return each.seconds
        start_s = 0.0 if label == REFERENCE else each.start_s
        return start_s + num_images * each.seconds

    name = forced()
    if name:
        allowed = [label for label in measured if label.startswith(name)]
        return min(allowed, key=seconds, default=REFERENCE)
    best = min(measured, key=seconds)
    return REFERENCE if seconds(REFERENCE) <= MARGIN * seconds(best) else best


def _built(memory: _Memory, label: str, request: _Request) -> Engine | None:
    """Return the engine of a label, built if it is not kept; None if it does not work any more."""
    network, paths = request.network, request.paths
    if label == REFERENCE:
        return PyTorch(network, paths)
    key = request.key(label)
    if key in memory.engines:
        return memory.engines[key]
    inputs_NCHW = request.inputs_NCHW
    for candidate in request.candidates():
        if candidate.label != label:
            continue
        try:
            engine = candidate.build()
            outputs = engine(inputs_NCHW.clone())
        except Exception as error:  # of a package of others: PyTorch computes the same
            reason = printable(str(error), 200)
            request.note(f"{label} is not used: {type(error).__name__}: {reason}")
            return None
        expected = PyTorch(network, paths)(inputs_NCHW.clone())
        if agrees(expected, outputs, request.level):
            memory.keep(key, engine)
            return engine
        request.note(f"{label} is not used: its outputs differ from PyTorch's")
    return None
