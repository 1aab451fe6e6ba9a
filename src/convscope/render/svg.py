"""Drawings as SVG: one file that stands alone, in light and dark, the same bytes every time.

Every mark carries its light colour as an attribute; a class with a CSS variable replaces it
where CSS is understood, so that dark mode and a page's own colours work.
"""

from collections.abc import Sequence
from html import escape

from convscope.lang import translate
from convscope.render.marks import (
    Box,
    Circle,
    Dots,
    Drawing,
    Group,
    Image,
    Line,
    Mark,
    Point,
    Polygon,
    Text,
)
from convscope.render.palette import COLOURS, literal
from convscope.render.pixels import data_uri, interpolated
from convscope.render.text import STACK, one_line

ARROW = 6.0
NOT_XML = (*set(range(32)) - {9, 10, 13}, 0x7F, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000))
CONTROL = dict.fromkeys(NOT_XML, " ")
"""Characters that XML does not allow."""


def svg(drawing: Drawing) -> str:
    """Return a whole SVG file."""
    return _document(drawing, _Writer(), style=True)


def svg_for_page(drawing: Drawing, *, label: str, stretch: bool = False) -> str:
    """Return an SVG element for a page that has the rules of `palette_style`.

    `stretch`: the drawing fills the element, and does not keep its proportions.
    """
    return _document(drawing, _Writer(), style=False, label=label, stretch=stretch)


def svg_for_raster(drawing: Drawing, *, zoom: int = 1) -> str:
    """Return an SVG with literal colours, without style sheet, tooltips and hover marks.

    `zoom`: pixels per unit; smooth images are interpolated to it here, because Pillow takes a
    tenth of the rasteriser's time for that.
    """
    return _document(drawing, _Writer(raster_zoom=zoom), style=False)


def _document(
    drawing: Drawing, writer: "_Writer", *, style: bool, label: str = "", stretch: bool = False
) -> str:
    body = "\n".join(writer.mark(mark) for mark in drawing.marks)
    ground = Box(0, 0, drawing.width, drawing.height, fill="paper")
    back = writer.mark(ground) + "\n"
    width, height = number(drawing.width), number(drawing.height)
    name = f' aria-label="{clean(translate(label))}"' if label else ""
    ratio = ' preserveAspectRatio="none"' if stretch else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{drawing.css_class}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"{ratio} role="img"{name} '
        f'font-family="{STACK}">'
    )
    title = _element("title", drawing.title) + _element("desc", drawing.description)
    rules = _rules(sorted(writer.used), drawing.css_class)
    sheet = f"<style>{rules}</style>\n" if style else ""
    return f"{head}\n{title if style else ''}{sheet}{back}{body}\n</svg>\n"


def palette_style() -> str:
    """Return the CSS rules of all drawings of a page."""
    return _rules(sorted(COLOURS), "convscope-drawing")


def _rules(names: Sequence[str], css_class: str) -> str:
    light, dark = (
        ";".join(f"--cs-{name}:{COLOURS[name][side]}" for name in names) for side in (0, 1)
    )
    rules = [
        f".{css_class}{{{light}}}",
        f"@media (prefers-color-scheme:dark){{.{css_class}{{{dark}}}}}",
        *(f".{css_class} .f-{name}{{fill:var(--cs-{name})}}" for name in names),
        *(f".{css_class} .s-{name}{{stroke:var(--cs-{name})}}" for name in names),
        f".{css_class} .squares{{image-rendering:pixelated}}",
        f".{css_class} .hover{{opacity:0}}.{css_class} .hover:hover{{opacity:1}}",
    ]
    return "".join(rules)


