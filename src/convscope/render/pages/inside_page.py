"""Page of everything that was seen inside a model: the image and its prediction, then visuals.

It has the head, sections and style of the report. There is no script, and every text is escaped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.lang import label, translate
from convscope.payload import Payload
from convscope.render.kinds.heatmap import reduced
from convscope.render.marks import Box, Drawing, Image
from convscope.render.pages.html import (
    FIGURES,
    document,
    escaped,
    fragment,
    heading,
    page_style,
    worded,
)
from convscope.render.svg import svg_for_page

SIDE = 280  # pixels: longer side of the image in the head
SMOOTH_FROM = 64
BAR = (100.0, 8.0)
LEAST_TIME_S = 0.1  # that is printed as a number


class Visual(NamedTuple):
    """One visual.

    Attributes:
        name: as it is called: `grad_cam`.
        description: its title and what it shows, as "Saliency: sensitivity of ...".
    """

    name: str
    description: str
    payload: Payload
    time_s: float


class Group(NamedTuple):
    """Visuals under one heading."""

    heading: str
    visuals: tuple[Visual, ...]


@dataclass(frozen=True)
class InsidePage:
    """Content of the page.

    Attributes:
        picture: (H, W, 3) uint8: the image as the network received it.
        picture_note: how the preprocessing changed its size.
        predictions: class and probability, most probable first.
        figures: names and values below the head.
        omitted: visuals that are not shown, by their reason.
        command: the command that writes this page again.
        versions: of the libraries that computed it.
    """

    title: str
    groups: tuple[Group, ...]
    picture: NDArray[np.uint8] | None = None
    picture_note: str = ""
    predictions: tuple[tuple[str, float], ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    omitted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    command: str = ""
    versions: str = ""


def inside_page(content: InsidePage) -> str:
    """Return the whole page."""
    own = resources.files("convscope.render.pages").joinpath("inside_page.css").read_text("utf-8")
    body = f"""<main>
{_head(content)}
{"".join(map(_group, content.groups))}
{_omitted(content.omitted)}{_reproduction(content)}
</main>"""
    return document(body, title=content.title, style=page_style() + FIGURES + own)


def _head(content: InsidePage) -> str:
    figures = "".join(
        f"<div><dt>{escaped(label(name))}</dt><dd>{worded(value)}</dd></div>"
        for name, value in content.figures
    )
    return f"""<header>
<p class="kind">{worded("Inside a network")}</p>
<h1>{escaped(content.title)}</h1>
{_subject(content)}
<dl class="figures">{figures}</dl>
{_contents(content.groups)}
</header>"""


def _subject(content: InsidePage) -> str:
    """Return the image and the bars of the most probable classes."""
    if content.picture is None:
        return ""
    note = f"<p class='note'>{worded(content.picture_note)}</p>" if content.picture_note else ""
    bars = "".join(_bar(name, share) for name, share in content.predictions)
    title = f"<h2>{heading('Prediction')}</h2>" if bars else ""
    return f"""<div class="subject"><figure>{_picture(content.picture)}{note}</figure>
<div class="predictions">{title}<ol>{bars}</ol></div></div>"""


def _picture(pixels_HW3: NDArray[np.uint8]) -> str:
    pixels_HW3 = reduced(pixels_HW3, side=SIDE)
    height, width = pixels_HW3.shape[:2]
    zoom = SIDE / max(height, width)
    size = round(width * zoom), round(height * zoom)
    smooth = min(height, width) >= SMOOTH_FROM
    drawn = Drawing(*size, (Image(0, 0, *size, pixels_HW3, smooth),))
    return svg_for_page(drawn, label=translate("the image as the network receives it"))


def _bar(name: str, share: float) -> str:
    width, height = BAR
    track = Box(0, 0, width, height, fill="shade")
    drawn = Drawing(width, height, (track, Box(0, 0, width * share, height, fill="series-0")))
    bar = svg_for_page(drawn, label=f"{share:.1%}", stretch=True)
    return f"<li><span>{escaped(name)}</span>{bar}<b>{share * 100:.1f} %</b></li>"


def _contents(groups: Iterable[Group]) -> str:
    """Return the links to all visuals, by group."""
    rows = "".join(
        f"<p><b>{worded(group.heading)}</b>"
        + "".join(
            f'<a href="#{escaped(visual.name)}">{escaped(_parted(visual)[0])}</a>'
            for visual in group.visuals
        )
        + "</p>"
        for group in groups
        if group.visuals
    )
    return f"<nav>{rows}</nav>"


def _parted(visual: Visual) -> tuple[str, str]:
    """Return the title of a visual, and the sentence on what it shows."""
    whole = translate(visual.description)
    for mark in (": ", "：", ", ", "，"):
        title, between, sentence = whole.partition(mark)
        if between:
            return title, sentence[:1].upper() + sentence[1:]
    return whole or visual.name, ""


def _group(group: Group) -> str:
    if not group.visuals:
        return ""
    blocks = "".join(map(_block, group.visuals))
    return (
        f'<section class="group"><h2 class="heading">{worded(group.heading)}</h2>{blocks}</section>'
    )


def _block(visual: Visual) -> str:
    title, sentence = _parted(visual)
    time = f"{visual.time_s:.1f} s" if visual.time_s >= LEAST_TIME_S else "under 0.1 s"
    is_titled = heading(visual.payload.title) != escaped(title)
    return f"""<section class="block" id="{escaped(visual.name)}">
<div class="margin"><h3>{escaped(title)}</h3><p class="note">{escaped(sentence)}</p>
<p class="note"><code>{escaped(visual.name)}</code> · {worded(time)}</p></div>
<div class="body">{fragment(visual.payload, titled=is_titled)}</div></section>
"""


def _omitted(omitted: Mapping[str, tuple[str, ...]]) -> str:
    """Return the visuals that are not shown, each once, with the reason."""
    if not omitted:
        return ""
    rows = "".join(
        f"<tr><td>{', '.join(f'<code>{escaped(name)}</code>' for name in names)}</td>"
        f"<td>{worded(reason)}</td></tr>"
        for reason, names in omitted.items()
    )
    return f"""<section class="block" id="not-shown"><div class="margin">
<h2>{heading("Not shown")}</h2></div>
<div class="body wide"><table class="omitted">{rows}</table></div></section>"""


def _reproduction(content: InsidePage) -> str:
    if not content.command:
        return ""
    return f"""<section class="block" id="reproduction"><div class="margin">
<h2>{heading("Reproduction")}</h2></div>
<div class="body"><p class="command"><code>{escaped(content.command)}</code></p>
<p class="note">{escaped(content.versions)}</p></div></section>"""
