"""Line breaks of a diagram: pieces in a row, cut into groups as even as the pieces allow."""

from collections.abc import Sequence


def even(sizes: Sequence[float], number: int) -> list[range]:
    """Return at most `number` groups of neighbours, the largest of them as small as possible."""
    low, high = max(sizes), sum(sizes)
    while high - low > 1:
        middle = (low + high) / 2
        if len(filled(sizes, middle)) <= number:
            high = middle
        else:
            low = middle
    return filled(sizes, high)


def filled(sizes: Sequence[float], most: float) -> list[range]:
    """Return groups of neighbours, each filled until the next piece would exceed `most`."""
    groups: list[range] = []
    start, total = 0, 0.0
    for place, size in enumerate(sizes):
        if place > start and total + size > most + 0.01:
            groups.append(range(start, place))
            start, total = place, 0.0
        total += size
    return [*groups, range(start, len(sizes))]
