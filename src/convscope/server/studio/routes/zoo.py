"""Routes of the zoo: the list, the page of a network, and several networks side by side.

convscope list architectures   convscope show ARCH [--paper]   convscope compare ARCH ARCH
"""

import asyncio
import contextlib
import shlex
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from convscope.errors import ConvscopeError, InputError
from convscope.io import storage
from convscope.record import Record
from convscope.server.studio.context import Here, Studio
from convscope.server.studio.jobs.record import LIVE, Job
from convscope.server.studio.language import Translate, Translated
from convscope.server.studio.requests import posted
from convscope.server.studio.zoo_list import architectures_json, outlines_json
from convscope.zoo.cards import Card
from convscope.zoo.network_data import NetworkData

router = APIRouter(prefix="/api/zoo", tags=["zoo"])

MOST_COMPARED = 6
BENCH = ("--layers", "--batch", "1", "--level", "exact", "--seconds", "4", "--json")
MOST_TIMES_BYTES = 16 << 20


class InstalledWeights(Record):
    """Published weights of a network; `is_here`: they are on this machine."""

    name: str
    summary: str
    is_here: bool
    get: str


class ZooEntry(Record):
    """One row of the list: the figures of a network and its published weights."""

    card: Card
    weights: tuple[InstalledWeights, ...]


class ZooList(Record):
    """All architectures, in the order of the list."""

    entries: tuple[ZooEntry, ...]


class NetworkPage(NetworkData):
    """Everything that is known of a network of the zoo, and its published weights."""

    entry: ZooEntry


class NetworkSource(Record):
    """A network as JSON and as a Python file that needs only torch."""

    architecture: str
    pytorch: str
    pytorch_command: str


class ComparedCell(Record):
    """Figures of one layer that are compared."""

    path: str
    type: str
    output_shape: tuple[int, ...]
    kernel: tuple[int, int] | None
    stride: tuple[int, int] | None
    groups: int | None
    parameters: int
    macs: int
    field_size: tuple[int, int]


class ComparedRow(Record):
    """One layer of each network; `differs` names what is not equal."""

    rows: tuple[ComparedCell | None, ...]
    differs: tuple[str, ...]


class NetworkComparison(Record):
    """Networks side by side; `layers_depth` is not None where blocks are compared, not layers."""

    cards: tuple[Card, ...]
    diagrams: tuple[dict[str, Any], ...]
    layers: tuple[ComparedRow, ...]
    layers_depth: int | None
    equal_layers: int
    command: str


class Measured(Record):
    """A network to measure."""

    name: str


class LayerTime(Record):
    """Milliseconds of one layer; `inside` names the layer with which it is counted."""

    path: str
    ms: float
    share: float
    inside: str


class KeptTimes(Record):
    """Result of `bench`.

    Attributes:
        ms: median of one pass without the profile, which takes time itself.
        other_ms: time in no layer, as the engine's own.
    """

    engine: str
    machine: str
    threads: int
    batch_size: int
    ms: float
    total_ms: float
    other_ms: float
    layers: tuple[LayerTime, ...]
    measured: float


class LayerTimes(Record):
    """Times of a network, and the job that measures it."""

    times: KeptTimes | None
    job: Job | None


@router.get("", response_model=ZooList)
async def list_zoo(translate: Translated) -> Response:
    """All architectures with their figures: `convscope list architectures --json`."""
    return _json(await asyncio.to_thread(architectures_json, translate))


@router.get("/outlines")
async def list_outlines() -> Response:
    """Outlines of the diagrams of all architectures, by name: roles, shapes and branches."""
    return _json(await asyncio.to_thread(outlines_json))


@router.get("/compare")
async def compare_networks(
    names: Annotated[list[str], Query(min_length=2, max_length=MOST_COMPARED)],
) -> NetworkComparison:
    """Networks side by side, layers included: `convscope compare A B --layers`."""
    return await asyncio.to_thread(_comparison, names)


@router.get("/network")
async def show_network(name: str, translate: Translated) -> NetworkPage:
    """Everything that is known of a network: `convscope show NAME --json`."""
    return await asyncio.to_thread(_page, name, translate)


