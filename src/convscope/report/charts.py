"""Charts as SVG, without a script: CSS gives the colours, `:hover` shows the values.

The drawing is 400 wide, so that its words can be read on a phone as well.
"""

import itertools
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

from convscope.evaluate import Evaluation
from convscope.render.axes import Axis, number_text
from convscope.report.texts import WORDS, both, plain
from convscope.visuals import Curves, Series

WIDTH, HEIGHT = 400, 236
LEFT, RIGHT, TOP, BOTTOM = 46, 66, 14, 34
MOST_POINTS = 400  # of a line: more than there are pixels across
MOST_SPOTS = 60  # places that answer to a pointer
LINE_HEIGHT = 14
NUM_COLOURS = 4


class Point(NamedTuple):
    x: float
    y: float


Place = Callable[[float, float], Point]


def curves(payload: Curves) -> str:
    """Lines with their names at their ends."""
    points = [p for series in payload.series for p in series.points()]
    x = Axis.around([p[0] for p in points], log=payload.x_scale == "log")
    y = Axis.around([p[1] for p in points], log=payload.y_scale == "log")
    if _is_count(points) and not x.log:
        x = x._replace(low=min([p[0] for p in points], default=0.0))
    percent = payload.y_format == "percent"

    def place(across: float, up: float) -> Point:
        return Point(
            LEFT + x.share(across) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - y.share(up) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [_grid(x, y, place, percent=percent)]
    parts += [_line(series, number, place) for number, series in enumerate(payload.series)]
    parts.append(_names(payload.series, place))
    parts.append(_spots(payload.series, place, percent=percent))
    parts.append(_axis_name(payload.x_label))
    title = f'<figcaption class="charttitle">{both(payload.title)}</figcaption>'
    return f"<figure>{title}{_svg(parts, label=plain(payload.title))}</figure>"


def reliability(evaluation: Evaluation) -> str:
    """Accuracy over confidence, a circle for each bin whose area is its number of samples."""
    axis = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))
    right = 14  # no names at the ends of lines here

    def place(across: float, up: float) -> Point:
        return Point(
            LEFT + across * (WIDTH - LEFT - right), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)
        )

    parts = [_grid(axis, axis, place, percent=True)]
    low, high = place(0, 0), place(1, 1)
    parts.append(
        f'<line class="ideal" x1="{low.x:.1f}" y1="{low.y:.1f}" x2="{high.x:.1f}" '
        f'y2="{high.y:.1f}"/>'
    )
    for bin_ in evaluation.calibration:
        if bin_.accuracy is None or bin_.confidence is None:
            continue
        at, ideal = place(bin_.confidence, bin_.accuracy), place(bin_.confidence, bin_.confidence)
        radius = 3 + 13 * (bin_.num_samples / evaluation.num_samples) ** 0.5
        words = (
            f"{bin_.lower * 100:.0f} - {bin_.upper * 100:.0f} %: {bin_.accuracy * 100:.1f} % · "
            f"{WORDS['bin'].en.format(num=bin_.num_samples)}"
        )
        parts.append(
            f'<g class="bin"><line x1="{at.x:.1f}" y1="{at.y:.1f}" x2="{ideal.x:.1f}" '
            f'y2="{ideal.y:.1f}"/><circle cx="{at.x:.1f}" cy="{at.y:.1f}" r="{radius:.1f}">'
            f"<title>{escape(words)}</title></circle></g>"
        )
    parts.append(_axis_name("probability given", right=right))
    title = f'<figcaption class="charttitle">{both("share right")}</figcaption>'
    return f"<figure>{title}{_svg(parts, label=plain('calibration'))}</figure>"


def _svg(parts: Sequence[str], *, label: str) -> str:
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
    return head + "".join(parts) + "</svg>"


def _is_count(points: Sequence[tuple[float, float]]) -> bool:
    """Whether the horizontal axis counts things: then it begins where the line begins."""
    return bool(points) and all(float(x).is_integer() for x, _ in points)


