"""Every number of the course, by name: computed from the zoo, the labs and measured claims.

A name is one of `QUANTITIES`, or one of three families:

    {year.krizhevsky2012}            year of a source
    {alexnet.parameters}             a total of a network: parameters, macs, depth, layers ...
    {alexnet.conv1.output}           a figure of one of its layers (quantities/networks.py)

To add one: a function in the module of its topic, and a line in that module's literal.
"""

from collections.abc import Callable
from functools import cache

from convscope.errors import InputError, nearest
from convscope.lessons.quantities.classic import CLASSIC
from convscope.lessons.quantities.classifier import CLASSIFIER
from convscope.lessons.quantities.connections import CONNECTIONS
from convscope.lessons.quantities.convolution import CONVOLUTION
from convscope.lessons.quantities.formats import Value, text_of
from convscope.lessons.quantities.images import IMAGES
from convscope.lessons.quantities.inputs import INPUTS
from convscope.lessons.quantities.later import LATER
from convscope.lessons.quantities.networks import network_quantity
from convscope.lessons.quantities.published import PUBLISHED, YEARS
from convscope.lessons.quantities.sources import year_of
from convscope.lessons.quantities.windows import WINDOWS

QUANTITIES: dict[str, Callable[[], Value]] = {
    **INPUTS,
    **CONVOLUTION,
    **CLASSIFIER,
    **CLASSIC,
    **LATER,
    **PUBLISHED,
    **YEARS,
    **IMAGES,
    **CONNECTIONS,
    **WINDOWS,
}
"""Quantities by name; chapters use them as {name} or {name:format}."""

__all__ = ["QUANTITIES", "Value", "known", "quantity", "shown"]


@cache
def quantity(name: str) -> Value:
    """Return a quantity.

    Raises:
        InputError: there is none of this name.
    """
    if name in QUANTITIES:
        return QUANTITIES[name]()
    value = year_of(name) or network_quantity(name)
    if value is None:
        expected = (
            ", ".join(nearest(name, QUANTITIES))
            or "a name that `convscope lesson check --quantities` lists"
        )
        raise InputError(f"there is no quantity named {name}", expected=expected)
    return value


def known(name: str) -> bool:
    """Return whether there is a quantity of this name."""
    try:
        quantity(name)
    except InputError:
        return False
    return True


def shown(name: str, form: str | None, language: str) -> str:
    """Return a quantity as text in a format of `quantities/formats.py`.

    Raises:
        InputError: no such quantity or format.
    """
    return text_of(quantity(name), form, language)
