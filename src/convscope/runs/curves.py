"""Curves of several runs: one chart for each quantity, or a small chart for each of many runs."""

from collections.abc import Callable, Sequence
from pathlib import PurePath

from convscope.errors import ConvscopeError, InputError
from convscope.payload import Curves, Series, Sheet
from convscope.runs.record import RunRecord
from convscope.training.run.events import EpochEvent, Event, Started, StepEvent, read_events
from convscope.training.run.files import EVENTS

TOGETHER = 6  # runs whose lines can be told apart in one chart
MOST_CHARTS = 24

Points = list[tuple[float, float]]


def curves(runs: Sequence[RunRecord]) -> Sheet:
    """Return training and validation curves over the epochs.

    One run has a chart of its accuracy and one of its loss. Up to 6 runs share a chart for each
    quantity. Of more, each has a chart of its own with the accuracy in training and validation;
    at most the first 24 are drawn.

    Raises:
        InputError: no run has a curve yet.
    """
    names = short_names([run.name for run in runs])
    read = [
        (name, _events(run))
        for name, run in list(zip(names, runs, strict=True))[: max(MOST_CHARTS, TOGETHER)]
    ]
    shown = [(name, events) for name, events in read if _steps(events, lambda e: e.loss)]
    if not shown:
        raise InputError(
            "no run has curves to draw",
            expected="at least one run that logged a step",
            fix="`convscope runs` lists the runs and their states",
        )
    if len(shown) == 1:
        return _of_one(shown[0][1])
    if len(shown) <= TOGETHER:
        return _together(shown)
    left_out = len(runs) - len(shown)
    caption = f"{left_out} more runs are not drawn." if left_out else ""
    items = tuple(_accuracy(name, events) for name, events in shown)
    return Sheet(items=items, columns=4, caption=caption)


def short_names(paths: Sequence[str]) -> list[str]:
    """Return the last parts of each path, as few as tell it from the others."""
    parts = [PurePath(path).parts or (path,) for path in paths]

    def tail(own: tuple[str, ...]) -> str:
        for length in range(1, len(own) + 1):
            if sum(other[-length:] == own[-length:] for other in parts) == 1:
                return str(PurePath(*own[-length:]))
        return str(PurePath(*own))

    return [tail(own) for own in parts]


def _events(run: RunRecord) -> Sequence[Event]:
    try:
        return read_events(run.folder / EVENTS).events
    except (ConvscopeError, OSError):
        return ()


def _of_one(events: Sequence[Event]) -> Sheet:
    accuracy = [
        ("training", _steps(events, lambda e: e.accuracy)),
        ("validation", _epochs(events, lambda e: e.validation_accuracy)),
    ]
    loss = [
        ("training", _steps(events, lambda e: e.loss)),
        ("validation", _epochs(events, lambda e: e.validation_loss)),
    ]
    return _sheet(_chart("accuracy", accuracy), _chart("loss", loss))


def _together(runs: Sequence[tuple[str, Sequence[Event]]]) -> Sheet:
    def lines(points: Callable[[Sequence[Event]], Points]) -> list[tuple[str, Points]]:
        return [(name, points(events)) for name, events in runs]

    return _sheet(
        _chart(
            "validation accuracy", lines(lambda run: _epochs(run, lambda e: e.validation_accuracy))
        ),
        _chart("validation loss", lines(lambda run: _epochs(run, lambda e: e.validation_loss))),
        _chart("training accuracy", lines(lambda run: _steps(run, lambda e: e.accuracy))),
        _chart("training loss", lines(lambda run: _steps(run, lambda e: e.loss))),
    )


def _sheet(*charts: Curves | None) -> Sheet:
    return Sheet(items=tuple(chart for chart in charts if chart is not None), columns=2)


def _accuracy(name: str, events: Sequence[Event]) -> Curves:
    lines = [
        ("training", _steps(events, lambda e: e.accuracy)),
        ("validation", _epochs(events, lambda e: e.validation_accuracy)),
    ]
    chart = _chart("accuracy", lines)
    assert chart is not None
    return chart.model_copy(update={"title": name})


def _chart(title: str, lines: Sequence[tuple[str, Points]]) -> Curves | None:
    """Return the chart of an accuracy or a loss; None if no line has points."""
    drawn = [(name, points) for name, points in lines if points]
    if not drawn:
        return None
    quantity = title.split()[-1]
    positive = all(y > 0 for _, points in drawn for _, y in points)
    series = tuple(
        Series(name=name, x=tuple(x for x, _ in points), y=tuple(y for _, y in points))
        for name, points in drawn
    )
    return Curves(
        title=title,
        x_label="epoch",
        y_label=quantity,
        y_format="percent" if quantity == "accuracy" else "number",
        y_scale="log" if quantity == "loss" and positive else "linear",
        series=series,
    )


def _epochs(events: Sequence[Event], value: Callable[[EpochEvent], float]) -> Points:
    return [(float(e.epoch), value(e)) for e in events if isinstance(e, EpochEvent)]


def _steps(events: Sequence[Event], value: Callable[[StepEvent], float]) -> Points:
    per_epoch = next((e.steps_per_epoch for e in events if isinstance(e, Started)), 1)
    return [(e.step / per_epoch, value(e)) for e in events if isinstance(e, StepEvent)]