def number(value: float) -> str:
    """Return a coordinate with at most two digits after the point."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def clean(text: str) -> str:
    """Return text escaped for XML, without the characters that XML does not allow."""
    return escape(text.translate(CONTROL))


def _element(name: str, text: str) -> str:
    return f"<{name}>{clean(translate(text))}</{name}>\n" if text else ""


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


class _Writer:
    """Writes marks and notes which names of the palette they use."""

    def __init__(self, *, raster_zoom: int = 0) -> None:
        self.for_raster = raster_zoom > 0
        self.raster_zoom = raster_zoom
        self.used: set[str] = set()

    def mark(self, mark: Mark) -> str:
        match mark:
            case Text():
                return self._text(mark)
            case Box():
                look = self._look(mark.fill, mark.stroke, mark.thick, mark.dash, mark.opacity)
                radius = f' rx="{number(mark.radius)}"' if mark.radius else ""
                shape = f"<rect{_rectangle(mark)}{radius}{look}"
                return self._closed(shape, "rect", mark.tooltip)
            case Circle():
                look = self._look(mark.fill, mark.stroke, mark.thick, "", mark.opacity)
                at = f'cx="{number(mark.x)}" cy="{number(mark.y)}" r="{number(mark.radius)}"'
                return self._closed(f"<circle {at}{look}", "circle", mark.tooltip)
            case Polygon():
                look = self._look(mark.fill, mark.stroke, mark.thick, "", mark.opacity)
                return f'<polygon points="{_points(mark.points)}"{look}/>'
            case Line():
                return self._line(mark)
            case Image():
                return self._image(mark)
            case Dots():
                return self._dots(mark)
            case Group():
                return self._group(mark)

    def _group(self, group: Group) -> str:
        if group.hover and self.for_raster:
            return ""
        inner = "".join(self.mark(part) for part in group.marks) + self._tooltip(group.tooltip)
        classes = [clean(group.css_class)] if group.css_class else []
        classes += ["hover"] if group.hover else []
        name = f' class="{" ".join(classes)}"' if classes else ""
        if group.clip is None:
            return f"<g{name}>{inner}</g>"
        left, top, right, bottom = group.clip  # a nested SVG element clips what lies outside
        sides = [number(side) for side in (left, top, right - left, bottom - top)]
        at = ' x="{}" y="{}" width="{}" height="{}"'.format(*sides)
        return f'<svg{name}{at} viewBox="{" ".join(sides)}">{inner}</svg>'

    def _dots(self, dots: Dots) -> str:
        """Points as strokes of no length with round ends."""
        look = self._look("none", dots.fill, 2 * dots.radius, "", 1)
        path = "".join(f"M{number(x)},{number(y)}h0" for x, y in dots.points)
        return self._closed(f'<path d="{path}" stroke-linecap="round"{look}', "path", dots.tooltip)

    def _text(self, mark: Text) -> str:
        text = one_line(mark.text)
        look = self._look(mark.colour, "none", 1, "", 1)
        look += f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
        look += ' font-weight="bold"' if mark.bold else ""
        look += f' lang="{mark.lang}"' if mark.lang else ""
        if not self.for_raster and len(text) > 1:  # the same width in any font
            look += f' textLength="{number(mark.width)}" lengthAdjust="spacingAndGlyphs"'
        at = f'x="{number(mark.x)}" y="{number(mark.y)}" font-size="{number(mark.size)}"'
        return f"<text {at}{look}>{clean(text)}</text>"

    def _line(self, line: Line) -> str:
        look = self._look("none", line.stroke, line.thick, line.dash, 1)
        text = f'<polyline points="{_points(line.points)}" stroke-linejoin="round"{look}/>'
        if line.arrow:
            text += self.mark(Polygon(_arrow_head(*line.points[-2:]), line.stroke))
        return text

    def _image(self, image: Image) -> str:
        pixels, smooth = image.pixels, image.smooth
        if smooth and self.for_raster:
            size = image.width * self.raster_zoom, image.height * self.raster_zoom
            pixels, smooth = interpolated(pixels, size), False
        look = "" if smooth else ' image-rendering="optimizeSpeed" class="squares"'
        address = data_uri(pixels, smooth=smooth, effort=1 if self.for_raster else 6)
        shape = f'<image{_rectangle(image)} preserveAspectRatio="none"{look} href="{address}"'
        return self._closed(shape, "image", image.tooltip)

    def _look(self, fill: str, stroke: str, thick: float, dash: str, opacity: float) -> str:
        """Return the attributes and classes of the colours."""
        look = f' fill="{literal(fill)}"'
        if stroke != "none":
            look += f' stroke="{literal(stroke)}"'
            look += f' stroke-width="{number(thick)}"' if thick != 1 else ""
            look += f' stroke-dasharray="{dash}"' if dash else ""
        look += f' fill-opacity="{number(opacity)}"' if opacity < 1 else ""
        classes = [f"f-{fill}"] if fill in COLOURS else []
        classes += [f"s-{stroke}"] if stroke in COLOURS else []
        self.used.update(name for name in (fill, stroke) if name in COLOURS)
        return look + (f' class="{" ".join(classes)}"' if classes and not self.for_raster else "")

    def _tooltip(self, text: str) -> str:
        return "" if self.for_raster or not text else f"<title>{clean(translate(text))}</title>"

    def _closed(self, start: str, name: str, tooltip: str) -> str:
        title = self._tooltip(tooltip)
        return f"{start}>{title}</{name}>" if title else f"{start}/>"


def _rectangle(mark: Box | Image) -> str:
    return (
        f' x="{number(mark.x)}" y="{number(mark.y)}" '
        f'width="{number(mark.width)}" height="{number(mark.height)}"'
    )


def _arrow_head(start: Point, end: Point) -> tuple[Point, Point, Point]:
    (x0, y0), (x, y) = start, end
    length = max(((x - x0) ** 2 + (y - y0) ** 2) ** 0.5, 1e-9)
    ux, uy = (x - x0) / length * ARROW, (y - y0) / length * ARROW
    return (x, y), (x - ux - uy / 2, y - uy + ux / 2), (x - ux + uy / 2, y - uy - ux / 2)
