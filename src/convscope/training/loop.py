"""The training loop: one plain file, a generator of events.

Close the generator to stop training: it saves a checkpoint if anything is new. `stop_requested`
and the command `stop` do the same. After SIGKILL or a full disk a run resumes from its last
checkpoint. A resumed run gives the same bits as one that was never stopped, because:

- the order of samples, their augmentation and the learning rate are pure functions of
  (seed, step);
- torch's generator is seeded for each step;
- everything else is in the checkpoint.

A checkpoint is saved before each validation, so that a validation that fails loses no step.

The events of a step are recorded before the checkpoint that includes them, and yielded after it,
so the run folder is consistent wherever the reader stops.

Tensor names end in their axes: N batch, C channels, H height, W width, K classes.
"""

import math
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from convscope.errors import ConvscopeError, DataError, FormatError
from convscope.evaluate.metrics import Evaluation
from convscope.machine.contention import watched_contention
from convscope.network.memory import memory_for
from convscope.training.data_parallel import DataParallel
from convscope.training.job import Job, Part, parts_of, seed_dropout
from convscope.training.measure_precision import with_recorded_precision
from convscope.training.non_finite import first_non_finite_layer, first_non_finite_tensor
from convscope.training.out_of_memory import out_of_memory_error
from convscope.training.recipe.optim import set_lr
from convscope.training.run.control import CONTROL, Control
from convscope.training.run.events import (
    BadImages,
    ControlApplied,
    DataChanged,
    EpochEvent,
    Event,
    Finished,
    Note,
    Resumed,
    Started,
    StepEvent,
    Stopped,
)
from convscope.training.run.no_op import RunWriter
from convscope.training.state import State
from convscope.training.watching.watcher import UNWATCHED, Watch, WatchedStep

MANY_IMAGES = 200  # decoding and evaluating as many photos can take more than two seconds
PAUSE_S = 0.02  # between two looks for commands while a run is paused


def train(
    job: Job,
    run: RunWriter,
    *,
    generation: int | None = None,
    finish: Callable[[nn.Module, Finished, Evaluation], None] = lambda *_: None,
    stop_requested: Callable[[], bool] = lambda: False,
    watch: Watch = UNWATCHED,
) -> Iterator[Event]:
    """Train from the newest checkpoint of the run, or from the start, to the end.

    Args:
        generation: the checkpoint to resume from, instead of the newest.
        finish: called before the last event with the network to keep and its evaluation on the
            validation split.
        stop_requested: called between steps; true saves a checkpoint and ends with `Stopped`.
        watch: captures figures of some steps; it changes nothing that is computed.

    Raises:
        TrainingError: values that are not finite, or out of memory.
        StorageError: a file cannot be written. The last good checkpoint is unchanged.
        FormatError: the checkpoint is damaged; names an older one to resume from.
    """
    with memory_for(run.architecture, "training"):
        state = State(job.network, run, per_epoch=job.batches.steps_per_epoch, group=job.group)
    state.load(generation)
    state.check_room()
    run.begin_events(state.numbers.events_bytes)  # all is checked: the first change of the folder
    control = Control(run.folder / CONTROL, offset=state.numbers.control_bytes)
    ranks = DataParallel(
        job.network,
        job.group,
        device=job.device,
        control=control,
        stop_requested=stop_requested,
        average_statistics=not run.recipe.sync_batch_norm,
    )
    before = torch.get_rng_state()
    job.network.train()
    try:
        with watched_contention():
            left, resumed = state.total - state.numbers.step, state.generation > 0
            job = with_recorded_precision(job, run, resumed=resumed, steps=left)
            ranks.wrap()
            yield from _begin(job, run, state, control)
            watch.begin(state.numbers.step, state.per_epoch)
            if state.numbers.awaits_validation:
                yield _validate(job, run, state, control, ranks)
            while not state.at_end():
                events = _apply_commands(control, state, run, ranks, watch)
                yield from events
                if events and isinstance(events[-1], Stopped):
                    return
                if state.may_step():
                    yield from _advance(job, run, state, control, ranks, watch)
            watch.end()
            if state.unsaved:
                state.save(control.offset)
            yield from _finish(job, run, state, finish)
    except GeneratorExit:
        if state.unsaved:
            state.save(control.offset)
        raise
    finally:
        watch.close()
        torch.set_rng_state(before)


