"""Routes of the view Look: visuals, stored images, and passes of networks too large for a tab."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from convscope.io.storage import temporary_path
from convscope.server.studio.context import Here, Studio
from convscope.server.studio.looking import images
from convscope.server.studio.looking.names import named_data, named_model
from convscope.server.studio.looking.records import (
    Estimated,
    ForwardRequest,
    PictureRequest,
    Seen,
    StoredImage,
    VisualRequest,
    Visuals,
)
from convscope.server.studio.requests import posted, save_upload

router = APIRouter(tags=["look"])

Side = Annotated[int, Query(ge=1, le=100_000)]
ModelText = Annotated[str, Query(min_length=1, max_length=500, description="As commands take it.")]
Text = Annotated[str, Query(min_length=1, max_length=500)]
PAYLOAD_BYTES = 64 << 20
BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}


@router.get("/api/look/visuals", response_model=Visuals)
async def look_visuals(request: Request, studio: Here) -> Response:
    """Return all visuals: their inputs, and the JSON Schema of their settings."""
    rows = await studio.worker.run("look.visuals", {"language": _language(request)}, request)
    return _json(b'{"visuals":' + rows + b"}")


@router.post("/api/look/images")
async def look_image(
    request: Request,
    studio: Here,
    width: Side,
    height: Side,
    channels: Annotated[int, Query(ge=1, le=3)],
) -> StoredImage:
    """Store an image, sent as raw pixels: rows of (H, W, C) bytes, grey or red, green, blue."""
    size = width * height * channels
    images.check_size(width, height, channels)
    place = await run_in_threadpool(images.folder, studio.workspace)
    temporary = temporary_path(place / "pixels")
    try:
        await save_upload(request, temporary, most=size)
        path = await run_in_threadpool(
            lambda: images.store(
                studio.workspace,
                temporary.read_bytes(),
                width=width,
                height=height,
                channels=channels,
            )
        )
    finally:
        temporary.unlink(missing_ok=True)
    return StoredImage(id=path.stem, path=studio.workspace.relative(path))


@router.post("/api/look/estimate", response_model=Estimated)
async def look_estimate(
    body: Annotated[VisualRequest, posted(VisualRequest)], request: Request, studio: Here
) -> Response:
    """Return what a visual would cost, and its command line."""
    return await studio.worker.answer("look.estimate", _arguments(body, request, studio), request)


@router.post("/api/look/visual", response_model=Seen)
async def look_visual(
    body: Annotated[VisualRequest, posted(VisualRequest)], request: Request, studio: Here
) -> Response:
    """Compute a visual. A client that leaves cancels it; `task` names it in the stream."""
    return await studio.worker.answer("look.visual", _arguments(body, request, studio), request)


@router.post(
    "/api/look/picture",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}, "image/png": {}}, "description": "A file"}},
)
async def look_picture(
    body: Annotated[PictureRequest, posted(PictureRequest, most=PAYLOAD_BYTES)],
    request: Request,
    studio: Here,
    format: Literal["svg", "png"] = "svg",
) -> Response:
    """Return a payload as a file to save, as the command line draws it."""
    args = {
        "payload": json.dumps(body.payload),
        "format": format,
        "language": _language(request),
    }
    # a file to save: an SVG that a browser opens could act
    headers = {"content-disposition": "attachment"}
    kind = "image/png" if format == "png" else "image/svg+xml"
    content = await studio.worker.run("look.picture", args, request)
    return Response(content, media_type=kind, headers=headers)


@router.get("/api/look/manifest", response_class=Response)
async def look_manifest(request: Request, studio: Here, model: ModelText) -> Response:
    """Return the description of a model, as an exported page has it, without an ONNX file."""
    args = {"model": named_model(studio.workspace, model).opened}
    return await studio.worker.answer("look.manifest", args, request)


@router.post("/api/look/forward", response_class=Response, responses=BYTES)
async def look_forward(
    body: Annotated[ForwardRequest, posted(ForwardRequest)], request: Request, studio: Here
) -> Response:
    """Return probabilities and outputs of layers, as bytes."""
    args = {
        "request": body.model_dump_json(),
        "model": named_model(studio.workspace, body.model).opened,
        "image": str(images.path_of(studio.workspace, body.image)),
    }
    return _bytes(await studio.worker.run("look.forward", args, request))


@router.get("/api/look/parameter", response_class=Response, responses=BYTES)
async def look_parameter(
    request: Request,
    studio: Here,
    model: ModelText,
    name: Text,
    first: Annotated[int | None, Query(ge=0, le=1 << 40)] = None,
    count: Annotated[int, Query(ge=1, le=1 << 26)] = 1,
) -> Response:
    """Return a parameter of a model, or a part of its first axis, as bytes."""
    args = {
        "model": named_model(studio.workspace, model).opened,
        "name": name,
        "first": first,
        "count": count,
    }
    return _bytes(await studio.worker.run("look.parameter", args, request))


@router.get("/api/look/sample", response_class=Response, responses=BYTES)
async def look_sample(request: Request, studio: Here, model: ModelText, name: Text) -> Response:
    """Return the file of a sample image for a model."""
    args = {"model": named_model(studio.workspace, model).opened, "name": name}
    return _bytes(await studio.worker.run("look.sample", args, request))


def _arguments(body: VisualRequest, request: Request, studio: Studio) -> dict[str, Any]:
    """Return what the task gets, checked: paths inside the workspace, a stored image."""
    workspace = studio.workspace
    model = named_model(workspace, body.model)
    data = None if body.data is None else named_data(workspace, body.data)
    image = None if body.image is None else images.path_of(workspace, body.image)
    return {
        "request": body.model_dump_json(),
        "model": model.opened,
        "data": None if data is None else data.opened,
        "image": None if image is None else str(image),
        "shown": {
            "model": model.shown,
            "data": None if data is None else data.shown,
            "image": None if image is None else workspace.relative(image),
        },
        "language": _language(request),
    }


def _language(request: Request) -> str:
    """Return the language that the page is shown in."""
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _bytes(body: bytes) -> Response:
    return Response(body, media_type="application/octet-stream")