@router.get("/source", response_model=NetworkSource)
async def show_source(name: str, studio: Here, request: Request) -> Response:
    """A network as JSON and as PyTorch source: `convscope export NAME --to pytorch`."""
    from convscope.zoo import load

    load(name)  # an unknown name needs no worker
    return await studio.worker.answer("zoo.source", {"name": name}, request)


@router.get("/times")
async def show_times(name: str, studio: Here) -> LayerTimes:
    """Milliseconds of each layer on this machine, if they were measured, and the job if it runs."""
    return await asyncio.to_thread(_times, name, studio)


@router.post("/times", status_code=202)
async def measure_times(body: Annotated[Measured, posted(Measured)], studio: Here) -> Job:
    """Measure a network: `convscope bench NAME --layers`."""
    return await asyncio.to_thread(_measure, body.name, studio)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _page(name: str, write: Translate) -> NetworkPage:
    from convscope.server.studio.zoo_list import entry_of
    from convscope.zoo.network_data import network_data

    data = network_data(name, write)
    entry = ZooEntry.model_validate(entry_of(name, write), strict=False)
    return NetworkPage(
        entry=entry, **{field: getattr(data, field) for field in NetworkData.model_fields}
    )


def _comparison(names: list[str]) -> NetworkComparison:
    from convscope.arch.compare_layers import align_layers
    from convscope.render.diagram import diagram_data
    from convscope.zoo import load
    from convscope.zoo.cards import card

    if len(set(names)) != len(names):
        raise InputError("the same network twice", expected="different networks")
    architectures = [load(name) for name in names]
    aligned = align_layers(*architectures)
    rows = (row.to_dict() for row in aligned.rows)
    return NetworkComparison(
        cards=tuple(card(name) for name in names),
        diagrams=tuple(map(diagram_data, architectures)),
        layers=tuple(ComparedRow.model_validate(row, strict=False) for row in rows),
        layers_depth=aligned.depth,
        equal_layers=aligned.num_equal,
        command=f"convscope compare {' '.join(names)} --layers",
    )


def _measure(name: str, studio: Studio) -> Job:
    from convscope.zoo import load

    load(name)  # an unknown name is no job
    running = _job(name, studio)
    return running or studio.jobs.start("bench", [name, *BENCH])


def _job(name: str, studio: Studio) -> Job | None:
    """Return the job that measures a network, if it lives."""
    jobs = (job for job in studio.jobs.all() if job.state in LIVE)
    return next((job for job in jobs if _is_bench(job, name)), None)


def _is_bench(job: Job, name: str) -> bool:
    return job.verb == "bench" and shlex.split(job.command)[2:] == [name, *BENCH]


def _times(name: str, studio: Studio) -> LayerTimes:
    """Return the newest times of a network; those of a job that ended are kept in a file."""
    from convscope.zoo import load

    load(name)
    kept = studio.workspace.own / "times" / f"{name}.json"
    done = (job for job in studio.jobs.all() if job.state == "done" and _is_bench(job, name))
    newest = next(done, None)
    if newest is not None and newest.ended is not None and _time(kept) < newest.ended:
        with contextlib.suppress(ConvscopeError):  # a job without a result is as none
            raw = studio.jobs.result(newest.id)
            storage.make_folder(kept.parent)
            storage.write(kept, [raw])
    return LayerTimes(times=_kept_times(kept, name), job=_job(name, studio))


def _time(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _kept_times(path: Path, name: str) -> KeptTimes | None:
    from convscope.bench.records import Bench
    from convscope.zoo import load

    try:
        raw = storage.read_bytes(path, most=MOST_TIMES_BYTES, follow=False)
        bench = Bench.model_validate_json(raw)
        bench.timings_of(load(name), where=path.name)
    except (ConvscopeError, ValueError):  # of an earlier version of the network, or damaged
        return None
    profile = bench.profile
    if profile is None:
        return None
    return KeptTimes(
        engine=profile.name,
        machine=bench.machine,
        threads=bench.threads,
        batch_size=profile.batch_size,
        ms=profile.ms,
        total_ms=profile.total_ms,
        other_ms=profile.other_ms,
        layers=tuple(
            LayerTime(path=row.path, ms=row.ms, share=row.share, inside=row.inside)
            for row in profile.layers
        ),
        measured=_time(path),
    )
