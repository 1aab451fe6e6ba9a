"""The precision that a run with `precision="auto"` computes in: recorded once, then kept."""

from pathlib import Path
from typing import Literal

import pydantic

from convscope.errors import FormatError, from_validation
from convscope.io import storage
from convscope.record import Record
from convscope.training.run.files import PRECISION, read_file

Precision = Literal["float32", "bfloat16"]
"""Of matrix products and convolutions; weights, gradients and optimiser are always float32."""


class PrecisionChoice(Record):
    """A choice by measurement, in `precision.json`.

    Attributes:
        reason: "unsupported": the device does not multiply bfloat16; "failed": a layer has no
            bfloat16 version there; "unmeasured": a step takes too long for a run of so few; else
            both were measured.
        device: "cpu" or "cuda".
        float32_s, bfloat16_s: seconds of the forward and backward pass of a step; None where it
            was not measured.
    """

    precision: Precision
    reason: Literal["faster", "slower", "unsupported", "failed", "unmeasured"]
    device: str = "cpu"
    float32_s: float | None = None
    bfloat16_s: float | None = None

    def sentence(self) -> str:
        """Return the choice and its reason."""
        if self.reason == "failed":
            return "precision auto: float32, since a layer of the network cannot run in bfloat16"
        if self.float32_s is None:
            if self.device == "cpu":
                return "precision auto: float32, since this processor does not multiply bfloat16"
            return "precision auto: float32, since this GPU does not multiply bfloat16"
        before = milliseconds(self.float32_s)
        if self.bfloat16_s is None:
            return (
                "precision auto: float32, without a measurement: the run has too few steps of "
                f"{before} for one"
            )
        after = milliseconds(self.bfloat16_s)
        if self.precision == "bfloat16":
            return f"precision auto: bfloat16 ({after} a step, float32 {before})"
        return f"precision auto: float32 ({before} a step, bfloat16 {after})"


def milliseconds(seconds: float) -> str:
    """Return a duration with three digits: 7.25 ms, 1,230 ms."""
    number = 1000 * seconds
    return f"{number:.3g} ms" if number < 1000 else f"{number:,.0f} ms"


def read_choice(folder: Path) -> PrecisionChoice | None:
    """Return the choice of a run; None where none was made.

    Raises:
        FormatError: the file is damaged, a link, or not a regular file.
    """
    if not storage.exists(folder / PRECISION):
        return None
    try:
        return PrecisionChoice.model_validate_json(read_file(folder, PRECISION))
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=str(folder / PRECISION)) from None
