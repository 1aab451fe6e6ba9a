"""Keep a bounded number of entries, spread evenly over the steps of a run."""

from collections.abc import Sequence


def evenly(steps: Sequence[int], keep: int) -> list[int]:
    """Return the places of at most `keep` of some rising steps, as evenly spaced as they are there.

    The first and the last one are kept.
    """
    if len(steps) <= keep:
        return list(range(len(steps)))
    places, next_place = [], 0
    for number in range(keep):
        target = steps[0] + (steps[-1] - steps[0]) * number / (keep - 1)
        last = len(steps) - (keep - number)  # as many must be left for the others
        place = next_place
        while place < last and abs(steps[place + 1] - target) <= abs(steps[place] - target):
            place += 1
        places.append(place)
        next_place = place + 1
    return places
