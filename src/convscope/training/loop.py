"""The training loop: one plain file, a generator of events. To stop is to stop asking.

Closing the generator saves a checkpoint when there is something new; so does `stop_requested`,
and the command `stop`. Whatever else happens - SIGKILL, a full disk - a run goes on from its
last checkpoint, and ends with the same bits as one that was never stopped.

Why that holds: the order of samples, their augmentation and the learning rate are pure
functions of (seed, step), torch's generator is seeded anew for each step, and everything else
is in the checkpoint. The events of a step are recorded before a checkpoint counts on them, and
yielded after it, so that wherever the reader stops asking the folder is of one piece.

Tensor names end in their axes: N batch, C channels, H height, W width, K classes.
"""

import math
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from convscope.errors import ConvscopeError, TrainingError
from convscope.training import guard
from convscope.training.control import CONTROL, Control
from convscope.training.events import (
    ControlApplied,
    EpochEvent,
    Event,
    Finished,
    Note,
    Resumed,
    Started,
    StepEvent,
    Stopped,
)
from convscope.training.job import Job
from convscope.training.optim import set_lr
from convscope.training.run import Run
from convscope.training.state import State

PAUSE_S = 0.02  # how often a paused run looks for commands


def train(
    job: Job,
    run: Run,
    *,
    generation: int | None = None,
    finish: Callable[[nn.Module, Finished], None] = lambda *_: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Train from the newest checkpoint of the run (or from the start) to the end.

    Args:
        generation: the checkpoint to go on from, in place of the newest.
        finish: called with the weights to keep, before the last event.
        stop_requested: asked between steps; true saves a checkpoint and ends with `Stopped`.

    Raises:
        TrainingError: numbers that are not finite, memory that ran out.
        StorageError: the disk refuses. The last good checkpoint is as it was.
        FormatError: the checkpoint is damaged; says how to go on from an older one.
    """
    state = State(job.network, run, per_epoch=job.batches.steps_per_epoch)
    state.load(generation)
    state.check_room()
    control = Control(run.folder / CONTROL, offset=state.numbers.control_bytes)
    before = torch.get_rng_state()
    job.network.train()
    try:
        yield from _begin(job, run, state)
        while not state.at_end():
            events = _wait(control, state, run, stop_requested)
            yield from events
            if events and isinstance(events[-1], Stopped):
                return
            if state.may_step():
                yield from _advance(job, run, state, control)
        if state.unsaved:
            state.save(control.offset)
        finished = state.finished()
        finish(state.kept(), finished)
        run.record(finished)
        run.sync_events()
        yield finished
    except GeneratorExit:
        if state.unsaved:
            state.save(control.offset)
        raise
    finally:
        torch.set_rng_state(before)


def _begin(job: Job, run: Run, state: State) -> list[Event]:
    """The first line of a new run, or where an old one goes on."""
    events: list[Event] = []
    if run.events_bytes == 0:
        started = Started(
            architecture=run.architecture.name,
            data=run.data.name,
            parameters=sum(p.numel() for p in job.network.parameters()),
            epochs=run.recipe.epochs,
            steps_per_epoch=state.per_epoch,
            batch_size=run.recipe.batch_size,
            training_samples=job.training_samples,
            validation_samples=len(job.validation.labels_N),
        )
        run.record(started)
        events.append(started)
    if state.generation:
        events.append(Resumed(step=state.numbers.step, generation=state.generation))
    return events


def _advance(job: Job, run: Run, state: State, control: Control) -> list[Event]:
    """One step, with what is due after it: events, validation, a checkpoint."""
    numbers, recipe = state.numbers, run.recipe
    loss, correct = _step(job, state, run)
    numbers.loss_sum += loss
    numbers.correct += correct
    numbers.seen += 1
    events: list[Event] = []
    ends_epoch = numbers.step % state.per_epoch == 0
    if ends_epoch or numbers.step % recipe.log_every == 0:
        events.append(_step_event(state, run))
    if ends_epoch:
        events.append(_validate(job, state))
    for event in events:
        run.record(event)
    if numbers.step % recipe.checkpoint_every == 0:
        state.save(control.offset)
    return events


def _step(job: Job, state: State, run: Run) -> tuple[float, int]:
    """One step: (loss, correct answers)."""
    recipe, step = run.recipe, state.numbers.step
    epoch, within = divmod(step, state.per_epoch)
    set_lr(state.optimiser, state.lr(step))
    _seed(job.device, (recipe.seed << 32) + step)
    try:
        batch = job.batches.batch(epoch, within)
        with torch.autocast(
            job.device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"
        ):
            inputs_NCHW = job.inputs(batch.images_NCHW)
            loss, logits_NK = _loss(job, run, inputs_NCHW, batch.labels_N)
        value = loss.item()
        if not math.isfinite(value):
            raise _diverged(state, guard.first_not_finite(job.network, inputs_NCHW), step)
        state.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if recipe.clip_norm is not None:
            nn.utils.clip_grad_norm_(job.network.parameters(), recipe.clip_norm)
        state.optimiser.step()
    except ConvscopeError:
        raise
    except (MemoryError, RuntimeError) as error:
        raise guard.out_of_memory(error, recipe.batch_size) or error from error
    state.after_step()
    return value, int((logits_NK.detach().argmax(dim=1) == batch.labels_N).sum())


def _seed(device: torch.device, seed: int) -> None:
    """Seed what dropout draws from. `torch.manual_seed` costs 0.6 ms: it asks every backend."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


def _loss(job: Job, run: Run, inputs_NCHW: Tensor, labels_N: Tensor) -> tuple[Tensor, Tensor]:
    """The main loss, plus each auxiliary head's times its weight; and the main logits."""
    weights, criterion = job.network.head_weights, run.recipe.loss
    heads: list[Tensor] = []
    logits_NK = job.network(inputs_NCHW, heads if weights else None).float()
    loss = criterion(logits_NK, labels_N)
    for weight, head_NK in zip(weights, heads, strict=True):
        loss = loss + weight * criterion(head_NK.float(), labels_N)
    return loss, logits_NK


def _step_event(state: State, run: Run) -> StepEvent:
    """What happened since the event before; the counting begins anew."""
    numbers = state.numbers
    samples = numbers.seen * run.recipe.batch_size
    event = StepEvent(
        step=numbers.step,
        epoch=(numbers.step - 1) // state.per_epoch + 1,
        lr=state.lr(numbers.step - 1),
        loss=numbers.loss_sum / numbers.seen,
        accuracy=numbers.correct / samples,
    )
    run.record_timing({"step": numbers.step, **state.timing(samples)})
    numbers.loss_sum, numbers.correct, numbers.seen = 0.0, 0, 0
    return event


def _validate(job: Job, state: State) -> EpochEvent:
    """Measure on the validation split, and remember the best."""
    if broken := guard.not_finite(job.network):
        raise _diverged(state, broken, state.numbers.step - 1)
    result = job.measure(state.judged())
    best = state.after_epoch(result.accuracy, result.cross_entropy)
    return EpochEvent(
        step=state.numbers.step,
        epoch=state.numbers.step // state.per_epoch,
        validation_accuracy=result.accuracy,
        validation_loss=result.cross_entropy,
        best=best,
    )


def _wait(
    control: Control, state: State, run: Run, stop_requested: Callable[[], bool]
) -> list[Event]:
    """Carry out what was asked since the last step; sleep a moment where the run is paused.

    A checkpoint follows what changes the numbers and what a long wait may follow, so that no
    command is carried out twice. Stopping leaves no line, and a resumed run no trace of it.
    """
    commands, notes = control.poll()
    events: list[Event] = [Note(message=message) for message in notes]
    for command in commands:
        if command.command == "stop":
            state.save(control.offset)
            return [*events, Stopped(step=state.numbers.step, reason="control")]
        state.obey(command)
        applied = ControlApplied(step=state.numbers.step, command=command.command, lr=command.lr)
        run.record(applied)
        events.append(applied)
    if any(command.command in ("lr", "pause") for command in commands):
        state.save(control.offset)
    if stop_requested():
        state.save(control.offset)
        return [*events, Stopped(step=state.numbers.step, reason="request")]
    if not events and not state.may_step():
        time.sleep(PAUSE_S)
    return events


def _diverged(state: State, what: str, step: int) -> TrainingError:
    return guard.diverged(
        what,
        step=step + 1,
        epoch=step // state.per_epoch + 1,
        lr=state.lr(step),
        checkpoint=state.run.checkpoints.describe(),
    )
