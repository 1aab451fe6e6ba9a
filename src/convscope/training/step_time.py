"""Time of a training step on this machine, measured on real steps of a job."""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from convscope.errors import ConvscopeError
from convscope.training.job import Forward, Job, parts_of, seed_dropout
from convscope.training.measure_precision import with_measured_precision
from convscope.training.out_of_memory import out_of_memory_error
from convscope.training.recipe.recipe import Recipe

WARM = 2  # steps: the first ones allocate memory and choose kernels
FEWEST, MOST = 3, 40  # steps that are timed
LIMIT_S = 6.0


class StepTimes(NamedTuple):
    """Seconds of the steps that were timed, and the precision of their passes."""

    seconds: tuple[float, ...]
    precision: str

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def time_steps(
    job: Job,
    recipe: Recipe,
    *,
    limit_s: float = LIMIT_S,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> StepTimes:
    """Time steps as training makes them: data, both passes, update. The job's network is trained.

    Raises:
        TrainingError: out of memory.
        DataError, FormatError: an image cannot be read.
    """
    job, _ = with_measured_precision(
        job, recipe, steps=recipe.total_steps(job.batches.steps_per_epoch)
    )
    optimiser = recipe.optimiser.build(job.network)
    before = torch.get_rng_state()
    job.network.train()
    seconds: list[float] = []
    begin = time.perf_counter()
    try:
        for step in range(WARM + MOST):
            since = time.perf_counter()
            _step(job, recipe, optimiser, step)
            now = time.perf_counter()
            if step >= WARM:
                seconds.append(now - since)
            progress(step + 1, WARM + MOST)
            if now - begin > limit_s and len(seconds) >= FEWEST:
                break
            if now - begin > 4 * limit_s and seconds:  # a step of many seconds
                break
    finally:
        torch.set_rng_state(before)
    return StepTimes(tuple(seconds), job.precision)


def _step(job: Job, recipe: Recipe, optimiser: torch.optim.Optimizer, step: int) -> None:
    epoch, within = divmod(step, job.batches.steps_per_epoch)
    seed_dropout(job.device, (recipe.seed << 32) + step)
    try:
        parts = parts_of(job.batches.batch(epoch, within), recipe.accumulate)
        optimiser.zero_grad(set_to_none=True)
        for part in parts:
            loss, _ = job.loss(Forward(job.network), recipe, part)
            (loss / len(parts)).backward()  # type: ignore[no-untyped-call]
            loss.item()
        if recipe.clip_norm is not None:
            nn.utils.clip_grad_norm_(job.network.parameters(), recipe.clip_norm)
        optimiser.step()
    except ConvscopeError:
        raise
    except (MemoryError, RuntimeError) as error:
        raise out_of_memory_error(error, recipe, 1) or error from error
