"""Everything that is known of a network of the zoo, for pages: layers, paper, results, errata."""

from typing import Any

from convscope.arch import Architecture
from convscope.arch.architecture import Fact, Result
from convscope.lang import Translate
from convscope.record import Record
from convscope.zoo import load


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


class NetworkData(Record):
    """A network of the zoo.

    Attributes:
        diagram: data of the drawing, as `render.diagram.diagram_data` gives them.
    """

    printed: tuple[PrintedRow, ...]
    facts: tuple[CheckedFact, ...]
    differs_from_paper: tuple[str, ...]
    results: tuple[Result, ...]
    errata: tuple[ErratumRow, ...]
    layers: tuple[LayerRow, ...]
    convention: str
    diagram: dict[str, Any]


def network_data(name: str, write: Translate) -> NetworkData:
    """Return what is known of a network; `write` translates a sentence.

    Raises:
        InputError: an unknown name; the message suggests the nearest.
    """
    from convscope.render.diagram import diagram_data
    from convscope.zoo.cards import publication_of

    architecture = load(name)
    return NetworkData(
        printed=_printed(architecture, write),
        facts=_facts(architecture, write),
        differs_from_paper=tuple(map(write, architecture.differs_from_paper)),
        results=tuple(translated_result(result, write) for result in architecture.results),
        errata=tuple(
            ErratumRow(**{key: write(text) for key, text in erratum._asdict().items()})
            for erratum in publication_of(name).errata
        ),
        layers=_layers(architecture),
        convention=write(architecture.table().convention),
        diagram=diagram_data(architecture),
    )


def translated_result(result: Result, write: Translate) -> Result:
    """Return a published error with its sentences in a language."""
    sentences = {name: write(getattr(result, name)) for name in ("protocol", "source", "weights")}
    return result.model_copy(update=sentences)


def _facts(architecture: Architecture, write: Translate) -> tuple[CheckedFact, ...]:
    totals = architecture.table().totals
    return tuple(
        CheckedFact(
            fact=fact.model_copy(
                update={"source": write(fact.source), "differs": write(fact.differs)}
            ),
            ours=getattr(totals, fact.quantity),
        )
        for fact in architecture.facts
    )


def _printed(architecture: Architecture, write: Translate) -> tuple[PrintedRow, ...]:
    from convscope.zoo.printed import TABLES, paper_table

    if architecture.name not in TABLES:
        return ()
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
        for row in paper_table(architecture).rows
    )


def _layers(architecture: Architecture) -> tuple[LayerRow, ...]:
    roles = {step.path: step.layer.role for step in architecture.trace.steps if step.layer}
    return tuple(
        LayerRow(
            **{key: value for key, value in vars(row).items() if key != "window"},
            role=roles.get(row.path, "join"),
            window=row.window and LayerWindow(**row.window._asdict()),
        )
        for row in architecture.table().rows
    )
