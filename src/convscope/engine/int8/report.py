"""Comparison of an int8 engine with the exact one: accuracy, agreement, speed, and refusal.

Axes: N batch, C channels, H height, W width, K classes.
"""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, final

from torch import Tensor

from convscope.engine.base import Engine
from convscope.errors import InputError

MAX_LOSS = 0.5  # points
ROUNDS = 7
ROUND_S = 0.02


@final
@dataclass(frozen=True)
class Int8Report:
    """Figures of an int8 engine beside those of the exact one.

    Attributes:
        images: how many were compared.
        float_accuracy: top-1 in float32, from 0 to 1; None without labels.
        int8_accuracy: top-1 in int8.
        agreement: share of the images that get the same class.
        float_ms: milliseconds per image of the exact engine; median of alternating rounds.
        int8_ms: milliseconds per image of the int8 engine.
    """

    images: int
    float_accuracy: float | None
    int8_accuracy: float | None
    agreement: float
    float_ms: float
    int8_ms: float

    @property
    def loss(self) -> float:
        """Points of accuracy lost; without labels, points of agreement, an upper bound."""
        if self.float_accuracy is None or self.int8_accuracy is None:
            return 100 * (1 - self.agreement)
        return 100 * (self.float_accuracy - self.int8_accuracy)

    @property
    def speed(self) -> float:
        """Time of the exact engine over that of int8."""
        return self.float_ms / self.int8_ms

    def __str__(self) -> str:
        """Return the figures as one sentence."""
        speed = f"{self.speed:.2f} x as fast ({self.int8_ms:.3g} ms, {self.float_ms:.3g} ms)"
        same = f"same class as float32 for {self.agreement:.2%}"
        if self.float_accuracy is None or self.int8_accuracy is None:
            return f"int8: {same} of {self.images:,} images; {speed}"
        return (
            f"int8: accuracy {self.int8_accuracy:.2%}, float32 {self.float_accuracy:.2%} "
            f"on {self.images:,} images; {same}; {speed}"
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"loss": self.loss, "speed": self.speed}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "Int8Report":
        """Return the report that `to_dict` gave.

        Raises:
            TypeError: a figure is missing.
        """
        return Int8Report(**{k: v for k, v in data.items() if k not in ("loss", "speed")})

    def check(self, max_loss: float = MAX_LOSS) -> None:
        """Refuse int8 where it is less accurate or not faster.

        Args:
            max_loss: in points of accuracy.

        Raises:
            InputError: it loses more, or is not faster; with the figures.
        """
        if not self.loss <= max_loss:  # also for NaN
            raise InputError(
                f"int8 loses {self.loss:.2f} points. {self}",
                expected=f"at most {max_loss:g} points",
                fix="calibrate with more images like those to predict, allow more with "
                "--max-loss, or use the level fast",
                code="int8_refused",
            )
        if not self.speed > 1:
            raise InputError(
                f"int8 is not faster on this machine. {self}",
                fix="use the level exact or fast",
                code="int8_refused",
            )


def compare(
    exact: Engine, int8: Engine, batches: Iterable[tuple[Tensor, Tensor | None]]
) -> Int8Report:
    """Return the figures of two engines on the same images.

    Args:
        batches: preprocessed images, (N, C, H, W), with their classes, (N,), or None.

    Raises:
        InputError: there are no images.
    """
    images = same = float_right = int8_right = 0
    has_labels = True
    sample_NCHW: Tensor | None = None
    for inputs_NCHW, labels_N in batches:
        if sample_NCHW is None:
            sample_NCHW = inputs_NCHW[:1].clone()
        float_N = exact(inputs_NCHW.clone())[0].argmax(1)
        int8_N = int8(inputs_NCHW.clone())[0].argmax(1)
        images += len(inputs_NCHW)
        same += int((float_N == int8_N).sum())
        if labels_N is None:
            has_labels = False
        else:
            float_right += int((float_N == labels_N).sum())
            int8_right += int((int8_N == labels_N).sum())
    if sample_NCHW is None:
        raise InputError("no images to compare int8 with float32")
    float_ms, int8_ms = alternating(exact, int8, sample_NCHW)
    return Int8Report(
        images,
        float_right / images if has_labels else None,
        int8_right / images if has_labels else None,
        same / images,
        float_ms,
        int8_ms,
    )


def alternating(first: Engine, second: Engine, batch_NCHW: Tensor) -> tuple[float, float]:
    """Return milliseconds per image of two engines: medians of rounds in which they take turns."""
    engines = first, second
    for engine in engines:
        engine(batch_NCHW.clone())
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for engine, seconds in zip(engines, times, strict=True):
            seconds.append(_seconds(engine, batch_NCHW))
    num = len(batch_NCHW)
    return 1e3 * median(times[0]) / num, 1e3 * median(times[1]) / num


def _seconds(engine: Engine, batch_NCHW: Tensor) -> float:
    """Return the seconds of a pass, as the mean over at least `ROUND_S`."""
    start = time.perf_counter()
    passes = 0
    while time.perf_counter() - start < ROUND_S or not passes:
        engine(batch_NCHW)
        passes += 1
    return (time.perf_counter() - start) / passes
