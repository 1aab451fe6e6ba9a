"""Curves: a line for each series, its name at the right, its values under the pointer."""

from collections.abc import Sequence

from convscope.lang import label
from convscope.payload import Curves, Series
from convscope.render.axes import Axis, is_count, number_text
from convscope.render.frame import SMALL, framed, shortened
from convscope.render.marks import Box, Circle, Drawing, Group, Line, Mark, Point, Text
from convscope.render.palette import series as colour_of
from convscope.render.plot import Plot, apart, widest
from convscope.render.text import ASCENT

WIDTH, HEIGHT = 480.0, 300.0  # between the axes
NAMES = 200.0  # most room for the names of the lines
NAME_STEP = 1.4 * SMALL
MOST_POINTS = 1000  # of a line: twice as many as there are pixels across
MOST_SPOTS = 60  # places that show their values under the pointer
Stretch = list[tuple[float, float]]


def drawing(curves: Curves) -> Drawing:
    """Return the picture of curves."""
    lines = [(number, series) for number, series in enumerate(curves.series) if series.points()]
    points = [point for _, series in lines for point in series.points()]
    x = axis_of([point[0] for point in points], log=curves.x_scale == "log")
    y = Axis.around([point[1] for point in points], log=curves.y_scale == "log")
    percent = curves.y_format == "percent"
    left = max(widest(y.labels(percent=percent)) + 8, 30)
    top = 1.4 * SMALL + 8
    bottom = top + max(HEIGHT, NAME_STEP * (len(lines) + 1))
    plot = Plot(left, top, left + WIDTH, bottom, x, y)
    room = min(widest([label(series.name) for _, series in lines], SMALL), NAMES)
    label_y = bottom + 6 + 1.4 * SMALL + ASCENT * SMALL
    whole = plot.right + 14 + room
    marks: list[Mark] = [
        shortened(Text(0, ASCENT * SMALL, label(curves.y_label), SMALL, colour="muted"), whole),
        *plot.axes(percent_y=percent),
        shortened(
            Text(plot.right, label_y, label(curves.x_label), SMALL, "end", colour="muted"),
            plot.right,
        ),
    ]
    for number, series in lines:
        marks += line(series, plot, colour_of(number))
    marks += _names(lines, plot)
    marks += spots(lines, plot, percent=percent)
    size = whole, label_y + 0.4 * SMALL
    return framed(marks, size, title=curves.title, caption=curves.caption)


def axis_of(values: Sequence[float], *, log: bool) -> Axis:
    """Return the horizontal axis; over whole numbers it ends where the lines end."""
    return Axis.counting(values) if not log and is_count(values) else Axis.around(values, log=log)


def line(series: Series, plot: Plot, colour: str) -> list[Mark]:
    """Return one line for each stretch without a gap, a dot for a single point, dashes between."""
    marks: list[Mark] = []
    end: Point | None = None
    for stretch in _stretches(series):
        points = tuple(plot.place(x, y) for x, y in _thinned(stretch))
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
        texts = [f"{name}: {_value(y, percent=percent)}" for _, name, y in values[x]]
        area = Box(
            before, plot.top, after - before, plot.bottom - plot.top, fill="ink", opacity=0.06
        )
        tooltip = "\n".join([number_text(x), *texts])
        marks.append(Group((area, *dots), tooltip=tooltip, css_class="spot", hover=True))
    return marks


def _value(value: float, *, percent: bool) -> str:
    return f"{value * 100:.2f} %" if percent else f"{value:.4g}"


def _stretches(series: Series) -> list[Stretch]:
    """Return the points between gaps."""
    stretches: list[Stretch] = [[]]
    for x, y in zip(series.x, series.y, strict=True):
        if y is None:
            stretches.append([])
        else:
            stretches[-1].append((x, y))
    return [stretch for stretch in stretches if stretch]


def _thinned(stretch: Stretch) -> Stretch:
    """Return the first, least, largest and last of every run of points, in order."""
    if len(stretch) <= MOST_POINTS:
        return stretch
    size = -(-4 * len(stretch) // MOST_POINTS)
    kept: Stretch = []
    for start in range(0, len(stretch), size):
        run = range(start, min(start + size, len(stretch)))
        least = min(run, key=lambda i: stretch[i][1])
        largest = max(run, key=lambda i: stretch[i][1])
        kept += [stretch[i] for i in sorted({run[0], least, largest, run[-1]})]
    return kept


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
