"""Routes of the view Build: check a draft, fixes, palette, source, saved networks, starts.

On the command line: `convscope show FILE.json` and `convscope export FILE.json --to pytorch`.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from convscope.record import Record
from convscope.runs.record import read_run
from convscope.server.studio.building import answers, challenges, networks
from convscope.server.studio.building.answers import CheckedDraft, DraftBody, Fixes
from convscope.server.studio.building.challenges import Results
from convscope.server.studio.building.networks import (
    Networks,
    Opened,
    ReadBody,
    ReadNetwork,
    Saved,
    Starts,
)
from convscope.server.studio.building.palette import Palette, palette
from convscope.server.studio.context import Here
from convscope.server.studio.language import Translated
from convscope.server.studio.requests import posted

router = APIRouter(tags=["build"])

Name = Annotated[str, Query(max_length=200)]


class SourceBody(Record):
    """A network that fits: its JSON form, as text."""

    architecture: str


class Source(Record):
    """PyTorch source."""

    source: str


class SaveBody(Record):
    """A network to save.

    Attributes:
        replace: whether one of that name may be replaced.
    """

    name: str
    architecture: str
    replace: bool = False


@router.get("/api/build/palette")
def build_palette(translate: Translated) -> Palette:
    """Return the layers with the schema of their settings, compositions and ready blocks."""
    whole = palette()
    layers = tuple(
        layer.model_copy(update={"summary": translate(layer.summary)}) for layer in whole.layers
    )
    return whole.model_copy(update={"layers": layers})


@router.post("/api/build/check")
def build_check(
    body: Annotated[DraftBody, posted(DraftBody)], translate: Translated
) -> CheckedDraft:
    """Trace a network as far as it goes: figures of every block, and what does not fit."""
    return answers.checked_draft(body, translate)


@router.post("/api/build/fixes")
def build_fixes(body: Annotated[DraftBody, posted(DraftBody)]) -> Fixes:
    """Return fixes of the first problems, each of which was tried."""
    return answers.tried_fixes(body)


@router.post("/api/build/source", response_model=Source)
async def build_source(
    body: Annotated[SourceBody, posted(SourceBody)], studio: Here, request: Request
) -> Response:
    """Return the PyTorch source of a network that fits, as `export --to pytorch` writes it."""
    args = {"architecture": body.architecture}
    return await studio.worker.answer("build.source", args, request)


@router.post("/api/build/challenges")
def build_challenges(body: Annotated[DraftBody, posted(DraftBody)], studio: Here) -> Results:
    """Return the state of all challenges for a network and the runs of the workspace."""
    runs = [(key, read_run(folder)) for key, folder in studio.workspace.runs().items()]
    return challenges.results(body.architecture, runs)


@router.post("/api/build/read")
def build_read(body: Annotated[ReadBody, posted(ReadBody)], translate: Translated) -> ReadNetwork:
    """Return the network in PyTorch source, which is read as text and never executed."""
    return networks.from_source(body, translate)


@router.get("/api/build/networks")
def build_networks(studio: Here) -> Networks:
    """Return the networks of the workspace, the newest first."""
    return networks.saved(studio.workspace.root)


@router.post("/api/build/networks")
def build_save(body: Annotated[SaveBody, posted(SaveBody)], studio: Here) -> Saved:
    """Write a network that fits to networks/NAME.json."""
    root = studio.workspace.root
    return networks.save(root, body.name, body.architecture, replace=body.replace)


@router.get("/api/build/starts")
def build_starts(studio: Here) -> Starts:
    """Return what a network can be started from: zoo, runs, sizes of known data sets."""
    return networks.starts(studio.workspace.runs())


@router.get("/api/build/start")
def build_start(studio: Here, zoo: Name = "", run: Name = "", network: Name = "") -> Opened:
    """Return a network to start from: of the zoo, of a run, or a saved one."""
    if run:
        return networks.from_run(studio.workspace.run(run), f"run {run}")
    if network:
        return networks.opened(studio.workspace.root, network)
    return networks.from_zoo(zoo or "lenet5")
