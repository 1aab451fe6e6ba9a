"""Curves in one chart: a line for each series, its name at the right, its values on hover."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise, zip_longest

from convscope.lang import label
from convscope.payload import Curves, Series
from convscope.render.axes import Axis, is_count, number_text
from convscope.render.frame import SMALL, framed, shortened
from convscope.render.marks import Box, Circle, Dots, Drawing, Group, Line, Mark, Point, Text
from convscope.render.palette import series as colour_of
from convscope.render.plot import FOOT, HEAD, Plot, apart, widest

WIDTH, HEIGHT = 480.0, 300.0  # between the axes
NAMES = 200.0  # most room for the names of the lines
NAME_STEP = 1.4 * SMALL
POINT = 4.0  # radius of a point without a line
MOST_POINTS = 1000  # of a line: twice as many as there are pixels across
MOST_SPOTS = 60  # places that show their values under the pointer
Stretch = list[tuple[float, float]]


def drawing(curves: Curves) -> Drawing:
    """Return the picture of curves."""
    lines = [(number, series) for number, series in enumerate(curves.series) if series.points()]
    points = [point for _, series in lines for point in series.points()]
    x = axis_of([point[0] for point in points], log=curves.x_scale == "log")
    y = Axis.around([point[1] for point in points], log=curves.y_scale == "log")
    if not x.log and any(series.style == "points" for _, series in lines):
        room = (x.high - x.low) * 1.5 * POINT / WIDTH  # points at the ends stay within the plot
        x = x._replace(low=x.low - room, high=x.high + room)
    percent = curves.y_format == "percent"
    left = max(widest(y.labels(percent=percent)) + 8, 30)
    top = HEAD + (NAME_STEP * len(curves.markers))
    bottom = top + max(HEIGHT, NAME_STEP * (len(lines) + 1))
    plot = Plot(left, top, left + WIDTH, bottom, x, y)
    room = min(widest([label(series.name) for _, series in lines], SMALL), NAMES)
    whole = plot.right + 14 + room
    marks: list[Mark] = [
        *plot.titles(curves.x_label, curves.y_label, width=whole),
        *plot.axes(percent_y=percent),
        *_markers(curves, plot),
    ]
    for number, series in lines:
        marks += line(series, plot, colour_of(number))
    marks += _names(lines, plot)
    marks += spots(lines, plot, percent=percent)
    size = whole, plot.bottom + FOOT
    return framed(marks, size, title=curves.title, caption=curves.caption)


def _markers(curves: Curves, plot: Plot) -> list[Mark]:
    """Return a dashed line at each marker, its name above the plot, one below the other."""
    marks: list[Mark] = []
    for number, marker in enumerate(curves.markers):
        x = plot.place(marker.x, plot.y.low)[0]
        base = plot.top - 6 - NAME_STEP * (len(curves.markers) - 1 - number)
        marks.append(Line(((x, base + 4), (x, plot.bottom)), stroke="ink", thick=1.2, dash="5 3"))
        name = Text(x, base, marker.label, SMALL)
        room = 2 * min(x - plot.left, plot.right - x)
        if name.width <= room:
            marks.append(replace(name, anchor="middle"))
            continue
        at_right = x > (plot.left + plot.right) / 2
        name = replace(name, anchor="end" if at_right else "start")
        marks.append(shortened(name, x - plot.left if at_right else plot.right - x))
    return marks


def axis_of(values: Sequence[float], *, log: bool) -> Axis:
    """Return the horizontal axis; over whole numbers it ends where the lines end."""
    return Axis.counting(values) if not log and is_count(values) else Axis.around(values, log=log)


def line(series: Series, plot: Plot, colour: str) -> list[Mark]:
    """Return one line for each stretch without a gap, a dot for a single point, dashes between.

    Points without a line, and the corners of steps, are as the style of the series says.
    """
    if series.style == "points":
        places = tuple(plot.place(x, y) for x, y in series.points())
        return [Dots(places, POINT, colour)] if places else []
    marks: list[Mark] = []
    end: Point | None = None
    for stretch in stretches(series):
        shown = thinned(stretch, MOST_POINTS)
        points = tuple(plot.place(x, y) for x, y in shown)
        if series.style == "steps":
            points = _stepped(points)
        if end:
            marks.append(Line((end, points[0]), stroke=colour, thick=1, dash="2 4"))
        end = points[-1]
        if len(points) == 1:
            marks.append(Circle(*end, 3, fill=colour))
        else:
            marks.append(Line(points, stroke=colour, thick=2))
    return marks


def spots(lines: Sequence[tuple[int, Series]], plot: Plot, *, percent: bool) -> list[Mark]:
    """Return columns that show the values at their place under the pointer."""
    values: dict[float, list[tuple[int, str, float]]] = {}
    for number, series in lines:
        for x, y in series.points():
            values.setdefault(x, []).append((number, series.name, y))
    places = sorted(values)
    places = places[:: -(-len(places) // MOST_SPOTS)] if places else []
    marks: list[Mark] = []
    after = 0.0
    for i, x in enumerate(places):
        here = plot.place(x, plot.y.low)[0]
        sides = [
            plot.place(places[j], plot.y.low)[0] for j in (i - 1, i + 1) if 0 <= j < len(places)
        ]
        before = (sides[0] + here) / 2 if i else here - 6
        after = (sides[-1] + here) / 2 if i + 1 < len(places) else here + 6
        dots = [Circle(*plot.place(x, y), 3.5, fill=colour_of(n)) for n, _, y in values[x]]
        texts = [f"{label(name)}: {_value(y, percent=percent)}" for _, name, y in values[x]]
        area = Box(
            before, plot.top, after - before, plot.bottom - plot.top, fill="ink", opacity=0.06
        )
        tooltip = "\n".join([number_text(x), *texts])
        marks.append(Group((area, *dots), tooltip=tooltip, css_class="spot", hover=True))
    return marks


def _value(value: float, *, percent: bool) -> str:
    return f"{value * 100:.2f} %" if percent else f"{value:.4g}"


def stretches(series: Series) -> list[Stretch]:
    """Return the points between gaps."""
    stretches: list[Stretch] = [[]]
    for x, y in zip(series.x, series.y, strict=True):
        if y is None:
            stretches.append([])
        else:
            stretches[-1].append((x, y))
    return [stretch for stretch in stretches if stretch]


def thinned(stretch: Stretch, most: int) -> Stretch:
    """Return the first, least, largest and last of every run of points, in order.

    `most`: about the number of points that are kept of a longer stretch.
    """
    if len(stretch) <= most:
        return stretch
    size = -(-4 * len(stretch) // most)
    kept: Stretch = []
    for start in range(0, len(stretch), size):
        run = range(start, min(start + size, len(stretch)))
        least = min(run, key=lambda i: stretch[i][1])
        largest = max(run, key=lambda i: stretch[i][1])
        kept += [stretch[i] for i in sorted({run[0], least, largest, run[-1]})]
    return kept


def _stepped(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return the points with a corner between neighbours: a value holds until the next point."""
    corners = [(after[0], before[1]) for before, after in pairwise(points)]
    return tuple(chain.from_iterable(zip_longest(points, corners)))[: 2 * len(points) - 1]


def _names(lines: Sequence[tuple[int, Series]], plot: Plot) -> list[Mark]:
    """Return the names at the right of the plot, joined to their lines where these end apart."""
    ends = [plot.place(*series.points()[-1]) for _, series in lines]
    middles = apart([y for _, y in ends], NAME_STEP, plot.bottom, highest=plot.top)
    marks: list[Mark] = []
    for (number, series), (x, y), middle in zip(lines, ends, middles, strict=True):
        colour = colour_of(number)
        at = plot.right + 14
        if plot.right - x > 1 or abs(middle - y) > 4:
            ends_at = (x + 4, y), (at - 3, middle)
            marks.append(Line(ends_at, stroke=colour, thick=0.8, dash="2 3"))
        text = Text(at, middle + 0.36 * SMALL, label(series.name), SMALL, colour=colour)
        marks.append(shortened(text, NAMES))
    return marks