def _grid(x: Axis, y: Axis, place: Place, *, percent: bool) -> str:
    parts = []
    for tick in y.ticks:
        left, right = place(x.low, tick), place(x.high, tick)
        parts.append(
            f'<line class="rule" x1="{left.x:.1f}" y1="{left.y:.1f}" x2="{right.x:.1f}" '
            f'y2="{right.y:.1f}"/><text class="tick" x="{left.x - 7:.1f}" y="{left.y + 4:.1f}" '
            f'text-anchor="end">{number_text(tick, percent=percent)}</text>'
        )
    for tick in x.ticks:
        if tick < x.low:
            continue
        at = place(tick, y.low)
        share = percent and x.high <= 1
        parts.append(
            f'<line class="mark" x1="{at.x:.1f}" y1="{at.y:.1f}" x2="{at.x:.1f}" '
            f'y2="{at.y + 4:.1f}"/><text class="tick" x="{at.x:.1f}" y="{at.y + 17:.1f}" '
            f'text-anchor="middle">{number_text(tick, percent=share)}</text>'
        )
    return "".join(parts)


def _line(series: Series, number: int, place: Place) -> str:
    """One path for each stretch without a gap."""
    paths, stretch = [], list[str]()
    every = -(-len(series.x) // MOST_POINTS)
    thinned = list(zip(series.x, series.y, strict=True))
    thinned = thinned[::every] + ([thinned[-1]] if (len(thinned) - 1) % every else [])
    for x, y in [*thinned, (0.0, None)]:
        if y is not None:
            stretch.append("{:.1f} {:.1f}".format(*place(x, y)))
        elif stretch:
            paths.append("M" + "L".join(stretch))
            stretch = []
    colour = number % NUM_COLOURS
    return "".join(f'<path class="line s{colour}" d="{path}"/>' for path in paths)


def _names(all_series: Sequence[Series], place: Place) -> str:
    """Names beside the ends of the lines, pushed apart where they would meet."""
    ends = [
        (place(*series.points()[-1]), number, series.name)
        for number, series in enumerate(all_series)
        if series.points()
    ]
    if len(ends) < 2:
        return ""
    ends.sort(key=lambda end: end[0].y)
    heights = [end[0].y for end in ends]
    for i, j in itertools.pairwise(range(len(heights))):
        heights[j] = max(heights[j], heights[i] + LINE_HEIGHT)
    over = max(0.0, heights[-1] - (HEIGHT - BOTTOM))
    parts = []
    for (end, number, name), height in zip(ends, heights, strict=True):
        words = WORDS.get(name)
        at = f'class="name s{number % NUM_COLOURS}" x="{end.x + 6:.1f}" y="{height - over + 4:.1f}"'
        if words is None:
            parts.append(f"<text {at}>{escape(name[:12])}</text>")
        else:
            parts.append(
                f'<text lang="en" {at}>{words.en}</text><text lang="zh-Hans" {at}>{words.zh}</text>'
            )
    return "".join(parts)


def _spots(all_series: Sequence[Series], place: Place, *, percent: bool) -> str:
    """Columns that show the values of their place under a pointer."""
    values: dict[float, list[tuple[int, str, float]]] = {}
    for number, series in enumerate(all_series):
        for x, y in series.points():
            values.setdefault(x, []).append((number, series.name, y))
    places = sorted(values)
    places = places[:: -(-len(places) // MOST_SPOTS)] if places else []
    parts = []
    for i, x in enumerate(places):
        here = place(x, values[x][0][2]).x
        before = (place(places[i - 1], values[x][0][2]).x + here) / 2 if i else here - 6
        after = place(places[i + 1], values[x][0][2]).x if i + 1 < len(places) else here + 6
        after = (after + here) / 2 if i + 1 < len(places) else after
        dots = "".join(
            f'<circle class="dot s{number % NUM_COLOURS}" cx="{here:.1f}" '
            f'cy="{place(x, y).y:.1f}" r="3.5"/>'
            for number, _, y in values[x]
        )
        words = [f"{plain(name)}: {_value(y, percent=percent)}" for _, name, y in values[x]]
        title = "\n".join([number_text(x), *words])
        parts.append(
            f'<g class="spot"><rect x="{before:.1f}" y="{TOP}" width="{after - before:.1f}" '
            f'height="{HEIGHT - TOP - BOTTOM}"/>{dots}<title>{title}</title></g>'
        )
    return "".join(parts)


def _value(value: float, *, percent: bool) -> str:
    return f"{value * 100:.2f} %" if percent else f"{value:.4g}"


def _axis_name(label: str, *, right: int = RIGHT) -> str:
    words = WORDS.get(label)
    at = f'class="tick" x="{WIDTH - right}" y="{HEIGHT - 2}" text-anchor="end"'
    if words is None:
        return f"<text {at}>{escape(label)}</text>"
    return f'<text lang="en" {at}>{words.en}</text><text lang="zh-Hans" {at}>{words.zh}</text>'
