"""The report of a run: curves, time and settings from its folder, metrics from a split."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from convscope.data import DataSet
from convscope.errors import FormatError
from convscope.evaluate.metrics import Evaluation
from convscope.io.storage import unreadable
from convscope.model import Model
from convscope.payload import Curves, Series
from convscope.report.content import Course, Settings
from convscope.report.gather import Names, gather
from convscope.report.page import write
from convscope.text import setting_text
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.events import (
    EpochEvent,
    Event,
    Finished,
    Started,
    StepEvent,
    read_events,
)
from convscope.training.run.files import (
    ENVIRONMENT,
    EVENTS,
    RECIPE,
    read_file,
    read_timings,
    recorded_environment,
)
from convscope.training.run.precision import read_choice

LOG_FROM = 5  # a smaller range of losses would leave a logarithmic chart half empty
RISE = 1.02  # of the validation loss above its lowest value: less is noise


def write_report(
    path: Path,
    model: Model,
    data: str | Path | DataSet,
    *,
    split: str | None,
    evaluation: Evaluation,
    run: Path | None = None,
) -> Path:
    """Write the report of an evaluation, and return its path.

    Args:
        model: on the CPU.
        split: that was evaluated; None for `Model.evaluate`'s choice.
        run: the folder that the model comes from; its curves and recipe are shown too.
    """
    dataset = model.open_data(data)
    selected = model.labelled_images(dataset, split=split)
    if evaluation.source is None:  # as that of training
        source = selected.source(evaluation.num_samples)
        evaluation = evaluation.model_copy(update={"source": source})
    if selected.images.files is not None:
        evaluation = evaluation.with_files(selected.images.files)
    content = gather(
        Names(model.architecture.name, dataset.name, selected.split),
        network=model.network,
        preprocessing=model.preprocessing,
        split=selected.images,
        evaluation=evaluation,
    )
    return write(path, content.model_copy(update=run_facts(run) if run is not None else {}))


def run_facts(folder: Path) -> dict[str, Any]:
    """Return time, speed, curves and settings of a run, as fields of `ReportContent`.

    Raises:
        FormatError: a file of the run is missing or damaged.
    """
    events = read_events(folder / EVENTS).events
    images = images_trained(events)
    try:
        time_s = read_timings(folder)[-1].elapsed_s
    except (FormatError, IndexError):
        time_s = 0.0
    try:
        modified_s = (folder / EVENTS).stat().st_mtime
    except OSError as error:
        raise unreadable(error, str(folder / EVENTS)) from error
    recipe = Recipe.from_json(read_file(folder, RECIPE), where=RECIPE)
    fields = json.loads(recipe.to_json())
    if (choice := read_choice(folder)) is not None:
        fields["precision"] = choice.sentence().removeprefix("precision ")
    own = Settings(title="recipe", rows=_rows(fields))
    settings = (own, *_environment(folder))
    return {
        "when": f"{datetime.fromtimestamp(modified_s, UTC):%Y-%m-%d %H:%M} UTC",
        "training_time_s": time_s or None,
        "images_per_second": images / time_s if time_s else None,
        "curves": curves(events),
        "course": course(events),
        "settings": settings,
    }


def images_trained(events: Sequence[Event]) -> int:
    """Return the images of all training steps; steps repeated after a crash count once.

    Recorded steps are counted, not planned ones: early stopping and stopped runs train fewer.
    """
    started = next((event for event in events if isinstance(event, Started)), None)
    steps = (event.step for event in events if isinstance(event, StepEvent))
    return started.batch_size * max(steps, default=0) if started else 0


def course(events: Sequence[Event]) -> Course | None:
    """Return the course of a run; None before the first validation."""
    started = next((event for event in events if isinstance(event, Started)), None)
    finished = next((event for event in events if isinstance(event, Finished)), None)
    steps = [event for event in events if isinstance(event, StepEvent)]
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    if started is None or not steps or not epochs:
        return None
    best = max(epochs, key=lambda event: event.validation_accuracy)
    lowest = min(epochs, key=lambda event: event.validation_loss)
    last = epochs[-1]
    then = [event.loss for event in steps if event.step <= lowest.step] or [steps[0].loss]
    rose = last.validation_loss > RISE * lowest.validation_loss
    is_apart = steps[-1].accuracy > last.validation_accuracy
    return Course(
        epochs=last.epoch,
        planned=started.epochs,
        stopped_early=finished is not None and finished.stopped_early,
        best_epoch=best.epoch,
        best_accuracy=best.validation_accuracy,
        training_accuracy=steps[-1].accuracy,
        lowest_loss=lowest.validation_loss,
        lowest_loss_epoch=lowest.epoch,
        last_loss=last.validation_loss,
        overfits=rose and steps[-1].loss < then[-1] and is_apart,
    )


def curves(events: Sequence[Event]) -> tuple[Curves, ...]:
    """Return loss, accuracy and learning rate of a run over the epochs."""
    per_epoch = next((e.steps_per_epoch for e in events if isinstance(e, Started)), 1)
    steps = [event for event in events if isinstance(event, StepEvent)]
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    if not steps:
        return ()
    at_step = tuple(event.step / per_epoch for event in steps)
    at_epoch = tuple(float(event.epoch) for event in epochs)

    def pair(of_step: Sequence[float], of_epoch: Sequence[float]) -> tuple[Series, ...]:
        training = Series(name="training", x=at_step, y=tuple(of_step))
        if not of_epoch:
            return (training,)
        return (training, Series(name="validation", x=at_epoch, y=tuple(of_epoch)))

    losses = [event.loss for event in steps], [event.validation_loss for event in epochs]
    both = [*losses[0], *losses[1]]
    logarithmic = 0 < LOG_FROM * min(both) < max(both)
    return (
        Curves(
            title="loss",
            x_label="epoch",
            y_label="loss",
            y_scale="log" if logarithmic else "linear",
            series=pair(*losses),
        ),
        Curves(
            title="accuracy",
            x_label="epoch",
            y_label="accuracy",
            y_format="percent",
            series=pair(
                [event.accuracy for event in steps],
                [event.validation_accuracy for event in epochs],
            ),
        ),
        Curves(
            title="learning rate",
            x_label="epoch",
            y_label="learning rate",
            series=(Series(name="learning rate", x=at_step, y=tuple(event.lr for event in steps)),),
        ),
    )


def _environment(folder: Path) -> tuple[Settings, ...]:
    """Return versions and hardware; or why they are unknown."""
    try:
        about = recorded_environment(folder)
        versions = {name: about[name] for name in ("convscope", "python")}
        machine = {**about["machine"], "threads": about["threads"]}
        return (
            Settings(title="versions", rows=_rows(versions | about["packages"])),
            Settings(title="machine", rows=_rows(machine)),
        )
    except FormatError as error:
        reason = error.given
    except (KeyError, TypeError) as error:
        reason = f"not as training writes it ({error})"
    return (Settings(title="versions and machine", rows=((ENVIRONMENT, f"unknown: {reason}"),)),)


def _rows(fields: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, setting_text(value)) for name, value in fields.items())
