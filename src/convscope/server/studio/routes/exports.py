"""Routes of exports: write a run or a model as ONNX, PyTorch or a page, verify it, download it.

On the command line: `convscope export MODEL --to ...` and `convscope verify FILE --against MODEL`.
Files are written to `exports/` in the workspace; nothing there is replaced.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import FileResponse, Response

from convscope.record import Record
from convscope.server.answers import refusal
from convscope.server.studio.context import Here, Studio
from convscope.server.studio.jobs.record import LIVE, Job
from convscope.server.studio.requests import Id, posted
from convscope.server.studio.routes.evaluate import model_argument
from convscope.server.studio.workspace import id_of

router = APIRouter(tags=["exports"])

FOLDER = "exports"
To = Literal["onnx", "pytorch", "web"]
ENDINGS: dict[To, str] = {"onnx": ".onnx", "pytorch": ".py", "web": ".html"}
KINDS = {ending: kind for kind, ending in ENDINGS.items()} | {".safetensors": "weights"}
MOST_FILES = 1_000
MOST_BYTES = 4 << 30
ATTACHMENT = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox"}
"""A file from here is saved, never shown: a page in it would have the studio's origin."""


class ExportRequest(Record):
    """Request for an export.

    Attributes:
        model: id of a run, or as the command line takes it: a folder, a file, name@weights.
    """

    model: Annotated[str, Field(min_length=1, max_length=4096)]
    to: To


class ExportedFile(Record):
    """A file in `exports/`.

    Attributes:
        kind: onnx, pytorch, web, or weights.
        changed: seconds since 1970.
    """

    id: str
    name: str
    kind: str
    size_bytes: int
    changed: float


class ExportedFiles(Record):
    """The files in `exports/`, the newest first."""

    files: tuple[ExportedFile, ...]


class Against(Record):
    """The model with which a file is compared."""

    model: Annotated[str, Field(min_length=1, max_length=4096)]


@router.get("/api/exports")
def exported_files(studio: Here) -> ExportedFiles:
    """Return the files that were exported."""
    files = [_described(studio, path) for path in _files(studio).values()]
    return ExportedFiles(files=tuple(sorted(files, key=lambda file: -file.changed)))


@router.post("/api/exports", status_code=202)
def export(body: Annotated[ExportRequest, posted(ExportRequest)], studio: Here) -> Job:
    """Export a model: `convscope export MODEL --to TARGET`."""
    model = _model(studio, body.model)
    output = _free_name(studio, model, body.to)
    options = ["--to", body.to, "-o", output]
    if body.to == "pytorch":
        options += ["--weights-to", str(Path(output).with_suffix(".safetensors"))]
    if body.to == "web":
        options.append("--single-file")
    (studio.workspace.root / FOLDER).mkdir(exist_ok=True)
    return studio.jobs.start("export", [model, *options, "--json"])


@router.post("/api/exports/{id}/verify", status_code=202)
def verify(id: Id, body: Annotated[Against, posted(Against)], studio: Here) -> Job:
    """Compare an ONNX file with its model on images: `convscope verify FILE --against MODEL`."""
    path = _file(studio, id)
    if path.suffix != ENDINGS["onnx"]:
        raise refusal(422, "only ONNX files are verified afterwards", expected="a file .onnx")
    model = _model(studio, body.model)
    name = studio.workspace.relative(path)
    return studio.jobs.start("verify", [name, "--against", model, "--json"])


@router.get(
    "/api/exports/{id}/file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file"}},
)
def exported_file(id: Id, studio: Here) -> Response:
    """Return a file to be saved."""
    path = _file(studio, id)
    if path.stat().st_size > MOST_BYTES:
        raise refusal(413, "this file is too large to be sent", where=path.name)
    disposition = (b"attachment; filename*=UTF-8''" + quote(path.name).encode()).decode()
    return FileResponse(
        path,
        media_type="application/octet-stream",
        headers={"content-disposition": disposition, **ATTACHMENT},
    )


def _model(studio: Studio, text: str) -> str:
    """Return MODEL for a command line: the folder of a run by its id, or as elsewhere."""
    runs = studio.workspace.runs()
    return studio.workspace.relative(runs[text]) if text in runs else model_argument(studio, text)


def _files(studio: Studio) -> dict[str, Path]:
    """Return the exported files by id; links are left out."""
    folder = studio.workspace.root / FOLDER
    if folder.is_symlink():
        return {}
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if entry.is_file(follow_symlinks=False) and _kind(entry.name)
            ]
    except OSError:
        return {}
    return {id_of(f"{FOLDER}/{name}"): folder / name for name in sorted(names)[:MOST_FILES]}


def _kind(name: str) -> str:
    return "" if name.startswith(".") else KINDS.get(Path(name).suffix, "")


def _file(studio: Studio, file_id: str) -> Path:
    path = _files(studio).get(file_id)
    if path is None:
        raise refusal(404, "there is no such export", where=file_id)
    return path


def _described(studio: Studio, path: Path) -> ExportedFile:
    status = path.lstat()
    return ExportedFile(
        id=id_of(f"{FOLDER}/{path.name}"),
        name=studio.workspace.relative(path),
        kind=_kind(path.name),
        size_bytes=status.st_size,
        changed=status.st_mtime,
    )


def _free_name(studio: Studio, model: str, to: To) -> str:
    """Return a path for an export that no file has, and no job that waits will write."""
    stem = re.sub(r"[^\w.-]+", "-", Path(model).name).strip(".-")[:80] or "model"
    if stem.endswith(".safetensors"):
        stem = stem.removesuffix(".safetensors")
    waiting = " ".join(job.command for job in studio.jobs.all() if job.state in LIVE)
    number = 1
    while True:
        name = stem if number == 1 else f"{stem}-{number}"
        output = f"{FOLDER}/{name}{ENDINGS[to]}"
        others = [output, f"{FOLDER}/{name}.safetensors"] if to == "pytorch" else [output]
        is_free = not any(os.path.lexists(studio.workspace.root / each) for each in others)
        if is_free and not any(f"{each} " in f"{waiting} " for each in others):
            return output
        number += 1
