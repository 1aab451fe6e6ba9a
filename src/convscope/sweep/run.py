"""The sweep: claim a trial, train it as an ordinary run, record its result, repeat.

Only the training and the validation split are used; the test split is for the model that is
chosen at the end.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from convscope import starting
from convscope.errors import FormatError, InputError, TrainingError
from convscope.starting import Plan
from convscope.sweep.folder import SweepFolder
from convscope.sweep.space import Choice, Range, check_space
from convscope.sweep.study import Claim, Trials
from convscope.sweep.summary import PRUNED, Outcome, outcome_of
from convscope.training.checks import check_job
from convscope.training.process import Process
from convscope.training.run.creation import check_free
from convscope.training.run.events import (
    EpochEvent,
    Event,
    Finished,
    Resumed,
    Started,
    Stopped,
    read_events,
)
from convscope.training.run.files import EVENTS, is_run
from convscope.training.run.precision import read_choice

# all that can be wrong with one trial: `check_sweep` has checked what is equal for all
OF_THE_SETTINGS = (TrainingError, InputError)


@dataclass(frozen=True)
class TrialStarted:
    """A trial starts, or continues where it was interrupted."""

    number: int
    settings: tuple[str, ...]
    interrupted: bool
    folder: Path
    type: Literal["TrialStarted"] = "TrialStarted"


def check_sweep(planned: Plan, vary: Sequence[Range | Choice], *, device: str) -> None:
    """Check everything that is equal for all trials, before the first one.

    Raises:
        InputError, TrainingError: no such device or setting; data, architecture or the settings
            that do not vary do not fit together.
    """
    check_space(vary, planned.recipe)
    check_job(
        planned.architecture,
        planned.data,
        planned.recipe,
        pretrained=planned.pretrained is not None,
        device=device,
        varied={dimension.name.partition(".")[0] for dimension in vary},
    )


def sweep(
    planned: Plan, folder: SweepFolder, *, trials: int, process: Process = Process()
) -> Iterator[TrialStarted | Event | Outcome]:
    """Train trials until there are `trials` in all, those of other processes included.

    A generator of events. Close it to stop: the trial in progress is saved, and the next call
    with the same folder continues it.

    Raises:
        InputError, TrainingError: optuna is not installed; see `check_sweep`.
        StorageError: a file cannot be written; run again to continue.
    """
    if trials < 1:
        raise InputError(f"{trials} trials", expected="1 or more")
    study = Trials(folder)
    check_sweep(planned, folder.definition.vary, device=process.device)
    return _sweep(study, planned, folder, trials, process)


def _sweep(
    study: Trials, planned: Plan, folder: SweepFolder, trials: int, process: Process
) -> Iterator[TrialStarted | Event | Outcome]:
    while not process.stop_requested() and (claim := study.claim(trials)) is not None:
        place = folder.trial(claim.number)
        try:
            yield TrialStarted(claim.number, claim.settings, claim.interrupted, place)
            stopped = yield from _trial(study, claim, planned, place, process)
        finally:
            study.release(claim)
        if stopped:
            return
        yield outcome_of(study.all()[claim.number], locked=False)


def _trial(
    study: Trials, claim: Claim, planned: Plan, place: Path, process: Process
) -> Generator[Event, None, bool]:
    """Train one trial; return whether it was stopped and is to be continued later."""
    if not is_run(place):
        check_free(place)  # not a fault of the settings
    try:
        for event in _start(claim, planned, place, process):
            yield event
            if isinstance(event, Stopped):
                return True
            validated = isinstance(event, EpochEvent | Resumed | Finished)
            if validated and (epoch := _pruned_after(claim, place)):
                study.give_up(claim, f"{PRUNED} after epoch {epoch}")
                return False
            if isinstance(event, Finished):
                accuracy, loss = event.validation_accuracy, event.validation_loss
                study.complete(claim, accuracy=accuracy, loss=loss)
                return False
    except OF_THE_SETTINGS as error:
        study.give_up(claim, error.given)
    except FormatError as error:
        if not claim.interrupted:
            raise
        study.give_up(claim, f"interrupted, and damaged: {error.given}")
    return False


def _start(claim: Claim, planned: Plan, place: Path, process: Process) -> Iterator[Event]:
    if is_run(place):
        return starting.resume(place, data=planned.data, process=process)
    recipe = planned.recipe.override(claim.settings)
    if recipe.precision == "auto" and (chosen := _precision_of_others(place)):
        recipe = recipe.model_copy(update={"precision": chosen})
    return starting.start(replace(planned, recipe=recipe, out=place), process=process)


def _precision_of_others(place: Path) -> str | None:
    """Return what `precision="auto"` chose in the first trial, so that trials are comparable."""
    for folder in sorted(place.parent.iterdir()):
        try:
            choice = read_choice(folder)
        except FormatError:
            continue
        if choice is not None:
            return choice.precision
    return None


def _pruned_after(claim: Claim, place: Path) -> int:
    """Report new epochs to the study; return the epoch after which it prunes the trial, or 0.

    This includes an epoch that a process did not report because it ended before. The last epoch
    is never pruned: the trial is trained by then.
    """
    events = read_events(place / EVENTS).events
    last = next((event.epochs for event in events if isinstance(event, Started)), 0)
    for event in events:
        if isinstance(event, EpochEvent) and event.epoch not in claim.reported:
            claim.report(event.epoch, event.validation_accuracy)
            if event.epoch < last and claim.should_prune():
                return event.epoch
    return 0
