"""Learning rate range test: the training loss while the learning rate rises."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from convscope.errors import ConvscopeError, InputError
from convscope.machine.contention import watched_contention
from convscope.payload import Curves, Marker, Series
from convscope.training.job import Forward, Job, parts_of, seed_dropout
from convscope.training.measure_precision import with_measured_precision
from convscope.training.out_of_memory import out_of_memory_error
from convscope.training.recipe.optim import NO_SCALES, set_lr
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.precision import Precision

FEWEST, MOST = 60, 400  # steps by default
LEAST_STEPS, MOST_STEPS = 10, 100_000
BLOWN_UP = 4.0  # times the best smoothed loss
NO_FALL = 20  # a minimum within the first 20th of the steps is chance


@dataclass(frozen=True)
class LrRange:
    """Losses over a rising learning rate, and the suggested learning rates.

    Attributes:
        smoothed: running mean of the losses.
        ended: why the test ended.
        steepest: learning rate where the smoothed loss decreases fastest; None if it never does.
        tenth: a tenth of the learning rate at which the smoothed loss is lowest.
        precision: that the passes were computed in.
        note: why, where the recipe's precision is "auto".
    """

    lrs: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    ended: str
    steepest: float | None
    tenth: float | None
    precision: Precision = "float32"
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def advice(self) -> str:
        """Return both suggestions as text."""
        if self.steepest is None or self.tenth is None:
            return "the loss never decreased: check the data, or start at a smaller learning rate"
        return (
            f"steepest loss decrease at {self.steepest:.2g}; "
            f"one tenth of the minimum-loss rate: {self.tenth:.2g}"
        )

    def caption(self) -> str:
        """Return sentences that explain the picture."""
        if self.steepest is None or self.tenth is None:
            return "The loss never decreased: check the data, or start at a smaller learning rate."
        return (
            f"The learning rate rises with every step, until the loss is {BLOWN_UP:g} times its "
            f"lowest. Suggested: the smaller of {self.steepest:.2g}, where the loss falls fastest, "
            f"and {self.tenth:.2g}, one tenth of the rate with the lowest loss."
        )

    @property
    def suggested(self) -> float | None:
        """The smaller of both suggestions: the safer one; None if the loss never decreased."""
        if self.steepest is None or self.tenth is None:
            return None
        return min(self.steepest, self.tenth)

    def curves(self, title: str) -> Curves:
        """Return the losses over the learning rate, with the suggestion marked."""
        lr = self.suggested
        series = [
            Series(name="each step", x=self.lrs, y=self.losses),
            Series(name="smoothed", x=self.lrs, y=self.smoothed),
        ]
        return Curves(
            title=title,
            caption=self.caption(),
            markers=() if lr is None else (Marker(x=lr, label=f"suggested: {lr:.2g}"),),
            x_label="learning rate",
            y_label="training loss",
            x_scale="log",
            series=tuple(series),
        )


@watched_contention()
def lr_range_test(
    job: Job,
    recipe: Recipe,
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int | None = None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> LrRange:
    """Train while lr = low (high / low)^(t / (T - 1)) rises from step to step t = 0 ... T - 1.

    It ends early if the smoothed loss is 4 times its lowest value, or not finite. The recipe's
    schedule is not used, and nothing is frozen. A pure function of the seed.
    Paper: Smith 2017, section 3.3.

    Args:
        steps: T; by default an epoch, but at least 60 and at most 400.

    Raises:
        InputError: an impossible range or number of steps.
        TrainingError: out of memory.
    """
    if not 0 < low < high < math.inf:
        raise InputError(f"a range from {low:g} to {high:g}", expected="0 < low < high")
    per_epoch = job.batches.steps_per_epoch
    count = min(max(per_epoch, FEWEST), MOST) if steps is None else steps
    if not LEAST_STEPS <= count <= MOST_STEPS:
        raise InputError(f"{count:,} steps", expected=f"{LEAST_STEPS} to {MOST_STEPS:,}")
    fine = recipe.fine_tune
    scales = fine.lr_scales(job.network) if fine else NO_SCALES
    job, note = with_measured_precision(job, recipe, steps=count)
    optimiser = recipe.optimiser.build(job.network, scales)
    lrs = [low * (high / low) ** (t / (count - 1)) for t in range(count)]
    means = Smoothed(1 - min(0.5, 20 / count))
    losses: list[float] = []
    ended = f"{count} steps"
    before = torch.get_rng_state()
    job.network.train()
    if fine:
        fine.apply(job.network, frozen=False)
    try:
        for step, lr in enumerate(lrs):
            set_lr(optimiser, lr)
            loss = _step(job, recipe, optimiser, step)
            if not math.isfinite(loss):
                ended = f"ended at {lr:.2g}: the loss was not finite"
                break
            losses.append(loss)
            means.add(loss)
            if means.values[-1] > BLOWN_UP * min(means.values):
                ended = f"ended at {lr:.2g}: the loss was {BLOWN_UP:g} times its lowest"
                break
            if stop_requested():
                ended = f"stopped at {lr:.2g}"
                break
    finally:
        torch.set_rng_state(before)
    result = _result(lrs, losses, means.values, ended)
    return replace(result, precision=job.precision, note=note)


class Smoothed:
    """m = decay m + (1 - decay) loss, divided by 1 - decay^t to correct its start at 0."""

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.values: list[float] = []
        self._mean = 0.0

    def add(self, value: float) -> None:
        self._mean = self.decay * self._mean + (1 - self.decay) * value
        self.values.append(self._mean / (1 - self.decay ** (len(self.values) + 1)))


def _step(job: Job, recipe: Recipe, optimiser: torch.optim.Optimizer, step: int) -> float:
    """Make one step as in training; return the mean loss."""
    epoch, within = divmod(step, job.batches.steps_per_epoch)
    seed_dropout(job.device, (recipe.seed << 32) + step)
    try:
        parts = parts_of(job.batches.batch(epoch, within), recipe.accumulate)
        optimiser.zero_grad(set_to_none=True)
        losses = []
        for part in parts:
            loss, _ = job.loss(Forward(job.network), recipe, part)
            (loss / len(parts)).backward()  # type: ignore[no-untyped-call]
            losses.append(loss.item())
        if recipe.clip_norm is not None:
            nn.utils.clip_grad_norm_(job.network.parameters(), recipe.clip_norm)
        optimiser.step()
    except ConvscopeError:
        raise
    except (MemoryError, RuntimeError) as error:
        raise out_of_memory_error(error, recipe, 1) or error from error
    return sum(losses) / len(losses)


def _result(lrs: list[float], losses: list[float], smoothed: list[float], ended: str) -> LrRange:
    if not losses:
        raise InputError(
            f"the loss was not finite at the first step, with a learning rate of {lrs[0]:g}",
            fix="start lower: --from 1e-9",
        )
    lowest = min(range(len(smoothed)), key=smoothed.__getitem__)
    if lowest < len(lrs) // NO_FALL:
        lowest = 0
    falls = [after - before for before, after in pairwise(smoothed[: lowest + 1])]
    fastest = _fastest_fall(falls)
    return LrRange(
        lrs=tuple(lrs[: len(losses)]),
        losses=tuple(losses),
        smoothed=tuple(smoothed),
        ended=ended,
        steepest=None if fastest is None else lrs[fastest],
        tenth=None if fastest is None else lrs[lowest] / 10,
    )


def _fastest_fall(falls: list[float]) -> int | None:
    """Return the middle of the window of steps over which the loss decreases most."""
    width = max(1, len(falls) // 10)
    windows = [sum(falls[i : i + width]) for i in range(len(falls) - width + 1)]
    if not windows or min(windows) >= 0:
        return None
    return windows.index(min(windows)) + width // 2
