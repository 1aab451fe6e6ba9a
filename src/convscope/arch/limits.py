"""Limits of a network, checked before anything is allocated."""

from dataclasses import dataclass

from convscope.errors import ArchitectureError


@dataclass(frozen=True)
class Limits:
    """Limits that are checked on the architecture; pass larger ones where they are too tight.

    Attributes:
        layers: number of operations.
        depth: nesting of blocks.
        parameters: weights and fitted numbers together; 4 bytes each.
        activation_bytes: all activations of one image together, in float32.
        places: positions along one side of a feature map.
        json_bytes: size of an architecture's text.
        json_values: numbers, strings, lists and objects in that text.
    """

    layers: int = 10_000
    depth: int = 64
    parameters: int = 4_000_000_000
    activation_bytes: int = 64 * 2**30
    places: int = 2**17
    json_bytes: int = 16 * 2**20
    json_values: int = 200_000


LIMITS = Limits()


def check(limits: Limits, name: str, value: int, *, where: str = "") -> None:
    """Raise ArchitectureError if `value` exceeds the limit of that name."""
    limit: int = getattr(limits, name)
    if value > limit:
        what = name.replace("_", " ")
        raise ArchitectureError(
            f"{what}: {_short(value)}, and the limit is {_short(limit)}",
            expected=f"at most {_short(limit)} {what}",
            fix=f"use a smaller network, or pass limits=Limits({name}=...)",
            where=where,
        )


def _short(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"about 10^{len(str(number)) - 1}"