def _begin(job: Job, run: RunWriter, state: State, control: Control) -> list[Event]:
    """Return the first event of a new run, or where an old one resumes.

    A checkpoint follows where the next process would otherwise not find what was decided here:
    an older checkpoint to resume from, or other data.
    """
    events: list[Event] = [Note(message=message) for message in run.take_notes()]
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
            precision=job.precision,
        )
        run.record(started)
        events.append(started)
    if state.generation:
        events.append(Resumed(step=state.numbers.step, generation=state.generation))
    changed = run.data_changed and state.numbers.step > 0
    if changed:
        change = DataChanged(
            step=state.numbers.step,
            fingerprint=run.data.fingerprint,
            steps_per_epoch=state.per_epoch,
            training_samples=job.training_samples,
            validation_samples=len(job.validation.labels_N),
        )
        run.record(change)
        events.append(change)
    if changed or run.rewinds:
        state.save(control.offset)
    run.write_changes(state.numbers.step)
    return events


def _finish(
    job: Job,
    run: RunWriter,
    state: State,
    finish: Callable[[nn.Module, Finished, Evaluation], None],
) -> Iterator[Event]:
    """Hand over the network to keep with its evaluation, and record the last event."""
    network, evaluation = state.kept_network(), state.evaluation
    if evaluation is None:  # the kept weights were validated before the run was resumed
        if (count := len(job.validation.labels_N)) >= MANY_IMAGES:
            yield Note(message=f"evaluating the kept weights on {count:,} validation images")
        evaluation = job.evaluate(network)
    finished = state.finished()
    finish(network, finished, evaluation)
    run.record(finished)
    run.sync_events()
    yield finished


def _advance(
    job: Job,
    run: RunWriter,
    state: State,
    control: Control,
    ranks: DataParallel,
    watch: Watch,
) -> list[Event]:
    """Make one step, then log, validate and save a checkpoint where they are due."""
    numbers, recipe = state.numbers, run.recipe
    with watch.step(numbers.step, always=state.is_single_step()) as watched:
        loss, correct, bad = _step(job, state, ranks, watched)
    numbers.loss_sum += loss
    numbers.correct += correct
    numbers.seen += 1
    events: list[Event] = []
    if bad and job.bad_images != "error":
        numbers.skipped += len(bad) if job.bad_images == "skip" else 0
        events.append(BadImages(step=numbers.step, action=job.bad_images, files=bad))
        run.record(events[0])
    ends_epoch = numbers.step % state.per_epoch == 0
    if ends_epoch or numbers.step % recipe.log_every == 0:
        events.append(_step_event(state, run))
    if ends_epoch:
        events.append(_validate(job, run, state, control, ranks))
        watch.after_epoch()
    events += [Note(message=message) for message in watch.take_notes()]
    if numbers.step % recipe.checkpoint_every == 0:
        state.save(control.offset)
        events += [Note(message=message) for message in run.take_notes()]
    return events


def _step(
    job: Job, state: State, ranks: DataParallel, watched: WatchedStep
) -> tuple[float, int, tuple[str, ...]]:
    """Make one step; return mean loss, correct predictions and bad images of all ranks."""
    recipe, step = state.recipe, state.numbers.step
    if state.before_step():
        ranks.wrap()
    epoch, within = divmod(step, state.per_epoch)
    set_lr(state.optimiser, state.lr(step))
    seed_dropout(job.device, ranks.seed(recipe.seed, step))
    try:
        batch = job.batches.batch(epoch, within)
        parts = parts_of(batch, recipe.accumulate)
        state.optimiser.zero_grad(set_to_none=True)
        losses, correct = [], []
        for number, part in enumerate(parts, start=1):
            with ranks.gradient_sync(number, of=len(parts)):
                loss, logits_NK = job.loss(ranks.forward, recipe, part)
                part_of_mean = loss / len(parts) if len(parts) > 1 else loss
                part_of_mean.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
            correct.append(part.correct(logits_NK))
        mean, num_correct = ranks.sum_up(losses, correct)
        bad = batch.bad_images
        if job.bad_images != "error":  # else there are none, and nothing to tell the others
            bad = tuple(name for names in job.group.all_gather(bad) for name in names)
        if not math.isfinite(mean):
            raise _diverged(state, ranks, _first_non_finite(job, ranks, parts, losses), step)
        watched.before_update()
        if recipe.clip_norm is not None:
            nn.utils.clip_grad_norm_(job.network.parameters(), recipe.clip_norm)
        state.optimiser.step()
    except ConvscopeError:
        raise
    except (MemoryError, RuntimeError) as error:
        raise out_of_memory_error(error, recipe, ranks.world_size) or error from error
    state.after_step()
    return mean, num_correct, bad


