"""Charts of the report as SVG elements: curves, reliability diagram, accuracy ruler.

A chart is 400 wide, so that its text is readable on a phone. It holds both languages; the
page shows one.
"""

from collections.abc import Sequence
from html import escape

from convscope.evaluate.metrics import Evaluation, RankingCurve
from convscope.payload import Curves, Series
from convscope.render.axes import Axis
from convscope.render.kinds.curves import axis_of, line, spots
from convscope.render.marks import Box, Circle, Drawing, Group, Line, Mark, Text
from convscope.render.palette import series as colour_of
from convscope.render.plot import Plot, apart, widest
from convscope.render.svg import svg_for_page
from convscope.render.text import cut
from convscope.report.texts import TEXTS, both, plain

WIDTH, HEIGHT = 400.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 72.0, 10.0, 40.0
TEXT = 11.5
LINE_HEIGHT = 16.0
MOST_RIGHT = 130.0  # room for the names of lines
BOLD = 1.07  # width of bold text
MOST_CLASSES = 20  # whose curves are drawn


def curves(payload: Curves, *, heading: str = "") -> str:
    """Return lines with their names at their ends, and the values under the pointer.

    Args:
        heading: HTML that stands before the title.
    """
    lines = [(number, series) for number, series in enumerate(payload.series) if series.points()]
    points = [point for _, series in lines for point in series.points()]
    named = len(lines) > 1
    names = [text for _, series in lines for text in TEXTS.get(series.name, (series.name,))]
    room = min(max(RIGHT, widest(names, TEXT) * BOLD + 10), MOST_RIGHT)
    plot = Plot(
        left=LEFT,
        top=TOP,
        right=WIDTH - (room if named else 14),
        bottom=HEIGHT - BOTTOM,
        x=_axis_x(payload, [point[0] for point in points]),
        y=Axis.around([point[1] for point in points], log=payload.y_scale == "log"),
        size=TEXT,
    )
    percent = payload.y_format == "percent"
    marks = plot.axes(percent_y=percent)
    for number, series in lines:
        marks += line(series, plot, colour_of(number))
    marks += _names(lines, plot) if named else []
    marks += _in_both(payload.x_label, plot.right, HEIGHT - 4, "end")
    translated = [(n, s.model_copy(update={"name": plain(s.name)})) for n, s in lines]
    marks += spots(translated, plot, percent=percent)
    return _figure(marks, title=payload.title, label=plain(payload.title), heading=heading)


def ranking(evaluation: Evaluation) -> str:
    """Return precision-recall and ROC of the averages, and of single classes on request.

    The classes are in the order of rising average precision.
    """
    measured = evaluation.ranking
    assert measured is not None
    averages = [curve for curve in measured.curves if curve.number is None]
    shown = f'<div class="charts">{_pair(averages)}</div>'
    numbered = [(curve.number, curve) for curve in measured.curves if curve.number is not None]
    precision = {n: evaluation.classes[n].average_precision or 0.0 for n, _ in numbered}
    numbered = sorted(numbered, key=lambda each: precision[each[0]])[:MOST_CLASSES]
    total = sum(metrics.average_precision is not None for metrics in evaluation.classes)
    kind = "curves of all" if len(numbered) == total else "curves of worst"
    drawn = "".join(_pair([curve], names=True) for _, curve in numbered)
    summary = both(kind, num=len(numbered), total=f"{total:,}")
    shown += f'<details><summary>{summary}</summary><div class="charts">{drawn}</div></details>'
    if measured.bins:
        shown += f'<p class="note">{both("bins", num=f"{measured.bins:,}")}</p>'
    return shown


def _pair(lines: Sequence[RankingCurve], *, names: bool = False) -> str:
    """Return precision-recall and ROC of some lines side by side."""
    pr = [Series(name=c.name, x=c.recall, y=c.precision) for c in lines]
    rates = [c for c in lines if c.false_positive_rate]
    roc = [Series(name=c.name, x=c.false_positive_rate, y=c.true_positive_rate) for c in rates]
    drawn = ""
    for title, x, y, series in (
        ("precision-recall", "recall", "precision", pr),
        ("ROC", "false positive rate", "true positive rate", roc),
    ):
        if not series:
            continue
        heading = f"{escape(lines[0].name)} · " if names else ""
        curve = Curves(title=title, x_label=x, y_label=y, y_format="percent", series=tuple(series))
        drawn += curves(curve, heading=heading)
    return drawn


