"""Routes of the view Evaluate: evaluations with the results of every image.

An evaluation is kept in `.convscope/evaluations/` under a digest of model, data and split, both
with the time of their last change, so that it is computed once.
"""

import hashlib
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from convscope.data import is_known
from convscope.errors import InputError
from convscope.record import Record
from convscope.server.answers import refusal
from convscope.server.studio import models
from convscope.server.studio.context import Here, Studio
from convscope.server.studio.jobs.record import Job
from convscope.server.studio.requests import Id, posted
from convscope.text import printable

router = APIRouter(tags=["evaluate"])

FOLDER = "evaluations"
DONE = "facts.json"


class EvaluationRequest(Record):
    """Request of an evaluation.

    Attributes:
        model: as the command line takes it: a run folder, a model file, name@weights.
        data: id of a data set.
        split: by default the test split of published sets, and all images of others.
    """

    model: Annotated[str, Field(min_length=1, max_length=4096)]
    data: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
    split: Literal["train", "val", "test", "all"] | None = None


class EvaluationState(Record):
    """An evaluation that is there, or the job that computes it.

    Attributes:
        id: of the evaluation.
        job: null once it is there.
    """

    id: str
    job: Job | None


class EvaluationFacts(Record):
    """Facts about an evaluation: see `convscope.review.details.Facts`."""

    model: str
    data: str
    split: str
    classes: tuple[str, ...]
    seen: Literal["yes", "no", "unknown"]
    num_wrong: float | None
    axes: tuple[str, ...]


class EvaluationResult(Record):
    """Facts and metrics of an evaluation."""

    facts: EvaluationFacts
    evaluation: dict[str, Any]


class Column(Record):
    """Numbers of all images: base64, little-endian.

    Attributes:
        kind: uint8, int32 or float32.
    """

    kind: Literal["uint8", "int32", "float32"]
    shape: tuple[int, ...]
    data: str


class EvaluatedImages(Record):
    """Results of every image: see `convscope.review.details.Details`."""

    split_N: Column
    index_N: Column
    true_N: Column
    predicted_N: Column
    confidence_N: Column
    true_probability_N: Column
    loss_N: Column
    entropy_N: Column
    top_NT: Column
    top_probability_NT: Column
    likely_N: Column
    suggested_N: Column
    margin_N: Column
    points_N2: Column


def model_argument(studio: Studio, text: str) -> str:
    """Return MODEL for a command line that runs in the workspace.

    Args:
        text: the id of a model, or what the command line takes: a path, name@weights.

    Raises:
        InputError: none of these.
    """
    known = list(models.all_models(studio.workspace))
    for row in known:
        if text in (row.id, row.argument, row.name):
            return row.argument
    if os.path.lexists(studio.workspace.root / text):
        return studio.workspace.relative(studio.workspace.inside(text))
    raise InputError(
        f"there is no model named {printable(text, 100)}",
        expected="a run, a model file in the workspace, or the name of a network",
        where="model",
    )


def _changed(path: Path) -> str:
    """Return the time of change and the size of a file or folder; empty for a name."""
    target = path / "model.safetensors" if path.is_dir() else path
    for each in (target, path):
        try:
            status = each.stat()
        except OSError:
            continue
        return f"{status.st_mtime_ns}-{status.st_size}"
    return ""


@router.post("/api/evaluations", status_code=202)
def evaluate(
    body: Annotated[EvaluationRequest, posted(EvaluationRequest)], studio: Here
) -> EvaluationState:
    """Evaluate a model on a data set; what was evaluated before is there at once."""
    from convscope.server.studio.routes.data import located

    model = model_argument(studio, body.model)
    entry, _ = located(studio, body.data)
    root = studio.workspace.root
    changed = "" if is_known(entry.source) else _changed(root / entry.source)
    parts = (model, _changed(root / model), entry.source, changed, body.split or "")
    name = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    folder = studio.workspace.own / FOLDER / name
    if (folder / DONE).is_file():
        return EvaluationState(id=name, job=None)
    split = ["--split", body.split] if body.split else []
    details = studio.workspace.relative(folder)
    arguments = [model, entry.source, *split, "--details", details, "--json"]
    for job in studio.jobs.all():  # one that computes the same
        if job.state in ("waiting", "running") and details in job.command:
            return EvaluationState(id=name, job=job)
    return EvaluationState(id=name, job=studio.jobs.start("evaluate", arguments))


def _folder(studio: Studio, evaluation_id: str) -> str:
    folder = studio.workspace.own / FOLDER / evaluation_id
    if not (folder / DONE).is_file():
        raise refusal(404, "there is no such evaluation", where=printable(evaluation_id, 64))
    return str(folder)


@router.get("/api/evaluations/{id}", response_model=EvaluationResult)
async def evaluation(id: Id, studio: Here, request: Request) -> Response:
    """Return the metrics of an evaluation, as `evaluate --json` prints them."""
    return await studio.pictures.answer(
        "evaluate.summary", {"folder": _folder(studio, id)}, request
    )


@router.get("/api/evaluations/{id}/images", response_model=EvaluatedImages)
async def evaluated(id: Id, studio: Here, request: Request) -> Response:
    """Return the results of every image."""
    return await studio.pictures.answer("evaluate.images", {"folder": _folder(studio, id)}, request)