def _first_non_finite(
    job: Job, ranks: DataParallel, parts: list[Part], losses: list[Tensor]
) -> str:
    """Return the layer that produced NaN or infinity. All ranks call it; only some find one."""
    broken = [part for part, loss in zip(parts, losses, strict=True) if not loss.isfinite()]
    inputs_NCHW = job.inputs((broken or parts)[0].images_NCHW)
    place = first_non_finite_layer(job.network, inputs_NCHW)
    return ranks.first_place(place if broken else "")


def _step_event(state: State, run: RunWriter) -> StepEvent:
    """Return the means since the last event, and reset the counters."""
    numbers = state.numbers
    samples = numbers.seen * run.recipe.batch_size - numbers.skipped
    event = StepEvent(
        step=numbers.step,
        epoch=(numbers.step - 1) // state.per_epoch + 1,
        lr=state.lr(numbers.step - 1),
        loss=numbers.loss_sum / numbers.seen,
        accuracy=numbers.correct / samples,
    )
    run.record(event)
    run.record_timing({"step": numbers.step, **state.timing(samples)})
    numbers.loss_sum, numbers.correct, numbers.seen, numbers.skipped = 0.0, 0, 0, 0
    return event


def _validate(
    job: Job, run: RunWriter, state: State, control: Control, ranks: DataParallel
) -> EpochEvent:
    """Save a checkpoint, evaluate on the validation split, and keep the best.

    An image that cannot be read, or a kill, loses nothing: the resumed run validates first.
    """
    step = state.numbers.step
    if broken := first_non_finite_tensor(job.network):
        raise _diverged(state, ranks, broken, step - 1)
    ranks.check_equal_weights()
    if not state.numbers.awaits_validation:
        state.numbers.awaits_validation = True
        state.save(control.offset)
    try:
        evaluation = job.evaluate(state.validated_network())
    except (DataError, FormatError) as error:
        error.fix = f"{error.fix or 'mend the data'}. Step {step} is saved: resume the run then"
        raise
    best = state.after_epoch(evaluation)
    event = EpochEvent(
        step=step,
        epoch=step // state.per_epoch,
        validation_accuracy=evaluation.accuracy,
        validation_loss=evaluation.cross_entropy,
        best=best,
    )
    run.record(event)
    return event


def _apply_commands(
    control: Control, state: State, run: RunWriter, ranks: DataParallel, watch: Watch
) -> list[Event]:
    """Apply the commands since the last step; sleep a moment while the run is paused.

    A checkpoint follows commands that change the numbers or may be followed by a long wait, so
    that no command is applied twice. Stopping and watching change no number and are not recorded,
    so a resumed run shows no trace.
    """
    pending = ranks.poll()
    events: list[Event] = [Note(message=message) for message in pending.notes]
    for command in pending.commands:
        if command.command == "stop":
            state.save(control.offset)
            return [*events, Stopped(step=state.numbers.step, reason="control")]
        if command.command == "watch":
            events += [
                Note(message=message)
                for message in watch.switch(state.numbers.step, on=command.on is True)
            ]
            continue
        state.apply(command)
        applied = ControlApplied(step=state.numbers.step, command=command.command, lr=command.lr)
        run.record(applied)
        events.append(applied)
    if any(command.command in ("lr", "pause") for command in pending.commands):
        state.save(control.offset)
    if pending.stop:
        state.save(control.offset)
        return [*events, Stopped(step=state.numbers.step, reason="request")]
    if not events and not state.may_step():
        time.sleep(PAUSE_S)
    return events


def _diverged(state: State, ranks: DataParallel, place: str, step: int) -> Exception:
    return ranks.on_rank_0(state.divergence(place, step))
