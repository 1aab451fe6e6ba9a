"""Single samples of an evaluation, in the order of the data, from one process or several.

Axes: N samples of a batch.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from convscope.distributed import Group
from convscope.evaluate.classified import Classified

BLOCK = 4096  # samples of each process between two exchanges


class Sample(NamedTuple):
    """The prediction for one image.

    Attributes:
        place: in the split, from 0.
        true, predicted: class indices.
        probability, probability_true: of the predicted and of the true class.
        loss: -ln(probability of the true class), in nats.
    """

    place: int
    true: int
    predicted: int
    probability: float
    probability_true: float
    loss: float


Consume = Callable[[Sequence[Sample]], None]


def samples_of(batch: Classified, index: Callable[[int], int]) -> list[Sample]:
    """Return the samples of a batch; `index` gives the number of each."""
    columns = (
        batch.labels_N,
        batch.predicted_N,
        batch.confidence_N,
        batch.true_N,
        batch.losses_N,
    )
    rows = zip(*(column_N.tolist() for column_N in columns), strict=True)
    return [Sample(index(place), *row) for place, row in enumerate(rows)]


class InOrder:
    """Passes the samples of all processes on in the order of the data.

    Process r of R has the samples r, r + R and so on. After each block the samples of all are
    gathered and interleaved, so that no process holds more than a block of each.

    Args:
        total: samples of all processes; it fixes the number of exchanges, which must be the
            same everywhere.
    """

    def __init__(self, consume: Consume, group: Group, total: int) -> None:
        self._consume, self._group = consume, group
        most = -(-total // group.world_size)
        self._exchanges = -(-most // BLOCK)
        self._waiting: list[Sample] = []

    def __call__(self, samples: Sequence[Sample]) -> None:
        """Take the next samples of this process."""
        if self._group.world_size == 1:
            self._consume(samples)
            return
        self._waiting += samples
        while len(self._waiting) >= BLOCK and self._exchanges:
            self._exchange()

    def finish(self) -> None:
        """Pass the last samples on."""
        while self._group.world_size > 1 and self._exchanges:
            self._exchange()

    def _exchange(self) -> None:
        self._exchanges -= 1
        block, self._waiting = self._waiting[:BLOCK], self._waiting[BLOCK:]
        blocks = self._group.all_gather(block)
        for turn in range(max(map(len, blocks))):
            self._consume([Sample(*block[turn]) for block in blocks if turn < len(block)])
