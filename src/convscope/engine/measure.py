"""The time and the agreement of engines, against PyTorch in float32.

Axes: N batch, C channels, H height, W width, K classes.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from convscope.engine.base import Engine
from convscope.engine.candidates import Candidate
from convscope.engine.folded import PyTorch
from convscope.engine.levels import TOLERANCES, Level
from convscope.machine.contention import watched_contention
from convscope.network import Network
from convscope.record import Record
from convscope.text import printable

REFERENCE = "PyTorch, float32"
# engines take turns, so that a moment in which the machine is busy does not decide
FEWEST_ROUNDS, MOST_ROUNDS = 3, 12
TURN_S = 0.02  # at least one pass, or as long
ENOUGH_S = 1.5  # of all turns after the fewest rounds
HOPELESS = 2.0  # times as slow as the fastest after two turns: no third one
Note = Callable[[str], None]


class Measured(Record):
    """An engine that was measured for a network.

    Attributes:
        start_s: seconds to build it and to run it once.
        seconds: per image, the least of several runs.
        difference: the largest of an output from PyTorch's in float32, relative to the largest.
        agreeing, images: how many of the images have the same most probable class.
    """

    start_s: float
    seconds: float
    difference: float
    agreeing: int
    images: int


class Agreement(NamedTuple):
    """See `Measured`; the difference is infinite for outputs that are not finite."""

    difference: float
    agreeing: int


class Results(NamedTuple):
    """Measurements, by the labels of the engines, and the engines that agree."""

    measured: Mapping[str, Measured]
    engines: Mapping[str, Engine]


def measure(
    network: Network,
    inputs_NCHW: Tensor,
    candidates: Sequence[Candidate],
    *,
    level: Level,
    paths: Sequence[str] = (),
    note: Note = lambda _: None,
) -> Results:
    """Build and time engines, and compare them with PyTorch.

    Args:
        inputs_NCHW: as many images as go together.
        note: takes a sentence on each engine that is not used because of an error.
    """
    reference = PyTorch(network, paths)
    begin = time.perf_counter()
    expected = reference(inputs_NCHW.clone())
    start_s = {REFERENCE: time.perf_counter() - begin}
    engines: dict[str, Engine] = {REFERENCE: reference}
    agreements = {REFERENCE: Agreement(0.0, len(inputs_NCHW))}
    for candidate in candidates:
        begin = time.perf_counter()
        try:
            engine = candidate.build()
            outputs = engine(inputs_NCHW.clone())
        except Exception as error:  # of a package of others: PyTorch computes the same
            reason = printable(str(error), 200)
            note(f"{candidate.label} is not used: {type(error).__name__}: {reason}")
            continue
        agreement = compare(expected, outputs)
        if not agreement.difference <= TOLERANCES[level]:
            note(f"{candidate.label} is not used: its outputs differ from PyTorch's")
            continue
        start_s[candidate.label] = time.perf_counter() - begin
        engines[candidate.label], agreements[candidate.label] = engine, agreement
    with watched_contention():
        seconds = _seconds(engines, inputs_NCHW)
    measured = {
        label: Measured(
            start_s=start_s[label],
            seconds=seconds[label] / len(inputs_NCHW),
            difference=agreements[label].difference,
            agreeing=agreements[label].agreeing,
            images=len(inputs_NCHW),
        )
        for label in engines
    }
    return Results(measured, engines)


def compare(expected: Sequence[Tensor], outputs: Sequence[Tensor]) -> Agreement:
    """Return how far outputs are from those of PyTorch; the first ones are logits (N, K)."""
    difference = 0.0
    for reference, output in zip(expected, outputs, strict=True):
        largest = float(reference.abs().max())
        distance = float((reference - output.to(reference)).abs().max())
        if not distance <= largest * 1e6:  # NaN, infinity, or a reference of zeros
            return Agreement(float("inf") if distance else difference, 0)
        difference = max(difference, distance / largest if largest else 0.0)
    same = expected[0].argmax(1) == outputs[0].to(expected[0]).argmax(1)
    return Agreement(difference, int(same.sum()))


def _seconds(engines: Mapping[str, Engine], inputs_NCHW: Tensor) -> dict[str, float]:
    """Return the least seconds of a pass of each engine.

    Other processes can only add to the time of a pass, so that the least one is the nearest to
    an idle machine's. Engines that are far behind have two turns, the rest at least three.
    """
    least = dict.fromkeys(engines, float("inf"))
    begin = time.perf_counter()
    for number in range(MOST_ROUNDS):
        if number >= FEWEST_ROUNDS and time.perf_counter() - begin > ENOUGH_S:
            break
        limit = HOPELESS * min(least.values()) if number >= 2 else float("inf")
        for label in [label for label in engines if least[label] <= limit]:
            least[label] = min(least[label], _turn(engines[label], inputs_NCHW))
    return least


def _turn(engine: Engine, inputs_NCHW: Tensor) -> float:
    """Return the least seconds of a pass in one turn."""
    begin, least = time.perf_counter(), _timed(engine, inputs_NCHW)
    if least > TURN_S:
        return least
    # the first pass wakes the threads, and those of the engine before may not sleep yet
    while time.perf_counter() - begin < TURN_S:
        least = min(least, _timed(engine, inputs_NCHW))
    return least


def _timed(engine: Engine, inputs_NCHW: Tensor) -> float:
    copy_NCHW = inputs_NCHW.clone()
    begin = time.perf_counter()
    outputs = engine(copy_NCHW)
    if outputs[0].device.type != "cpu":
        float(outputs[0].sum())  # waits for a GPU
    return time.perf_counter() - begin


def agrees(expected: Sequence[Tensor], outputs: Sequence[Tensor], level: Level) -> bool:
    """Return whether outputs are within the tolerance of a level."""
    with torch.no_grad():
        return compare(expected, outputs).difference <= TOLERANCES[level]
