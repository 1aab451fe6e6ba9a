"""The learning rate over a run as a line of few corners."""

from collections.abc import Callable, Sequence

from convscope.server.studio.training.records import Schedule

DENSE = 4_000  # steps that are computed, at most, besides the ends of epochs
MOST_CORNERS = 400
TOLERANCE = 0.002  # of the largest value


def schedule(lr: Callable[[int], float], total: int, per_epoch: int) -> Schedule:
    """Return the steps between which the learning rate is a straight line, nearly."""
    steps = looked_at(total, per_epoch)
    values = [lr(step) for step in steps]
    kept = corners(steps, values, TOLERANCE * max(map(abs, values)))
    return Schedule(
        step=tuple(steps[place] for place in kept), lr=tuple(values[place] for place in kept)
    )


def looked_at(total: int, per_epoch: int) -> list[int]:
    """Return the steps that are computed: all of a short run, else many and the ends of epochs."""
    if total <= DENSE:
        return list(range(total))
    grid = {round(number * (total - 1) / (DENSE - 1)) for number in range(DENSE)}
    epochs = total // per_epoch
    every = max(1, epochs // (DENSE // 2))
    for epoch in range(0, epochs, every):
        first = epoch * per_epoch
        grid |= {max(0, first - 1), first}
    return sorted(grid)


def corners(x: Sequence[float], y: Sequence[float], tolerance: float) -> list[int]:
    """Return places of the points that a line needs to pass all others within a tolerance.

    Douglas and Peucker 1973, with the vertical distance.
    """
    if len(x) < 3:
        return list(range(len(x)))
    kept = {0, len(x) - 1}
    waiting = [(0, len(x) - 1)]
    while waiting and len(kept) < MOST_CORNERS:
        first, last = waiting.pop(0)
        slope = (y[last] - y[first]) / (x[last] - x[first])
        worst, distance = 0, tolerance
        for place in range(first + 1, last):
            away = abs(y[place] - y[first] - slope * (x[place] - x[first]))
            if away > distance:
                worst, distance = place, away
        if worst:
            kept.add(worst)
            waiting += [(first, worst), (worst, last)]
    return sorted(kept)
