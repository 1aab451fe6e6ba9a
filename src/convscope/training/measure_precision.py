"""The choice between float32 and bfloat16 for `precision="auto"`, by measured steps.

The forward and backward passes of a step are timed in both, in turns, with the run's network and
batch; the update of the weights is float32 in both. Weights, running statistics, gradients and
random states are afterwards what they were: the run has the bits of one whose recipe states the
chosen precision.
"""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from convscope.distributed import Group
from convscope.machine.devices import multiplies_bfloat16
from convscope.network.memory import is_out_of_memory
from convscope.training.job import Forward, Job, Part
from convscope.training.out_of_memory import out_of_memory_error
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.no_op import RunWriter
from convscope.training.run.precision import Precision, PrecisionChoice

GAIN = 0.95  # bfloat16 has 8 bits of precision: less than 5 % of the time is no reason for it
MOST_PAIRS = 7  # of steps, after one of each that warms up
SHARE = 0.02  # of the run
SHORT_S, LONG_S = 1.0, 2.0  # the measurement ends between these, or at SHARE of the run
SEED = 7

TimeStep = Callable[[Precision], float]
"""Seconds of one step; the same numbers on all ranks."""


def with_recorded_precision(job: Job, run: RunWriter, *, resumed: bool, steps: int) -> Job:
    """Return the job with the precision of its run; for `auto` it is measured once, and kept.

    All ranks call it. Every one measures, as it would train; rank 0's times decide.

    Args:
        resumed: whether a checkpoint was loaded: the choice was made before it.
        steps: that are left.

    Raises:
        FormatError: the record is damaged, or missing beside a checkpoint.
        TrainingError: out of memory.
    """
    if run.recipe.precision != "auto":
        return _in_precision(job, run.recipe.precision)
    known = run.read_precision(required=resumed) if job.group.rank == 0 else None
    text = job.group.broadcast(known.model_dump_json() if known else None)
    if text is None:
        choice = choose(job, run.recipe, steps=steps)
        run.record_precision(choice)
    else:
        choice = PrecisionChoice.model_validate_json(text)
        if choice.precision == "bfloat16" and not multiplies_bfloat16(job.device):
            run.note(
                "the run keeps bfloat16, which was chosen when it started; this machine does not "
                "multiply bfloat16, so steps are slower here than in float32"
            )
    return _in_precision(job, choice.precision)


def with_measured_precision(job: Job, recipe: Recipe, *, steps: int) -> tuple[Job, str]:
    """Return the job with the precision of a recipe, measured for `auto`, and a note about it.

    Raises:
        TrainingError: out of memory.
    """
    if recipe.precision != "auto":
        return _in_precision(job, recipe.precision), ""
    choice = choose(job, recipe, steps=steps)
    return _in_precision(job, choice.precision), choice.sentence()


def _in_precision(job: Job, precision: Precision) -> Job:
    return job if job.precision == precision else replace(job, precision=precision)


def choose(job: Job, recipe: Recipe, *, steps: int) -> PrecisionChoice:
    """Return the faster precision on this device, if the device multiplies bfloat16.

    Args:
        steps: of the whole run; slow steps are measured only in long runs.

    Raises:
        TrainingError: out of memory.
    """
    supported = job.group.broadcast(multiplies_bfloat16(job.device))
    if not supported:
        device = job.device.type
        return PrecisionChoice(precision="float32", reason="unsupported", device=device)
    buffers = [(buffer, buffer.detach().clone()) for buffer in job.network.buffers()]
    gpus = [job.device] if job.device.type == "cuda" else []
    was_training = job.network.training
    job.network.train()
    try:
        with torch.random.fork_rng(gpus):
            part = _part(job, recipe)
            time_step = partial(_time_on_rank_0, job.group, partial(_step_s, job, recipe, part))
            choice = faster(time_step, steps=steps)
    except (MemoryError, RuntimeError) as error:
        raise out_of_memory_error(error, recipe, job.group.world_size) or error from error
    finally:
        job.network.train(was_training)
        job.network.zero_grad(set_to_none=True)
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)
    return choice.model_copy(update={"device": job.device.type})


def faster(time_step: TimeStep, *, steps: int) -> PrecisionChoice:
    """Return the choice from timed steps: the fastest of each, after one that warms up.

    The fastest and not the median, since other processes only ever make a step slower.

    It takes at most 2 s, or 2 % of the run where steps are slow; a run of slow steps that has
    no 2 steps to spare is not measured.

    Args:
        steps: of the whole run.
    """
    float32_s = time_step("float32")
    share_s = SHARE * steps * float32_s
    if 2 * float32_s > max(LONG_S, share_s):
        return PrecisionChoice(precision="float32", reason="unmeasured", float32_s=float32_s)
    bfloat16_s = time_step("bfloat16")
    if math.isinf(bfloat16_s):
        return PrecisionChoice(precision="float32", reason="failed")
    spent_s, limit_s = float32_s + bfloat16_s, min(LONG_S, max(SHORT_S, share_s))
    pairs: list[tuple[float, float]] = []
    while len(pairs) < MOST_PAIRS and spent_s + float32_s + bfloat16_s < limit_s:
        pairs.append((time_step("float32"), time_step("bfloat16")))
        spent_s += sum(pairs[-1])
    if pairs:
        float32_s, bfloat16_s = (min(times) for times in zip(*pairs, strict=True))
    is_faster = bfloat16_s < GAIN * float32_s
    return PrecisionChoice(
        precision="bfloat16" if is_faster else "float32",
        reason="faster" if is_faster else "slower",
        float32_s=float32_s,
        bfloat16_s=bfloat16_s,
    )


def _time_on_rank_0(group: Group, time_step: TimeStep, precision: Precision) -> float:
    seconds: float = group.broadcast(time_step(precision))
    return seconds


def _part(job: Job, recipe: Recipe) -> Part:
    """Return random images and labels: as many as one forward pass of a step has on a rank."""
    count = max(1, recipe.batch_size // (recipe.accumulate * job.group.world_size))
    generator = torch.Generator().manual_seed(SEED)
    inputs_NCHW = torch.randn(count, *job.network.architecture.input, generator=generator)
    labels_N = torch.randint(len(job.classes), (count,), generator=generator)
    inputs_NCHW = inputs_NCHW.contiguous(memory_format=torch.channels_last)
    return Part(inputs_NCHW.to(job.device), labels_N.to(job.device), None)


def _step_s(job: Job, recipe: Recipe, part: Part, precision: Precision) -> float:
    """Return the seconds of a forward and backward pass; infinity where bfloat16 fails."""
    job.network.zero_grad(set_to_none=True)
    begin = time.perf_counter()
    try:
        trial = replace(job, precision=precision)
        loss, _ = trial.loss_of_inputs(Forward(job.network), recipe, part.images_NCHW, part)
        loss.backward()  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        if precision == "float32" or is_out_of_memory(error):
            raise
        return math.inf
    if job.device.type == "cuda":
        torch.cuda.synchronize(job.device)
    return time.perf_counter() - begin
