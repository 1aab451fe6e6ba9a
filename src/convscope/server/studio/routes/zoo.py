"""Routes of the zoo: the list, the page of a network, and several networks side by side.

    convscope list architectures   convscope show ARCH [--paper]   convscope compare ARCH ARCH
"""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from convscope.arch.architecture import Fact, Result
from convscope.errors import InputError
from convscope.record import Record
from convscope.server.studio.zoo_list import architectures_json, outlines_json
from convscope.zoo.cards import Card

router = APIRouter(prefix="/api/zoo", tags=["zoo"])

Language = Literal["en", "zh"]
MOST_COMPARED = 6


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


class PrintedRow(Record):
    """A number that the paper prints, and ours in the same unit."""

    table: str
    row: str
    quantity: str
    printed: str
    ours: str
    agrees: bool
    why: str


class CheckedFact(Record):
    """A total that an outside source states, and ours."""

    fact: Fact
    ours: int


class ErratumRow(Record):
    """A disagreement between sources: what is printed, what is correct, and why."""

    topic: str
    printed: str
    correct: str
    why: str
    source: str


class LayerWindow(Record):
    """Sizes of a sliding window, as (height, width)."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    groups: int


class LayerRow(Record):
    """One layer of the table. Sizes are (height, width); a stride of None is uneven."""

    path: str
    type: str
    role: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    connections: int
    activation_bytes: int
    training_bytes: int
    field_size: tuple[int, int]
    field_stride: tuple[int | None, int | None]
    field_start: tuple[int, int]
    auxiliary: bool
    window: LayerWindow | None


class NetworkPage(Record):
    """Everything that is known of a network of the zoo.

    Attributes:
        diagram: data of the drawing, as `render.diagram.diagram_data` gives them.
    """

    entry: ZooEntry
    printed: tuple[PrintedRow, ...]
    facts: tuple[CheckedFact, ...]
    differs_from_paper: tuple[str, ...]
    results: tuple[Result, ...]
    errata: tuple[ErratumRow, ...]
    layers: tuple[LayerRow, ...]
    convention: str
    diagram: dict[str, Any]


class NetworkSource(Record):
    """A network as JSON and as a Python file that needs only torch."""

    architecture: str
    pytorch: str
    pytorch_command: str


class ComparedCell(Record):
    """What is compared of one layer."""

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


@router.get("", response_model=ZooList)
async def list_zoo(language: Language = "en") -> Response:
    """All architectures with their figures: `convscope list architectures --json`."""
    return _json(await asyncio.to_thread(architectures_json, language))


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
async def show_network(name: str, language: Language = "en") -> NetworkPage:
    """Everything that is known of a network: `convscope show NAME --json`."""
    return await asyncio.to_thread(_page, name, language)


@router.get("/source")
async def show_source(name: str) -> NetworkSource:
    """A network as JSON and as PyTorch source: `convscope export NAME --to pytorch`."""
    return await asyncio.to_thread(_source, name)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _page(name: str, language: Language) -> NetworkPage:
    from convscope.render.diagram import diagram_data
    from convscope.server.studio.zoo_list import entry_of, translated
    from convscope.zoo import load
    from convscope.zoo.cards import publication_of

    architecture = load(name)
    table = architecture.table()
    write = translated(language)
    return NetworkPage(
        entry=ZooEntry.model_validate(entry_of(name, language), strict=False),
        printed=_printed(name, language),
        facts=tuple(
            CheckedFact(
                fact=fact.model_copy(
                    update={"source": write(fact.source), "differs": write(fact.differs)}
                ),
                ours=getattr(table.totals, fact.quantity),
            )
            for fact in architecture.facts
        ),
        differs_from_paper=tuple(map(write, architecture.differs_from_paper)),
        results=tuple(
            result.model_copy(
                update={
                    name: write(getattr(result, name)) for name in ("protocol", "source", "weights")
                }
            )
            for result in architecture.results
        ),
        errata=tuple(
            ErratumRow(**{key: write(text) for key, text in erratum._asdict().items()})
            for erratum in publication_of(name).errata
        ),
        layers=_layers(name),
        convention=write(table.convention),
        diagram=diagram_data(architecture),
    )


def _printed(name: str, language: Language) -> tuple[PrintedRow, ...]:
    from convscope.server.studio.zoo_list import translated
    from convscope.zoo import load
    from convscope.zoo.printed import TABLES, paper_table

    if name not in TABLES:
        return ()
    write = translated(language)
    return tuple(
        PrintedRow(
            table=write(row.table),
            row=row.row,
            quantity=write(row.quantity),
            printed=row.printed,
            ours=row.shown,
            agrees=row.verdict == "agrees",
            why=write(row.why),
        )
        for row in paper_table(load(name)).rows
    )


def _layers(name: str) -> tuple[LayerRow, ...]:
    from convscope.zoo import load

    architecture = load(name)
    roles = {step.path: step.layer.role for step in architecture.trace.steps if step.layer}
    return tuple(
        LayerRow(
            **{key: value for key, value in vars(row).items() if key != "window"},
            role=roles.get(row.path, "join"),
            window=row.window and LayerWindow(**row.window._asdict()),
        )
        for row in architecture.table().rows
    )


def _source(name: str) -> NetworkSource:
    from convscope.export.pytorch.source import pytorch_source
    from convscope.zoo import load

    architecture = load(name)
    return NetworkSource(
        architecture=architecture.to_json(),
        pytorch=pytorch_source(architecture),
        pytorch_command=f"convscope export {name} --to pytorch -o {name}.py",
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
