"""What a network may cost before anything is allocated for it."""

from dataclasses import dataclass

from convscope.errors import ArchitectureError


@dataclass(frozen=True)
class Limits:
    """Bounds that are checked on the data; pass your own where they are too tight.

    Attributes:
        layers: operations in all.
        depth: blocks inside blocks.
        parameters: weights in all, and fitted numbers with them; 4 bytes each.
        activation_bytes: every activation of one image added up, in float32.
        places: positions along one side of a feature map; uneven receptive fields list them.
        json_bytes: size of an architecture's text.
        json_values: numbers, texts, lists and objects in that text.
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
    """Raise where `value` passes the limit of that name."""
    limit: int = getattr(limits, name)
    if value > limit:
        what = name.replace("_", " ")
        raise ArchitectureError(
            f"{what}: {_short(value)}, and the limit is {_short(limit)}",
            expected=f"at most {_short(limit)} {what}",
            fix=f"a smaller network, or limits=Limits({name}=...) if you mean it",
            where=where,
        )


def _short(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"about 10^{len(str(number)) - 1}"
