"""From a run folder to its report: curves from the events, figures from a split."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from convscope.data import DataSet
from convscope.evaluate import Evaluation
from convscope.model import Model
from convscope.report.content import Facts, ReportContent
from convscope.report.gather import Names, gather
from convscope.training import EpochEvent, Event, Recipe, Started, StepEvent, read_events
from convscope.training.run_folder import ENVIRONMENT, EVENTS, RECIPE, TIMINGS
from convscope.visuals import Curves, Series


def of_run(
    folder: Path, model: Model, data: DataSet, *, split: str, evaluation: Evaluation
) -> ReportContent:
    """Everything that the report of a finished run shows.

    Args:
        model: the run's.
        split, evaluation: what the figures are measured on, and those figures.
    """
    events = read_events(folder / EVENTS).events
    wall_time_s = _wall_time_s(folder / TIMINGS)
    finished = datetime.fromtimestamp((folder / EVENTS).stat().st_mtime, UTC)
    return gather(
        Names(model.architecture.name, data.name, split),
        network=model.network,
        preprocessing=model.preprocessing,
        split=data.split(split),
        evaluation=evaluation,
        curves=curves(events),
        made=_made(folder, events, wall_time_s),
        when=f"{finished:%Y-%m-%d %H:%M} UTC",
        wall_time_s=wall_time_s,
    )


def curves(events: Sequence[Event]) -> tuple[Curves, ...]:
    """Loss, accuracy and learning rate of a run, by epoch."""
    per_epoch = next((e.steps_per_epoch for e in events if isinstance(e, Started)), 1)
    steps = [event for event in events if isinstance(event, StepEvent)]
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    if not steps or not epochs:
        return ()
    at_step = tuple(event.step / per_epoch for event in steps)
    at_epoch = tuple(float(event.epoch) for event in epochs)

    def pair(of_step: Sequence[float], of_epoch: Sequence[float]) -> tuple[Series, Series]:
        return (
            Series(name="training", x=at_step, y=tuple(of_step)),
            Series(name="validation", x=at_epoch, y=tuple(of_epoch)),
        )

    losses = [event.loss for event in steps], [event.validation_loss for event in epochs]
    logarithmic = min(*losses[0], *losses[1]) > 0
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


def _wall_time_s(path: Path) -> float | None:
    """The time that the run took, all its sittings together; None where nothing was written."""
    total = last = 0.0
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        try:
            time_s = float(json.loads(line)["time_s"])
        except (ValueError, KeyError, TypeError):
            continue  # the torn last line of a killed process
        if time_s < last:  # the clock of a sitting begins at 0
            total += last
        last = time_s
    return total + last or None


def _made(folder: Path, events: Sequence[Event], wall_time_s: float | None) -> tuple[Facts, ...]:
    recipe = Recipe.from_json((folder / RECIPE).read_bytes(), where=RECIPE)
    environment = json.loads((folder / ENVIRONMENT).read_text(encoding="utf-8"))
    settings = json.loads(recipe.to_json())
    seed = settings.pop("seed")
    facts = [
        Facts(name="recipe", rows=tuple((name, _words(value)) for name, value in settings.items())),
        Facts(name="seeds", rows=(("seed", str(seed)),)),
        Facts(
            name="versions",
            rows=(
                ("convscope", environment["convscope"]),
                ("python", environment["python"]),
                *((name, version) for name, version in environment["packages"].items()),
            ),
        ),
        Facts(
            name="machine",
            rows=(
                *((name, _words(value)) for name, value in environment["machine"].items()),
                ("threads", str(environment["threads"])),
            ),
        ),
    ]
    if wall_time_s is not None:
        started = next(event for event in events if isinstance(event, Started))
        seen = recipe.epochs * started.steps_per_epoch * started.batch_size
        facts.append(
            Facts(
                name="time",
                rows=(
                    ("training", f"{wall_time_s:.1f} s"),
                    ("images per second", f"{seen / wall_time_s:,.0f}"),
                ),
            )
        )
    return tuple(facts)


def _words(value: Any) -> str:
    """A setting as a person reads it: `AdamW(weight_decay=0.1)`."""
    if isinstance(value, dict) and "type" in value:
        inner = ", ".join(f"{k}={_words(v)}" for k, v in value.items() if k != "type")
        return f"{value['type']}({inner})"
    if isinstance(value, dict):
        return ", ".join(f"{k}={_words(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value) or "none"
    return "none" if value is None else str(value)
