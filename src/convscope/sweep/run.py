"""The sweep itself: take a trial, train it as an ordinary run, say what it reached, take the next.

Only the training and the validation split are used; the test split is for the model that is
chosen at the end.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from convscope import runs as begin
from convscope.errors import FormatError, InputError, TrainingError
from convscope.runs import Plan
from convscope.sweep.folder import SweepFolder
from convscope.sweep.space import check
from convscope.sweep.study import Claim, Trials
from convscope.sweep.summary import Outcome, outcome_of
from convscope.training import (
    EpochEvent,
    Event,
    Finished,
    Resumed,
    Started,
    Stopped,
    read_events,
)
from convscope.training.run_folder import EVENTS, RECIPE
from convscope.training.start import never

# what is wrong with these settings, and not with the machine or the data
OF_THE_SETTINGS = (TrainingError, InputError)
PRUNED = "worse than the median after epoch {epoch}"


@dataclass(frozen=True)
class TrialStarted:
    """A trial begins, or goes on where it was cut."""

    number: int
    settings: tuple[str, ...]
    cut: bool
    folder: Path
    type: Literal["TrialStarted"] = "TrialStarted"


def sweep(
    planned: Plan,
    folder: SweepFolder,
    *,
    trials: int,
    device: str = "cpu",
    stop_requested: Callable[[], bool] = never,
) -> Iterator[TrialStarted | Event | Outcome]:
    """Train trials until there are `trials` in all, those of other processes counted.

    A generator of what happens. To stop is to stop asking: the trial that is under way is then
    saved, and the next call with the same folder goes on with it.

    Raises:
        InputError: optuna is not installed; a setting that the recipe does not take.
        StorageError: the disk refuses; run again to go on.
    """
    check(folder.definition.vary, planned.recipe)
    if trials < 1:
        raise InputError(f"{trials} trials", expected="1 or more")
    study = Trials(folder)
    return _sweep(study, planned, folder, trials, device, stop_requested)


def _sweep(
    study: Trials,
    planned: Plan,
    folder: SweepFolder,
    trials: int,
    device: str,
    stop_requested: Callable[[], bool],
) -> Iterator[TrialStarted | Event | Outcome]:
    while not stop_requested() and (claim := study.claim(trials)) is not None:
        place = folder.trial(claim.number)
        try:
            yield TrialStarted(claim.number, claim.settings, claim.cut, place)
            stopped = yield from _trial(study, claim, planned, place, device, stop_requested)
        finally:
            study.let_go(claim)
        if stopped:
            return
        yield outcome_of(study.all()[claim.number], held=False)


def _trial(
    study: Trials,
    claim: Claim,
    planned: Plan,
    place: Path,
    device: str,
    stop_requested: Callable[[], bool],
) -> Generator[Event, None, bool]:
    """Train one trial; true where it was stopped, and is to go on later."""
    try:
        events = _events(claim, planned, place, device, stop_requested)
        for event in events:
            yield event
            if isinstance(event, Stopped):
                return True
            judged = isinstance(event, EpochEvent | Resumed | Finished)
            if judged and (epoch := _hopeless(claim, place)):
                study.given_up(claim, PRUNED.format(epoch=epoch))
                return False
            if isinstance(event, Finished):
                accuracy, loss = event.validation_accuracy, event.validation_loss
                study.reached(claim, accuracy=accuracy, loss=loss)
                return False
    except OF_THE_SETTINGS as error:
        study.given_up(claim, error.given)
    except FormatError as error:
        if not claim.cut:
            raise
        study.given_up(claim, f"cut, and damaged: {error.given}")
    return False


def _events(
    claim: Claim,
    planned: Plan,
    place: Path,
    device: str,
    stop_requested: Callable[[], bool],
) -> Iterator[Event]:
    if (place / RECIPE).exists():
        return begin.go_on(place, data=planned.data, device=device, stop_requested=stop_requested)
    recipe = planned.recipe.override(claim.settings)
    chosen = replace(planned, recipe=recipe, folder=place)
    return begin.run(chosen, device=device, stop_requested=stop_requested)


def _hopeless(claim: Claim, place: Path) -> int:
    """Tell the study each epoch that it does not know yet; the one after which it gives up, or 0.

    A process that ended between an epoch and its report is made up for here. The last epoch is
    never given up: everything was trained by then.
    """
    events = read_events(place / EVENTS).events
    last = next((event.epochs for event in events if isinstance(event, Started)), 0)
    for event in events:
        if isinstance(event, EpochEvent) and event.epoch not in claim.reported:
            claim.report(event.epoch, event.validation_accuracy)
            if event.epoch < last and claim.is_hopeless():
                return event.epoch
    return 0
