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

from convscope.errors import ConvscopeError
from convscope.training import guard
from convscope.training.control import CONTROL, Control
from convscope.training.data_parallel import DataParallel
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
from convscope.training.job import Job, Part, parts_of
from convscope.training.no_op_run import Record
from convscope.training.recipe.optim import set_lr
from convscope.training.state import State

PAUSE_S = 0.02  # how often a paused run looks for commands


def train(
    job: Job,
    run: Record,
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
    state = State(job.network, run, per_epoch=job.batches.steps_per_epoch, group=job.group)
    state.load(generation)
    state.check_room()
    control = Control(run.folder / CONTROL, offset=state.numbers.control_bytes)
    team = DataParallel(
        job.network,
        job.group,
        device=job.device,
        control=control,
        stop_requested=stop_requested,
    )
    before = torch.get_rng_state()
    job.network.train()
    try:
        team.wrap()
        yield from _begin(job, run, state)
        while not state.at_end():
            events = _wait(control, state, run, team)
            yield from events
            if events and isinstance(events[-1], Stopped):
                return
            if state.may_step():
                yield from _advance(job, run, state, control, team)
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


def _begin(job: Job, run: Record, state: State) -> list[Event]:
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


def _advance(
    job: Job, run: Record, state: State, control: Control, team: DataParallel
) -> list[Event]:
    """One step, with what is due after it: events, validation, a checkpoint."""
    numbers, recipe = state.numbers, run.recipe
    loss, correct = _step(job, state, team)
    numbers.loss_sum += loss
    numbers.correct += correct
    numbers.seen += 1
    events: list[Event] = []
    ends_epoch = numbers.step % state.per_epoch == 0
    if ends_epoch or numbers.step % recipe.log_every == 0:
        events.append(_step_event(state, run))
    if ends_epoch:
        events.append(_validate(job, state, team))
    for event in events:
        run.record(event)
    if numbers.step % recipe.checkpoint_every == 0:
        state.save(control.offset)
    return events


def _step(job: Job, state: State, team: DataParallel) -> tuple[float, int]:
    """One step: (loss, correct answers), over all ranks."""
    recipe, step = state.recipe, state.numbers.step
    if state.before_step():
        team.wrap()
    epoch, within = divmod(step, state.per_epoch)
    set_lr(state.optimiser, state.lr(step))
    _seed(job.device, team.seed(recipe.seed, step))
    try:
        parts = parts_of(job.batches.batch(epoch, within), recipe.accumulate)
        state.optimiser.zero_grad(set_to_none=True)
        losses, correct = [], []
        for number, part in enumerate(parts, start=1):
            with team.exchanging(number, of=len(parts)):
                loss, logits_NK = _loss(job, state, team, part)
                part_of_mean = loss / len(parts) if len(parts) > 1 else loss
                part_of_mean.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
            correct.append(part.correct(logits_NK))
        mean, right = team.sum_up(losses, correct)
        if not math.isfinite(mean):
            raise _diverged(state, team, _first_not_finite(job, team, parts, losses), step)
        if recipe.clip_norm is not None:
            nn.utils.clip_grad_norm_(job.network.parameters(), recipe.clip_norm)
        state.optimiser.step()
    except ConvscopeError:
        raise
    except (MemoryError, RuntimeError) as error:
        raise guard.out_of_memory(error, recipe, team.world_size) or error from error
    state.after_step()
    return mean, right


def _seed(device: torch.device, seed: int) -> None:
    """Seed what dropout draws from. `torch.manual_seed` costs 0.6 ms: it asks every backend."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


def _loss(job: Job, state: State, team: DataParallel, part: Part) -> tuple[Tensor, Tensor]:
    """The main loss, plus each auxiliary head's times its weight; and the main logits."""
    weights, recipe = job.network.head_weights, state.recipe
    with torch.autocast(job.device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
        logits_NK, heads = team.forward(job.inputs(part.images_NCHW))
        logits_NK = logits_NK.float()
        loss = recipe.loss(logits_NK, part.labels_N, part.mixed)
        for weight, head_NK in zip(weights, heads, strict=True):
            loss = loss + weight * recipe.loss(head_NK.float(), part.labels_N, part.mixed)
    return loss, logits_NK


def _first_not_finite(job: Job, team: DataParallel, parts: list[Part], losses: list[Tensor]) -> str:
    """The layer where it began. Every rank looks, though only some may find anything."""
    broken = [part for part, loss in zip(parts, losses, strict=True) if not loss.isfinite()]
    inputs_NCHW = job.inputs((broken or parts)[0].images_NCHW)
    place = guard.first_not_finite(job.network, inputs_NCHW)
    return team.first_place(place if broken else "")


def _step_event(state: State, run: Record) -> StepEvent:
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


def _validate(job: Job, state: State, team: DataParallel) -> EpochEvent:
    """Measure on the validation split, and remember the best."""
    if broken := guard.not_finite(job.network):
        raise _diverged(state, team, broken, state.numbers.step - 1)
    team.check()
    result = job.measure(state.judged())
    best = state.after_epoch(result.accuracy, result.cross_entropy)
    return EpochEvent(
        step=state.numbers.step,
        epoch=state.numbers.step // state.per_epoch,
        validation_accuracy=result.accuracy,
        validation_loss=result.cross_entropy,
        best=best,
    )


def _wait(control: Control, state: State, run: Record, team: DataParallel) -> list[Event]:
    """Carry out what was asked since the last step; sleep a moment where the run is paused.

    A checkpoint follows what changes the numbers and what a long wait may follow, so that no
    command is carried out twice. Stopping leaves no line, and a resumed run no trace of it.
    """
    heard = team.hear()
    events: list[Event] = [Note(message=message) for message in heard.notes]
    for command in heard.commands:
        if command.command == "stop":
            state.save(control.offset)
            return [*events, Stopped(step=state.numbers.step, reason="control")]
        state.obey(command)
        applied = ControlApplied(step=state.numbers.step, command=command.command, lr=command.lr)
        run.record(applied)
        events.append(applied)
    if any(command.command in ("lr", "pause") for command in heard.commands):
        state.save(control.offset)
    if heard.stop:
        state.save(control.offset)
        return [*events, Stopped(step=state.numbers.step, reason="request")]
    if not events and not state.may_step():
        time.sleep(PAUSE_S)
    return events


def _diverged(state: State, team: DataParallel, what: str, step: int) -> Exception:
    error = guard.diverged(
        what,
        step=step + 1,
        epoch=step // state.per_epoch + 1,
        lr=state.lr(step),
        checkpoint=state.run.checkpoints.describe(),
    )
    return team.voiced(error)
