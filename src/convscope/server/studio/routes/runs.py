"""Routes of the view Runs: the list, curves, differences, sweeps, notes, names and the trash.

On the command line: `convscope runs`, `convscope runs --compare`, `convscope runs RUN --note`,
`--rename` and `--trash`. Training, resuming and stopping are in `training.py`.
"""

import asyncio
import math
import weakref
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from convscope.errors import ConvscopeError
from convscope.io import storage
from convscope.record import Record
from convscope.runs import keep
from convscope.server.answers import refusal
from convscope.server.studio.context import Here, Studio
from convscope.server.studio.jobs.record import LIVE, Job
from convscope.server.studio.requests import Id, posted
from convscope.server.studio.run_list import (
    Listed,
    RunList,
    Sweep,
    outcomes,
    sweep_of,
    sweeps,
)
from convscope.server.studio.workspace import id_of

router = APIRouter(tags=["runs"])

MOST_CURVES = 50
REPORT = "report.html"
MOST_REPORT_BYTES = 64 << 20
SANDBOX = (
    b"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Policy of a report: no script, no origin of its own, nothing loaded from elsewhere."""


class RunRow(Record):
    """A run of the list.

    Attributes:
        changed: the last event, ISO 8601.
        recipe: the settings that decide most, in a few words.
        message: why it failed, or cannot be read.
        note: the first line of its note.
        sweep: id of the sweep that it is a trial of.
    """

    id: str
    name: str
    state: str
    architecture: str
    data: str
    parameters: int | None
    epochs: int
    epochs_done: int
    validation_accuracy: float | None
    validation_loss: float | None
    test_accuracy: float | None
    time_s: float
    changed: str | None
    precision: str
    recipe: str
    message: str
    note: str
    sweep: str | None


class SweepRow(Record):
    """A sweep of the list.

    Attributes:
        vary: names of the settings that it varies.
        best: highest validation accuracy of a trial.
        job: id of the job that runs it, if the page started it.
    """

    id: str
    name: str
    architecture: str
    data: str
    vary: tuple[str, ...]
    trials: int
    running: bool
    best: float | None
    job: str | None


class RunRows(Record):
    """All runs and sweeps of the workspace."""

    runs: tuple[RunRow, ...]
    sweeps: tuple[SweepRow, ...]


class RunPage(Record):
    """One run: its row, its whole note, its settings, and whether it has a report."""

    row: RunRow
    note: str
    settings: dict[str, Any]
    has_report: bool
    resume_command: str
    results: dict[str, Any]


class RunCurves(Record):
    """Points of one run.

    Attributes:
        to: bytes of `events.jsonl` that they come from; the stream has what follows.
        steps: columns "step", "loss", "accuracy" and "lr" of the log, thinned if there are many.
        epochs: columns "step", "epoch", "accuracy" and "loss" of the validations.
    """

    id: str
    name: str
    state: str
    to: int
    steps_per_epoch: int
    steps: dict[str, tuple[float, ...]]
    epochs: dict[str, tuple[float, ...]]


class AllCurves(Record):
    """Points of several runs."""

    runs: tuple[RunCurves, ...]


class DifferenceRow(Record):
    """A setting or a result of each run."""

    name: str
    is_setting: bool
    values: tuple[str, ...]


class Difference(Record):
    """The settings that differ, and what each run reached.

    Attributes:
        same: number of settings that are the same in all.
    """

    names: tuple[str, ...]
    rows: tuple[DifferenceRow, ...]
    same: int
    command: str


class Dimension(Record):
    """A setting that a sweep varies: a range, or a list of values."""

    name: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    values: tuple[str, ...] = ()


class Trial(Record):
    """A trial of a sweep.

    Attributes:
        state: done, pruned, failed, training or interrupted.
        values: of the settings that are varied, as `--set` takes them.
        run: id of its run.
    """

    number: int
    state: str
    accuracy: float | None
    loss: float | None
    values: dict[str, str]
    message: str
    run: str | None


class SweepPage(Record):
    """A sweep with its dimensions and trials."""

    row: SweepRow
    dimensions: tuple[Dimension, ...]
    trials: tuple[Trial, ...]
    command: str


class Note(Record):
    """The note of a run, as plain text."""

    text: Annotated[str, Field(max_length=keep.MOST_NOTE)]


class NewName(Record):
    """Another name for a run's folder."""

    name: Annotated[str, Field(max_length=400)]


class Moved(Record):
    """Place of a run; `id` is null in the trash."""

    id: str | None
    name: str
    command: str


Ids = Annotated[list[str], Query(min_length=1, max_length=MOST_CURVES)]

_LISTS: "weakref.WeakKeyDictionary[Any, RunList]" = weakref.WeakKeyDictionary()


def _list(studio: Studio) -> RunList:
    """Return the list of a workspace, which keeps what it has read."""
    return _LISTS.setdefault(studio.workspace, RunList(studio.workspace))


@router.get("/api/runs")
def run_rows(studio: Here) -> RunRows:
    """Return all runs and sweeps: `convscope runs --json`."""
    rows = [_row(studio, id_, folder) for id_, folder in studio.workspace.runs().items()]
    sweep_rows = [_sweep_row(studio, sweep, rows) for sweep in sweeps(studio.workspace)]
    return RunRows(runs=tuple(rows), sweeps=tuple(sweep_rows))


@router.get("/api/runs/curves", response_model=AllCurves)
async def run_curves(ids: Ids, studio: Here) -> Response:
    """Return the points of runs: `convscope runs RUN RUN -o curves.json`."""
    body = await asyncio.to_thread(_curves, studio, ids)
    return Response(body, media_type="application/json")


@router.get("/api/runs/difference")
def run_difference(ids: Ids, studio: Here) -> Difference:
    """Return the settings that differ, and results: `convscope runs --compare RUN RUN`."""
    from convscope.runs.compare import compared

    listed = [_list(studio).record(studio.workspace.run(id_)).record for id_ in ids]
    table = compared(listed)
    settings = {name for record in listed for name in record.settings}
    rows = tuple(
        DifferenceRow(
            name=str(name),
            is_setting=str(name) in settings and name != "epochs",  # those that are done
            values=tuple("" if value is None else str(value) for value in values),
        )
        for name, *values in table.rows
    )
    differing = sum(row.is_setting for row in rows)
    command = f"convscope runs --compare {' '.join(_quoted(record.name) for record in listed)}"
    return Difference(
        names=tuple(record.name for record in listed),
        rows=rows,
        same=len(settings - {"epochs"}) - differing,
        command=command,
    )


@router.get("/api/runs/{id}")
def run_page(id: Id, studio: Here) -> RunPage:
    """Return one run with its note and settings."""
    folder = studio.workspace.run(id)
    listed = _list(studio).record(folder)
    return RunPage(
        row=_row_of(studio, id, listed),
        note=keep.read_note(folder),
        settings={name: _plain(value) for name, value in listed.record.settings.items()},
        has_report=(folder / REPORT).is_file() and not (folder / REPORT).is_symlink(),
        resume_command=f"convscope train --resume {_quoted(listed.record.name)}",
        results=_results(folder),
    )


@router.put("/api/runs/{id}/note")
def run_note(id: Id, body: Annotated[Note, posted(Note)], studio: Here) -> RunPage:
    """Replace the note of a run: `convscope runs RUN --note TEXT`."""
    keep.write_note(studio.workspace.run(id), body.text)
    return run_page(id, studio)


@router.post("/api/runs/{id}/rename")
def run_rename(id: Id, body: Annotated[NewName, posted(NewName)], studio: Here) -> Moved:
    """Give a run another name: `convscope runs RUN --rename NAME`."""
    folder = studio.workspace.run(id)
    _check_free(studio, id)
    old = studio.workspace.relative(folder)
    place = keep.rename(folder, body.name)
    studio.workspace.forget_runs()
    command = f"convscope runs {_quoted(old)} --rename {_quoted(body.name)}"
    return Moved(
        id=studio.workspace.run_id(place), name=studio.workspace.relative(place), command=command
    )


@router.post("/api/runs/{id}/trash")
def run_trash(id: Id, studio: Here) -> Moved:
    """Move a run to the trash: `convscope runs RUN --trash`."""
    folder = studio.workspace.run(id)
    _check_free(studio, id)
    command = f"convscope runs {_quoted(studio.workspace.relative(folder))} --trash"
    place = keep.trash(folder)
    studio.workspace.forget_runs()
    return Moved(id=None, name=studio.workspace.relative(place), command=command)


@router.get("/api/runs/{id}/report", response_class=Response)
def run_report(id: Id, studio: Here) -> Response:
    """Return the report of a run; its page may run no script and load nothing."""
    path = studio.workspace.run(id) / REPORT
    try:
        body = storage.read_bytes(path, most=MOST_REPORT_BYTES, follow=False)
    except ConvscopeError as error:
        if not storage.exists(path):
            raise refusal(404, "this run has no report", where=id) from None
        raise refusal(422, error.given, expected=error.expected, where=id) from None
    return HTMLResponse(body, headers={"content-security-policy": SANDBOX.decode()})


@router.get("/api/sweeps/{id}")
def sweep_page(id: Id, studio: Here) -> SweepPage:
    """Return a sweep with its trials."""
    sweep = _sweep(studio, id)
    rows = [
        _row(studio, run_id, folder)
        for run_id, folder in studio.workspace.runs().items()
        if sweep_of(folder) == sweep.folder
    ]
    return SweepPage(
        row=_sweep_row(studio, sweep, rows),
        dimensions=tuple(map(_dimension, _varied(sweep))),
        trials=tuple(_trials(studio, sweep)),
        command=f"convscope runs {_quoted(studio.workspace.relative(sweep.folder))}",
    )


@router.post("/api/sweeps/{id}/stop")
def sweep_stop(id: Id, studio: Here) -> Job:
    """Stop a sweep; the trial that trains is saved, and the sweep can be continued."""
    sweep = _sweep(studio, id)
    job = _sweep_job(studio, sweep)
    if job is None:
        raise refusal(
            409,
            "no job of this studio runs this sweep",
            fix="if it was started in a terminal, press Ctrl-C there",
            where=id,
        )
    return studio.jobs.cancel(job.id)


def _row(studio: Studio, run_id: str, folder: Any) -> RunRow:
    return _row_of(studio, run_id, _list(studio).record(folder))


def _row_of(studio: Studio, run_id: str, listed: Listed) -> RunRow:
    record = listed.record
    sweep = sweep_of(record.folder)
    facts = record.to_dict()
    kept = {name: facts[name] for name in RunRow.model_fields if name in facts}
    return RunRow(
        **{name: _plain(value) for name, value in kept.items()},
        id=run_id,
        recipe=record.recipe,
        note=listed.note,
        sweep=None if sweep is None else id_of(studio.workspace.relative(sweep)),
    )


def _plain(value: Any) -> Any:
    """Return a value of a recipe as JSON can have it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _results(folder: Any) -> dict[str, Any]:
    """Return accuracies and losses of the evaluations that a run holds, by title."""
    import json

    from convscope.training.run.files import RESULTS, read_file

    try:
        values = json.loads(read_file(folder, RESULTS))
    except (ConvscopeError, ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    names = ("accuracy", "top5_accuracy", "loss", "num_samples", "macro_f1", "ece")
    return {
        str(title): {
            name: value[name]
            for name in names
            if isinstance(value.get(name), int | float) and math.isfinite(value[name])
        }
        for title, value in values.items()
        if isinstance(value, dict)
    }


def _curves(studio: Studio, ids: list[str]) -> bytes:
    folders = [(id_, studio.workspace.run(id_)) for id_ in ids]
    kept = _list(studio)
    runs = []
    for id_, folder in folders:
        record, points = kept.record(folder).record, kept.points(folder)
        runs.append(
            {"id": id_, "name": record.name, "state": record.state, **points._asdict()},
        )
    from pydantic_core import to_json

    return to_json({"runs": runs})


def _check_free(studio: Studio, run_id: str) -> None:
    """Check that no job waits to train in a run's folder."""
    if any(job.run == run_id and job.state in LIVE for job in studio.jobs.all()):
        raise refusal(
            409, "a job is training in this run, or waits to", fix="stop it first", where=run_id
        )


def _sweep(studio: Studio, sweep_id: str) -> Sweep:
    sweep = next((each for each in sweeps(studio.workspace) if each.id == sweep_id), None)
    if sweep is None:
        raise refusal(404, "there is no such sweep", where=sweep_id)
    return sweep


def _sweep_row(studio: Studio, sweep: Sweep, rows: list[RunRow]) -> SweepRow:
    own = [row for row in rows if row.sweep == sweep.id]
    accuracies = [row.validation_accuracy for row in own if row.validation_accuracy is not None]
    job = _sweep_job(studio, sweep)
    return SweepRow(
        id=sweep.id,
        name=studio.workspace.relative(sweep.folder),
        architecture=str(sweep.definition.get("architecture", "")),
        data=str(sweep.definition.get("data", "")),
        vary=tuple(str(each.get("name", "")) for each in _varied(sweep)),
        trials=len(own),
        running=job is not None or any(row.state == "running" for row in own),
        best=max(accuracies, default=None),
        job=None if job is None else job.id,
    )


def _sweep_job(studio: Studio, sweep: Sweep) -> Job | None:
    """Return the job that runs a sweep: its command names the sweep's folder."""
    name = studio.workspace.relative(sweep.folder)
    jobs = (job for job in studio.jobs.all() if job.verb == "sweep" and job.state in LIVE)
    return next((job for job in jobs if name in job.command), None)


def _varied(sweep: Sweep) -> list[dict[str, Any]]:
    return [each for each in sweep.definition["vary"] if isinstance(each, dict)]


def _dimension(varied: dict[str, Any]) -> Dimension:
    name, values = str(varied.get("name", "")), varied.get("values")
    if isinstance(values, list):
        return Dimension(name=name, values=tuple(map(str, values)))
    low, high = varied.get("low"), varied.get("high")
    is_range = all(isinstance(end, int | float) and math.isfinite(end) for end in (low, high))
    if not is_range:
        return Dimension(name=name)
    return Dimension(name=name, low=low, high=high, log=varied.get("log") is True)


STATES = {"running": "training", "finished": "done", "stopped": "interrupted"}
"""States of trials by those of their runs, until the sweep has written its results."""


def _trials(studio: Studio, sweep: Sweep) -> list[Trial]:
    folders = {
        folder: run_id
        for run_id, folder in studio.workspace.runs().items()
        if sweep_of(folder) == sweep.folder
    }
    known = {trial["number"]: trial for trial in outcomes(sweep)}
    trials = []
    for folder, run_id in folders.items():
        if not folder.name.isdecimal():
            continue
        number = int(folder.name)
        trials.append(_trial(studio, sweep, number, run_id, known.pop(number, {})))
    trials += [
        _trial(studio, sweep, number, None, outcome)
        for number, outcome in known.items()
        if isinstance(number, int)
    ]
    return sorted(trials, key=lambda trial: trial.number)


def _trial(
    studio: Studio, sweep: Sweep, number: int, run_id: str | None, outcome: dict[str, Any]
) -> Trial:
    record = None
    if run_id is not None:
        record = _list(studio).record(studio.workspace.run(run_id)).record
    state = str(outcome.get("state", ""))
    if record is not None and state not in ("done", "pruned", "failed"):
        state = STATES.get(record.state, record.state)
    accuracy, loss = outcome.get("accuracy"), outcome.get("loss")
    if record is not None and not isinstance(accuracy, float):
        accuracy, loss = record.validation_accuracy, record.validation_loss
    texts = [str(text).partition("=") for text in outcome.get("settings", ())]
    values = {name: value for name, equals, value in texts if equals}
    if record is not None:
        for varied in _varied(sweep):
            name = str(varied.get("name", ""))
            if name not in values and name in record.settings:
                values[name] = str(record.settings[name])
    return Trial(
        number=number,
        state=state or "interrupted",
        accuracy=accuracy if isinstance(accuracy, float) else None,
        loss=loss if isinstance(loss, float) else None,
        values=values,
        message=str(outcome.get("message", "") or (record.message if record else ""))[:500],
        run=run_id,
    )


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)
