"""Routes of the view Train: forms, plans, starting, control, curves, and what is watched.

On the command line: `convscope train`, `convscope train --resume`, `convscope lr-range`,
`convscope list recipes`, and lines in `control.jsonl` of a run.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic_core import from_json
from starlette.responses import Response

from convscope.errors import ConvscopeError
from convscope.record import Record
from convscope.runs.record import read_run
from convscope.server.answers import refusal
from convscope.server.studio.context import Here, Studio
from convscope.server.studio.jobs.record import LIVE, Job
from convscope.server.studio.language import Translate, Translated
from convscope.server.studio.requests import Id, posted
from convscope.server.studio.training import history as histories
from convscope.server.studio.training.records import (
    History,
    LrRangeSetup,
    Measured,
    Recipes,
    Resume,
    Setup,
    Start,
    TrainingPlan,
    TrainingRun,
    TrainingRuns,
    Watched,
)
from convscope.server.studio.training.setup import (
    arguments,
    data_argument,
    fault,
    network_argument,
    parts_of,
    run_name,
    sentence,
)
from convscope.training.run.control import Command, send
from convscope.training.run.files import MOST_LINES_BYTES, WATCH
from convscope.training.run.lock import is_locked
from convscope.training.watching import reading
from convscope.training.watching.files import ABOUT
from convscope.training.watching.records import Frame, LayerPoint, Predictions, Statistics

router = APIRouter(tags=["training"])

Text = Annotated[str, Query(max_length=4_096)]
Since = Annotated[int, Query(ge=-1, le=10**12, description="After this step.")]
Step = Annotated[int, Path(ge=0, le=10**12)]


class LayerHistory(Record):
    """Figures of one layer over the steps."""

    points: tuple[LayerPoint, ...]


class PredictionHistory(Record):
    """Predictions of the handful over the steps."""

    predictions: tuple[Predictions, ...]


@router.get("/api/training")
def training_runs(studio: Here, translate: Translated) -> TrainingRuns:
    """Return all runs of the workspace."""
    ids = studio.workspace.runs()
    return TrainingRuns(runs=tuple(_run(studio, run_id, translate) for run_id in ids))


@router.get("/api/training/recipes", response_model=Recipes)
async def training_recipes(
    request: Request, studio: Here, translate: Translated, network: Text = "", data: Text = ""
) -> Response:
    """Return the recipes, with the one that is chosen for a network and a data set."""
    setup = Setup(network=network or "lenet5", data=data or "mnist")
    answer = from_json(await studio.worker.run("training.recipes", _task(studio, setup), request))
    answer["reason"] = translate(answer["reason"])
    for row in answer["recipes"]:
        row["summary"] = translate(row["summary"])
        row["measured"] = translate(row["measured"]).replace("+-", "±")
        row["data"] = translate(row["data"])
    return _json(Recipes.model_validate(answer, strict=False))


@router.get("/api/training/schema")
async def training_schema(request: Request, studio: Here, translate: Translated) -> dict[str, Any]:
    """Return the JSON Schema of a recipe: names, bounds, defaults, and a sentence for each."""
    whole: dict[str, Any] = from_json(await studio.worker.run("training.schema", {}, request))
    for part in (whole, *whole.get("$defs", {}).values()):
        for described in (part, *part.get("properties", {}).values()):
            if "description" in described:
                described["description"] = translate(described["description"])
    return whole


@router.post("/api/training/plan", response_model=TrainingPlan)
async def training_plan(
    body: Annotated[Setup, posted(Setup)], request: Request, studio: Here, translate: Translated
) -> Response:
    """Plan a run: recipe, schedule, images, parameters, memory, and what does not fit."""
    answer = from_json(await studio.worker.run("training.plan", _task(studio, body), request))
    return _json(TrainingPlan.model_validate(_translated(answer, translate), strict=False))


@router.post("/api/training/measure", response_model=Measured)
async def training_measure(
    body: Annotated[Setup, posted(Setup)], request: Request, studio: Here
) -> Response:
    """Time a few real steps of a planned run on this machine; kept for later plans."""
    return await studio.worker.answer("training.measure", _task(studio, body), request)


@router.post("/api/training/lr-range", status_code=202)
def training_lr_range(body: Annotated[LrRangeSetup, posted(LrRangeSetup)], studio: Here) -> Job:
    """Start a learning rate range test; its result is that of `convscope lr-range --json`."""
    parts = [*_arguments(studio, body), "--from", repr(body.low), "--to", repr(body.high)]
    if body.steps is not None:
        parts += ["--steps", str(body.steps)]
    return studio.jobs.start("lr-range", [*parts, "--json"])


@router.post("/api/training", status_code=202)
def training_start(body: Annotated[Start, posted(Start)], studio: Here) -> Job:
    """Start a run in a new folder below runs/."""
    parts = _arguments(studio, body)
    taken = {job.run for job in studio.jobs.all() if job.run is not None and job.state in LIVE}
    name = run_name(studio.workspace, body.name, parts[0], parts[1], taken)
    parts += ["--output", f"runs/{name}", *(["--watch"] if body.watch else [])]
    folder = studio.workspace.root / "runs" / name
    return studio.jobs.start("train", parts, kind="training", run=folder)


@router.get("/api/training/{id}")
def training_run(id: Id, studio: Here, translate: Translated) -> TrainingRun:
    """Return one run."""
    return _run(studio, id, translate)


@router.post("/api/training/{id}/resume", status_code=202)
def training_resume(id: Id, body: Annotated[Resume, posted(Resume)], studio: Here) -> Job:
    """Resume a run that was stopped, failed, or has finished and gets more epochs."""
    folder = studio.workspace.run(id)
    waits = any(job.run == id and job.state in LIVE for job in studio.jobs.all())
    if waits or is_locked(folder):
        raise refusal(409, "this run is training already", fix="wait for it, or stop it", where=id)
    parts = ["--resume", studio.workspace.relative(folder)]
    if body.epochs is not None:
        parts += ["--epochs", str(body.epochs)]
    parts += ["--watch"] if body.watch else []
    return studio.jobs.start("train", parts, kind="training", run=folder)


@router.post("/api/training/{id}/control")
def training_control(
    id: Id, body: Annotated[Command, posted(Command)], studio: Here, translate: Translated
) -> TrainingRun:
    """Pause a run, let it make one step, go on, or stop it; change its learning rate; watch it."""
    folder = studio.workspace.run(id)
    if not is_locked(folder):
        raise refusal(
            409,
            "this run does not train now",
            expected="a run that trains or is paused",
            fix="resume it first",
            where=id,
        )
    send(folder, body)
    return _run(studio, id, translate)


@router.get("/api/training/{id}/history", response_model=History)
def training_history(
    id: Id, studio: Here, offset: Annotated[int, Query(ge=0, le=MOST_LINES_BYTES)] = 0
) -> Response:
    """Return the events of a run from an offset on, with the seconds of training at each step."""
    return _json(histories.history(studio.workspace.run(id), offset))


@router.get("/api/training/{id}/watch", response_model=Watched)
def training_watch(id: Id, studio: Here, since: Since = -1) -> Response:
    """Return what a watched run holds: the newest figures, and the handful after a step."""
    folder = studio.workspace.run(id)
    about = reading.read_about(folder)
    if about is None:
        return _json(Watched(about=None, statistics=None, predictions=(), frames=()))
    statistics = reading.latest_statistics(folder, about)
    is_new = statistics is not None and statistics.step > since
    return _json(
        Watched(
            about=about,
            statistics=statistics if is_new else None,
            predictions=tuple(reading.predictions(folder, since)),
            frames=tuple(reading.frames(folder, about)),
        )
    )


@router.get("/api/training/{id}/watch/statistics", response_model=Statistics)
def training_statistics(
    id: Id, studio: Here, step: Annotated[int, Query(ge=0, le=10**12)] = 10**12
) -> Response:
    """Return the figures of every layer at the last capture up to a step."""
    folder = studio.workspace.run(id)
    about = reading.read_about(folder)
    statistics = None if about is None else reading.statistics_at(folder, about, step)
    if statistics is None:
        raise refusal(404, "no figures were written up to this step", where=id)
    return _json(statistics)


@router.get("/api/training/{id}/watch/layer", response_model=LayerHistory)
def training_layer(
    id: Id, studio: Here, path: Annotated[str, Query(max_length=1_000)], since: Since = -1
) -> Response:
    """Return the figures of one layer over the steps."""
    folder = studio.workspace.run(id)
    about = reading.read_about(folder)
    if about is None:
        raise refusal(404, "this run was not watched", where=id)
    points = reading.layer_history(folder, about, path, since)
    return _json(LayerHistory(points=tuple(points)))


@router.get("/api/training/{id}/watch/predictions", response_model=PredictionHistory)
def training_predictions(id: Id, studio: Here, since: Since = -1) -> Response:
    """Return the predictions of the handful after a step."""
    rows = reading.predictions(studio.workspace.run(id), since)
    return _json(PredictionHistory(predictions=tuple(rows)))


@router.get("/api/training/{id}/watch/frames/{step}", response_model=Frame)
def training_frame(id: Id, step: Step, studio: Here) -> Response:
    """Return a picture of the filmstrip: kernels and feature maps after so many steps."""
    frame = reading.frame(studio.workspace.run(id), step)
    if frame is None:
        raise refusal(404, "there is no such frame", where=f"{id}: step {step}")
    return _json(frame)


@router.get(
    "/api/training/{id}/watch/images/{number}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "A PNG file"}},
)
def training_image(id: Id, number: Annotated[int, Path(ge=0, le=99)], studio: Here) -> Response:
    """Return an image of the handful."""
    picture = reading.handful_picture(studio.workspace.run(id), number)
    if picture is None:
        raise refusal(404, "there is no such image", where=f"{id}: image {number}")
    return Response(picture, media_type="image/png")


def _json(record: Record) -> Response:
    """Return a record as the answer, without a second validation of thousands of numbers."""
    return Response(record.model_dump_json(by_alias=True), media_type="application/json")


def _run(studio: Studio, run_id: str, translate: Translate) -> TrainingRun:
    folder = studio.workspace.run(run_id)
    relative = studio.workspace.relative(folder)
    whole = {**read_run(folder, relative).to_dict(), "id": run_id, "folder": relative}
    whole["message"] = sentence(parts_of(whole["message"]), translate)
    whole["watched"] = (folder / WATCH / ABOUT).is_file()
    return TrainingRun.model_validate(whole)


def _task(studio: Studio, setup: Setup) -> dict[str, Any]:
    """Return the arguments of a task: names for the command line, and faults of their fields."""
    faults: dict[str, str] = {}
    names = {"network": "", "data": ""}
    for place, find in (("network", network_argument), ("data", data_argument)):
        try:
            names[place] = find(studio.workspace, getattr(setup, place))
        except ConvscopeError as error:
            faults[place] = fault(error)
    recipe = setup.recipe
    if recipe is not None and recipe.lower().endswith(".json"):
        try:
            recipe = studio.workspace.relative(studio.workspace.inside(recipe))
        except ConvscopeError as error:
            faults["recipe"] = fault(error)
    body = setup.model_dump(mode="json", include=set(Setup.model_fields))
    root = str(studio.workspace.root)
    return {"root": root, "setup": body, "faults": faults, "recipe": recipe, **names}


def _arguments(studio: Studio, setup: Setup) -> list[str]:
    """Return the arguments of a verb.

    Raises:
        InputError: an unknown name, or a path outside the workspace; `where` is the field.
    """
    workspace = studio.workspace
    if setup.recipe is not None and setup.recipe.lower().endswith(".json"):
        workspace.inside(setup.recipe)
    names = []
    for place, find in (("network", network_argument), ("data", data_argument)):
        try:
            names.append(find(workspace, getattr(setup, place)))
        except ConvscopeError as error:
            raise error.at(place) if not error.where else error from None
    return arguments(names[0], names[1], setup)


def _translated(answer: dict[str, Any], translate: Translate) -> dict[str, Any]:
    faults = {place: sentence(text, translate) for place, text in answer["faults"].items()}
    notes = [translate(note) for note in answer["notes"]]
    estimate = answer["estimate"]
    if estimate is not None:
        estimate = {**estimate, "source": translate(estimate["source"])}
    return {
        **answer,
        "faults": faults,
        "notes": notes,
        "reason": translate(answer["reason"]),
        "estimate": estimate,
    }
