"""Entry of a list of architectures: its figures, its paper and its published error."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from convscope.arch import Architecture, Result
from convscope.arch.architecture import Paper
from convscope.arch.compare import measure_architecture
from convscope.listing import sentence
from convscope.record import Record
from convscope.shapes import CHW, Pair
from convscope.zoo import FAMILIES, GROUPS, PUBLICATIONS, load
from convscope.zoo.publication import Publication


class Card(Record):
    """One architecture of the zoo.

    Attributes:
        family: the folder of its paper: classic, inception, residual or mobile.
        group: the networks of one paper, in a few words.
        layers: operations with and without weights; `depth` counts convolutions and linear layers
            on the longest path.
        receptive_field: (height, width) in pixels of the input, of the last feature maps.
        result: the most comparable published error; `results` is the number of all.
    """

    name: str
    family: str
    group: str
    summary: str
    paper: Paper | None
    input: CHW
    num_classes: int
    parameters: int
    macs: int
    layers: int
    depth: int
    receptive_field: Pair
    weight_bytes: int
    inference_bytes: int
    training_bytes: int
    result: Result | None
    results: int


def cards() -> list[Card]:
    """Return all architectures in the order of the list."""
    return [_card(load(network.__name__), place) for network, place in _places()]


def card(name: str) -> Card:
    """Return one architecture.

    Raises:
        InputError: an unknown name; the message suggests the nearest.
    """
    architecture = load(name)
    place = next(place for network, place in _places() if network.__name__ == name)
    return _card(architecture, place)


def publication_of(name: str) -> Publication:
    """Return the publication of an architecture of the zoo."""
    return PUBLICATIONS[next(p.number for network, p in _places() if network.__name__ == name)]


class _Place(NamedTuple):
    """Place of an architecture in the list; `number` is that of its publication."""

    number: int
    summary: str


def _places() -> Iterator[tuple[Callable[..., Architecture], _Place]]:
    for number, publication in enumerate(PUBLICATIONS):
        for network in publication.networks:
            yield network, _Place(number, sentence(network.__doc__ or ""))


def _card(architecture: Architecture, place: _Place) -> Card:
    measured = measure_architecture(architecture)
    return Card(
        name=architecture.name,
        family=FAMILIES[place.number],
        group=GROUPS[place.number],
        summary=place.summary,
        paper=architecture.paper,
        input=architecture.input,
        num_classes=architecture.num_classes,
        parameters=measured.parameters,
        macs=measured.macs,
        layers=sum(
            step.layer is not None for step in architecture.trace.steps if not step.auxiliary
        ),
        depth=measured.depth,
        receptive_field=measured.receptive_field,
        weight_bytes=measured.weight_bytes,
        inference_bytes=measured.inference_bytes,
        training_bytes=measured.training_bytes,
        result=architecture.plainest_result,
        results=len(architecture.results),
    )