def confidence(evaluation: Evaluation) -> str:
    """Return the number of images by the probability of the predicted class."""
    bins = evaluation.calibration
    most = max(bin_.num_samples for bin_ in bins)
    x = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))
    y = Axis.around([0.0, most], num_ticks=4)
    plot = Plot(LEFT, TOP, WIDTH - 18, HEIGHT - BOTTOM, x, y, size=TEXT)
    marks = plot.axes(percent_x=True)
    for bin_ in bins:
        (left, top), (right, bottom) = (
            plot.place(bin_.lower, bin_.num_samples),
            plot.place(bin_.upper, 0),
        )
        tooltip = plain(
            "bin",
            lower=f"{bin_.lower * 100:.0f}",
            upper=f"{bin_.upper * 100:.0f}",
            accuracy="–" if bin_.accuracy is None else f"{bin_.accuracy * 100:.1f} %",
            num=f"{bin_.num_samples:,}",
        )
        size = right - left - 1.5, bottom - top
        marks.append(Box(left + 0.75, top, *size, fill=colour_of(0), tooltip=tooltip))
    marks += _in_both("predicted probability", plot.right, HEIGHT - 4, "end")
    return _figure(marks, title="images", label=plain("images"))


def reliability(evaluation: Evaluation) -> str:
    """Return accuracy over probability: a circle per bin, its area the number of images."""
    axis = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))
    plot = Plot(LEFT, TOP, WIDTH - 18, HEIGHT - BOTTOM, axis, axis, size=TEXT)
    marks = plot.axes(percent_x=True, percent_y=True)
    marks.append(Line((plot.place(0, 0), plot.place(1, 1)), stroke="muted"))
    for bin_ in evaluation.calibration:
        if bin_.accuracy is None or bin_.confidence is None:
            continue
        at, ideal = (plot.place(bin_.confidence, y) for y in (bin_.accuracy, bin_.confidence))
        tooltip = plain(
            "bin",
            lower=f"{bin_.lower * 100:.0f}",
            upper=f"{bin_.upper * 100:.0f}",
            accuracy=f"{bin_.accuracy * 100:.1f} %",
            num=f"{bin_.num_samples:,}",
        )
        radius = 3 + 13 * (bin_.num_samples / evaluation.num_samples) ** 0.5
        marks.append(Line((at, ideal), stroke="wrong", thick=1.5))
        blue = colour_of(0)
        marks.append(Circle(*at, radius, blue, blue, 1.25, opacity=0.35, tooltip=tooltip))
    marks += _in_both("predicted probability", plot.right, HEIGHT - 4, "end")
    return _figure(marks, title="accuracy", label=plain("calibration"))


def ruler(evaluation: Evaluation) -> str:
    """Return the accuracy on a ruler from 0 to 100 % with a line at the majority baseline."""
    accuracy, left, width = evaluation.accuracy, 1.0, 998.0
    middle = left + accuracy * width
    missed = Box(middle, 4, (1 - accuracy) * width, 10, fill="wrong")
    marks: list[Mark] = [Box(left, 4, accuracy * width, 10, fill=colour_of(0)), missed]
    for percent in range(101):
        x = left + percent / 100 * width
        end = 26 if percent % 10 == 0 else 21 if percent % 5 == 0 else 18
        marks.append(Line(((x, 14), (x, end)), stroke="muted"))
    base = left + evaluation.majority_baseline * width
    line_of_base = Line(((base, 0), (base, 30)), stroke="ink", thick=2)
    marks.append(Group((line_of_base,), tooltip=plain("majority baseline")))
    drawing = Drawing(1000, 30, tuple(marks), css_class="convscope-drawing ruler")
    return svg_for_page(drawing, label=plain("accuracy"), stretch=True)


def _axis_x(payload: Curves, values: list[float]) -> Axis:
    """Return the horizontal axis; an axis of epochs or steps starts at 0, with whole ticks."""
    if payload.x_label in ("epoch", "step"):
        return Axis.counting([0.0, *values])
    return axis_of(values, log=payload.x_scale == "log")


def _figure(marks: Sequence[Mark], *, title: str, label: str, heading: str = "") -> str:
    drawing = svg_for_page(Drawing(WIDTH, HEIGHT, tuple(marks)), label=label)
    heading += both(title) if title in TEXTS else escape(title)
    return f'<figure><figcaption class="charttitle">{heading}</figcaption>{drawing}</figure>'


def _names(lines: Sequence[tuple[int, Series]], plot: Plot) -> list[Mark]:
    """Return the names beside the ends of the lines, moved apart where they would overlap."""
    ends = [plot.place(*series.points()[-1]) for _, series in lines]
    middles = apart([y for _, y in ends], LINE_HEIGHT, plot.bottom)
    marks: list[Mark] = []
    for (number, series), (x, _), middle in zip(lines, ends, middles, strict=True):
        at = x + 6, middle + 0.36 * TEXT
        marks += _in_both(series.name, *at, "start", colour=colour_of(number), bold=True)
    return marks


def _in_both(
    name: str, x: float, y: float, anchor: str, *, colour: str = "muted", bold: bool = False
) -> list[Mark]:
    """Return one line of text per language; a name that is not known is drawn once, cut."""

    def text(words: str, lang: str) -> Text:
        return Text(x, y, words, TEXT, anchor, bold, colour, lang)

    if name in TEXTS:
        return [text(TEXTS[name].en, "en"), text(TEXTS[name].zh, "zh-Hans")]
    room = WIDTH - x if anchor == "start" else x
    return [text(cut(name, room, TEXT, bold=bold), "")]
