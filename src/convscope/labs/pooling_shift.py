"""A row of detectors before and after a shift, and the pooling above them.

With a shift of 1 and windows of 3 this is the lecture's example, from Goodfellow, Bengio and
Courville 2016, Fig. 9.8.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, final

from convscope.errors import InputError, unknown_name
from convscope.labs.pooling import DETECTOR, KINDS, Kind, pool_row, share_changed

AROUND = ((0.2, 0.1, 0.3), (0.3, 0.1, 0.2))
"""Values to the left and to the right of the row, which a shift brings into it."""
ROW = (*AROUND[0], *DETECTOR, *AROUND[1])
FIRST = len(AROUND[0])
MOST_SHIFT = min(map(len, AROUND))
SIZES = (1, 3, 5, 7)


class Rows(NamedTuple):
    """Detectors and what pooling makes of them.

    Attributes:
        changed: share of the detectors whose value the shift changes.
        pooled_changed: the same for the pooled values.
        difference: sum of the differences of the detectors, in size.
        pooled_difference: the same for the pooled values.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]
    pooled_before: tuple[float, ...]
    pooled_after: tuple[float, ...]
    changed: float
    pooled_changed: float
    difference: float
    pooled_difference: float


@final
@dataclass(frozen=True)
class PoolingShift:
    """A shift of a row.

    Args:
        shift: to the right, in positions; below 0 to the left.
        size: positions of a window; stride 1, windows are cut at both ends.
    """

    shift: int = 1
    size: int = 3
    kind: Kind = "max"

    def __post_init__(self) -> None:
        if abs(self.shift) > MOST_SHIFT:
            raise InputError(f"a shift of {self.shift}", expected=f"-{MOST_SHIFT} to {MOST_SHIFT}")
        if self.size not in SIZES:
            raise InputError(f"windows of {self.size}", expected="1, 3, 5 or 7")
        if self.kind not in KINDS:
            raise unknown_name("kind", self.kind, KINDS)

    def rows(self) -> Rows:
        """Return the row before and after the shift, and the pooled values."""
        first = FIRST - self.shift
        before, after = DETECTOR, ROW[first : first + len(DETECTOR)]
        pooled = [pool_row(row, kind=self.kind, size=self.size) for row in (before, after)]
        return Rows(
            before,
            after,
            pooled[0],
            pooled[1],
            share_changed(before, after),
            share_changed(pooled[0], pooled[1]),
            _difference(before, after),
            _difference(pooled[0], pooled[1]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "pooling_shift",
            "shift": self.shift,
            "size": self.size,
            "kind": self.kind,
            **self.rows()._asdict(),
        }


def _difference(before: tuple[float, ...], after: tuple[float, ...]) -> float:
    return sum(abs(b - a) for a, b in zip(before, after, strict=True))
