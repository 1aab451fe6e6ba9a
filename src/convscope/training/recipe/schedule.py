"""The learning rate over time: each schedule is a pure function from a step to a multiplier.

The learning rate of a step is the recipe's `lr` (the peak) times the multiplier. Schedules have
no state, so checkpoints do not store them.
"""

import math
from typing import Annotated, Literal

import pydantic
from pydantic import Field

from convscope.record import Record

Share = Annotated[float, Field(ge=0, le=1)]
Epochs = Annotated[float, Field(ge=0)]


class Constant(Record):
    """1, after a linear warm-up: (step + 1) / warm-up steps."""

    type: Literal["Constant"] = "Constant"
    warmup_epochs: Epochs = 0.0

    def multiplier(self, step: int, *, total_steps: int, steps_per_epoch: int) -> float:
        warm = warmup_steps(self.warmup_epochs, total_steps, steps_per_epoch)
        return (step + 1) / warm if step < warm else 1.0


class Step(Record):
    """gamma^(number of milestones passed); milestones are epochs, counted from the start."""

    type: Literal["Step"] = "Step"
    milestones: tuple[Annotated[int, Field(gt=0)], ...]
    gamma: Annotated[float, Field(gt=0, le=1)] = 0.1
    warmup_epochs: Epochs = 0.0

    def multiplier(self, step: int, *, total_steps: int, steps_per_epoch: int) -> float:
        warm = warmup_steps(self.warmup_epochs, total_steps, steps_per_epoch)
        rise = (step + 1) / warm if step < warm else 1.0
        epoch = step // steps_per_epoch
        return rise * self.gamma ** sum(epoch >= milestone for milestone in self.milestones)


class Stages(Record):
    """Piecewise constant: 1 at first, then factors[i] from epoch begins[i] on.

    `Step` with any factors: LeCun et al. 1998 give five learning rates for twenty epochs.
    """

    type: Literal["Stages"] = "Stages"
    begins: Annotated[tuple[Annotated[int, Field(gt=0)], ...], Field(min_length=1)]
    factors: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)]

    @pydantic.model_validator(mode="after")
    def _agree(self) -> "Stages":
        if len(self.begins) != len(self.factors):
            raise ValueError(f"{len(self.begins)} begins and {len(self.factors)} factors: as many")
        if list(self.begins) != sorted(set(self.begins)):
            raise ValueError(f"begins {self.begins} must rise")
        return self

    def multiplier(self, step: int, *, total_steps: int, steps_per_epoch: int) -> float:
        epoch = step // steps_per_epoch
        passed = sum(epoch >= begin for begin in self.begins)
        return self.factors[passed - 1] if passed else 1.0


class Exponential(Record):
    """gamma^(epoch // every_epochs).

    Papers: Szegedy et al. 2015 (0.96 every 8 epochs), 2016 (0.94 every 2).
    """

    type: Literal["Exponential"] = "Exponential"
    gamma: Annotated[float, Field(gt=0, le=1)] = 0.94
    every_epochs: Annotated[int, Field(gt=0)] = 2
    warmup_epochs: Epochs = 0.0

    def multiplier(self, step: int, *, total_steps: int, steps_per_epoch: int) -> float:
        warm = warmup_steps(self.warmup_epochs, total_steps, steps_per_epoch)
        rise = (step + 1) / warm if step < warm else 1.0
        return float(rise * self.gamma ** (step // steps_per_epoch // self.every_epochs))


class Cosine(Record):
    """final + (1 - final) (1 + cos(pi t / T)) / 2, t of T steps after the warm-up.

    Paper: Loshchilov and Hutter 2017 (SGDR), without restarts.
    """

    type: Literal["Cosine"] = "Cosine"
    final: Share = 0.0
    warmup_epochs: Epochs = 0.0

    def multiplier(self, step: int, *, total_steps: int, steps_per_epoch: int) -> float:
        warm = warmup_steps(self.warmup_epochs, total_steps, steps_per_epoch)
        if step < warm:
            return (step + 1) / warm
        along = (step - warm) / max(1, total_steps - warm)
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * along)) / 2


class OneCycle(Record):
    """Up along a cosine from 1/start_divisor to 1, then down to 1/(start_divisor final_divisor).

    The momentum is constant. Paper: Smith and Topin 2018.

    Args:
        warmup: share of the steps with rising learning rate.
    """

    type: Literal["OneCycle"] = "OneCycle"
    warmup: Annotated[float, Field(gt=0, lt=1)] = 0.3
    start_divisor: Annotated[float, Field(ge=1)] = 25.0
    final_divisor: Annotated[float, Field(ge=1)] = 1e4

    def multiplier(self, step: int, *, total_steps: int, steps_per_epoch: int) -> float:
        top = max(0.0, self.warmup * total_steps - 1)
        low = 1 / self.start_divisor
        if step <= top and top > 0:
            return 1 + (low - 1) * (1 + math.cos(math.pi * step / top)) / 2
        down = (step - top) / max(1e-9, total_steps - 1 - top)
        last = low / self.final_divisor
        return last + (1 - last) * (1 + math.cos(math.pi * down)) / 2


class Polynomial(Record):
    """(1 - t / T)^power, t of T steps after the warm-up; power 1 is a straight line."""

    type: Literal["Polynomial"] = "Polynomial"
    power: Annotated[float, Field(gt=0)] = 1.0
    warmup_epochs: Epochs = 0.0

    def multiplier(self, step: int, *, total_steps: int, steps_per_epoch: int) -> float:
        warm = warmup_steps(self.warmup_epochs, total_steps, steps_per_epoch)
        if step < warm:
            return (step + 1) / warm
        along = (step - warm) / max(1, total_steps - warm)
        return float((1 - along) ** self.power)


AnySchedule = Annotated[
    Constant | Step | Stages | Exponential | Cosine | OneCycle | Polynomial,
    Field(discriminator="type"),
]


def warmup_steps(epochs: float, total_steps: int, steps_per_epoch: int) -> int:
    """Return the epochs of warm-up in whole steps; at least one step is left for the rest."""
    return min(round(epochs * steps_per_epoch), total_steps - 1)
