"""Small multiples: many lines, each in a chart of its own over the others in grey.

More than a few lines would hide each other in one chart. All charts have the same axes, so that
they can be compared.
"""

from dataclasses import replace

from convscope.lang import label
from convscope.payload import Curves, Series
from convscope.render.axes import Axis
from convscope.render.frame import LINE, SMALL, framed, shortened
from convscope.render.kinds.curves import axis_of, line, spots, stretches, thinned
from convscope.render.marks import Drawing, Mark, Text
from convscope.render.marks import Line as LineMark
from convscope.render.palette import series as colour_of
from convscope.render.plot import FOOT, HEAD, Plot, widest
from convscope.render.text import ASCENT

WIDTH, HEIGHT = 190.0, 110.0  # between the axes of one chart
BETWEEN = 22.0  # or more, so that the ends of two x axes do not touch
MOST_TOGETHER = 4  # lines in one chart
NAME = LINE * SMALL + 4  # room for the name above a chart
COLUMNS = 4
MOST_BEHIND = 16  # lines that are drawn in grey behind each other
POINTS_BEHIND = 60


def needed(curves: Curves) -> bool:
    """Return whether there are more lines than one chart can show."""
    return sum(bool(series.points()) for series in curves.series) > MOST_TOGETHER


def drawing(curves: Curves) -> Drawing:
    """Return one chart for each series that has points."""
    shown = [series for series in curves.series if series.points()]
    columns = 3 if len(shown) in (5, 6, 9) else COLUMNS  # no chart stands alone in its row
    points = [point for series in shown for point in series.points()]
    x = axis_of([point[0] for point in points], log=curves.x_scale == "log")
    y = Axis.around([p[1] for p in points], log=curves.y_scale == "log", num_ticks=4)
    percent = curves.y_format == "percent"
    left = max(widest(y.labels(percent=percent)) + 8, 30)
    rows = -(-len(shown) // columns)
    ends = widest(x.labels()[:1]) + widest(x.labels()[-1:])
    between = max(BETWEEN, ends / 2 + 8)
    marks: list[Mark] = []
    for number, series in enumerate(shown):
        row, column = divmod(number, columns)
        at = left + column * (WIDTH + between), HEAD + NAME + row * (HEIGHT + NAME + BETWEEN)
        plot = Plot(at[0], at[1], at[0] + WIDTH, at[1] + HEIGHT, x, y)
        marks += [LineMark((plot.place(x.low, t), plot.place(x.high, t)), "grid") for t in y.ticks]
        marks += plot.y_labels(percent=percent) if column == 0 else []
        marks += plot.x_labels() if number + columns >= len(shown) else []
        marks += _chart(curves, series, shown, plot)
    right = left + columns * (WIDTH + between) - between
    whole = Plot(left, HEAD, right, HEAD + rows * (HEIGHT + NAME + BETWEEN) - BETWEEN, x, y)
    last = (len(shown) - 1) % columns  # the title of the x axis stands under the last chart
    under = replace(whole, right=left + (last + 1) * (WIDTH + between) - between)
    marks += under.titles(curves.x_label, curves.y_label, width=right)
    beyond = widest(x.labels()[-1:]) / 2 if x.ticks and x.ticks[-1] > x.low else 0.0
    size = right + beyond, whole.bottom + FOOT
    return framed(marks, size, title=curves.title, caption=curves.caption)


def _chart(curves: Curves, series: Series, shown: list[Series], plot: Plot) -> list[Mark]:
    """Return one line with its name above, the other lines in grey, and the markers."""
    at = plot.left, plot.top - 8 - (LINE - ASCENT) * SMALL
    marks: list[Mark] = [
        shortened(Text(*at, label(series.name), SMALL, colour=colour_of(0)), WIDTH)
    ]
    if len(shown) <= MOST_BEHIND:
        marks += [mark for other in shown if other is not series for mark in _behind(other, plot)]
    for marker in curves.markers:
        x = plot.place(marker.x, plot.y.low)[0]
        marks.append(LineMark(((x, plot.top), (x, plot.bottom)), "ink", 1, dash="5 3"))
    marks += line(series, plot, colour_of(0))
    return marks + spots([(0, series)], plot, percent=curves.y_format == "percent")


def _behind(series: Series, plot: Plot) -> list[Mark]:
    return [
        LineMark(tuple(plot.place(x, y) for x, y in thinned(stretch, POINTS_BEHIND)), "grid", 1.5)
        for stretch in stretches(series)
        if len(stretch) > 1
    ]
