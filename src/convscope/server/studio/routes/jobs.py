"""Routes of jobs: list, one, its result, its output, and stopping it."""

from fastapi import APIRouter
from pydantic_core import from_json
from starlette.responses import Response

from convscope.server.answers import refusal
from convscope.server.language import Translate, unchanged
from convscope.server.studio.context import Here
from convscope.server.studio.jobs import files
from convscope.server.studio.jobs.record import Job, JobList, Log
from convscope.server.studio.language import Translated
from convscope.server.studio.requests import Id
from convscope.server.studio.stream.translated import translated

router = APIRouter(tags=["jobs"])


def in_language(job: Job, translate: Translate) -> Job:
    """Return a job with its sentences translated."""
    if translate is unchanged:
        return job
    text = translated(job.model_dump_json().encode(), translate)
    return Job.model_validate_json(text)


@router.get("/api/jobs")
def jobs(studio: Here, translate: Translated) -> JobList:
    """Return all jobs, the newest first."""
    return JobList(jobs=tuple(in_language(job, translate) for job in studio.jobs.all()))


@router.get("/api/jobs/{id}")
def job(id: Id, studio: Here, translate: Translated) -> Job:
    """Return one job."""
    return in_language(studio.jobs.get(id), translate)


@router.get(
    "/api/jobs/{id}/result",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {}}}, "description": "JSON"}},
)
def result(id: Id, studio: Here) -> Response:
    """Return what the verb printed with --json."""
    text = studio.jobs.result(id)
    try:
        from_json(text)
    except ValueError:
        raise refusal(422, "the output of this job is no JSON", where=id) from None
    return Response(text, media_type="application/json")


@router.get("/api/jobs/{id}/log")
def log(id: Id, studio: Here) -> Log:
    """Return the end of what the verb printed."""
    folder = studio.jobs.folder(id)
    return Log(output=files.end_of(folder / files.OUTPUT), error=files.end_of(folder / files.ERROR))


@router.post("/api/jobs/{id}/cancel")
def cancel(id: Id, studio: Here) -> Job:
    """Stop a job; a training saves a checkpoint and can be resumed."""
    return studio.jobs.cancel(id)
