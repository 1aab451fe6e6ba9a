"""Routes of models: the list of what can be looked at, and the folder that the page reads."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from starlette.responses import Response

from convscope.server.studio import models, pages
from convscope.server.studio.context import Here
from convscope.server.studio.models import ModelList, ModelRow
from convscope.server.studio.requests import Id

router = APIRouter(tags=["models"])
FilePath = Annotated[str, InPath(max_length=200, description="model.json, or a file beside it.")]


@router.get("/api/models")
def all_models(studio: Here) -> ModelList:
    """Return everything that can be looked at."""
    return ModelList(models=tuple(models.all_models(studio.workspace)))


@router.get("/api/models/{id}")
def model(id: Id, studio: Here) -> ModelRow:
    """Return one model."""
    return models.model(studio.workspace, id)


@router.get(
    "/api/models/{id}/web/{file:path}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "A file"}},
)
async def web(id: Id, file: FilePath, request: Request, studio: Here) -> Response:
    """Return a file of the folder `model/` that `export --to web` writes, made when needed.

    With the query value `task` its progress comes as messages of the stream.
    """
    row = await asyncio.to_thread(models.model, studio.workspace, id)
    folder = await studio.web.folder(row, studio.worker, request)
    return pages.file_answer(folder, file, kept="no-cache", tag=folder.name, request=request)
