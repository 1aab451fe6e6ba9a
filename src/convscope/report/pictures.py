"""Images of the report as HTML: one PNG per tile, enlarged by the browser.

Sizes are attributes, not styles: the page's policy allows its own style sheet only.
"""

import os
from html import escape
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from convscope.evaluate.metrics import Evaluation, Mistake, percent
from convscope.payload import ImageGrid, Scale
from convscope.render.frame import scale_strip
from convscope.render.pixels import data_uri
from convscope.report.content import Example, Stage
from convscope.report.texts import both, plain
from convscope.text import printable

MOST_TICKS = 16  # class names that fit under a strip
MOST_TILES = 24  # of one layer
LARGEST_TILE = 112
FIRST_MISTAKES = 24  # others are folded
MOST_STAGES, FIRST_STAGES = 13, 8  # of more layers the first ones are shown, and the last


def tiles(grid: ImageGrid, *, size: int) -> str:
    """Return the tiles, each `size` pixels wide, with the number of tiles not shown."""
    pictures = [picture(pixels, width=size) for pixels in grid.pixels()[:MOST_TILES]]
    left_out = len(grid.tiles) - len(pictures)
    rest = f'<span class="more">{both("more maps", num=left_out)}</span>' if left_out else ""
    return f'<div class="tiles">{"".join(pictures)}{rest}</div>'


def picture(pixels_HW3: NDArray[np.uint8], *, width: int, alt: str = "") -> str:
    """Return one image with a description."""
    height = max(1, round(width * pixels_HW3.shape[0] / pixels_HW3.shape[1]))
    return (
        f'<img src="{data_uri(pixels_HW3)}" width="{width}" height="{height}" alt="{escape(alt)}">'
    )


def _path(path: str) -> str:
    """Return the path of a layer, which may break after its dots."""
    return escape(path).replace(".", ".<wbr>")


def scale_bar(scale: Scale) -> str:
    """Return the colours of a scale from low to high, with their numbers."""
    strip = picture(scale_strip(scale, num=128), width=128)
    strip = strip.replace('height="1"', 'height="9"')
    low, high = (f"{end:.3g}".replace("-", "−") for end in (scale.low, scale.high))
    label = f' <span class="unit">{both(scale.label)}</span>' if scale.label else ""
    return f'<p class="scale"><span>{low}</span>{strip}<span>{high}</span>{label}</p>'


def mistakes(evaluation: Evaluation, images: ImageGrid, folder: Path | None) -> str:
    """Return the misclassified images: the prediction struck through, the true label in bold.

    The first are shown at once, others and the names of all files on request.

    Args:
        folder: of the page, for links.
    """
    parts = _mistakes(evaluation, images, folder)
    shown = f'<div class="mistakes">{"".join(parts[:FIRST_MISTAKES])}</div>'
    if more := parts[FIRST_MISTAKES:]:
        summary = both("more mistakes", num=len(more))
        shown += f'<details><summary>{summary}</summary><div class="mistakes">'
        shown += f"{''.join(more)}</div></details>"
    if any(mistake.image for mistake in evaluation.mistakes):
        shown += _files(evaluation, folder)
    return shown


def _files(evaluation: Evaluation, folder: Path | None) -> str:
    """Return the list of the files of the most confident errors."""
    names, rows = evaluation.class_names, []
    for mistake in evaluation.mistakes:
        shown = escape(printable(mistake.image))
        link = _linked(shown, mistake, folder)
        true, predicted = (escape(names[k]) for k in (mistake.true, mistake.predicted))
        share = percent(mistake.probability, digits=1)
        rows.append(
            f'<tr><th scope="row">{link}</th><td>{true}</td><td>{predicted}</td>'
            f'<td class="num">{share}</td></tr>'
        )
    head = "".join(f'<th scope="col">{both(name)}</th>' for name in ("file", "true", "predicted"))
    head += f'<th scope="col" class="num">{both("probability")}</th>'
    wrong = evaluation.num_samples - evaluation.correct
    kind = "all files" if len(rows) == wrong else "files"
    summary = both(kind, num=f"{len(rows):,}", total=f"{wrong:,}")
    return (
        f'<details><summary>{summary}</summary><div class="wide"><table class="files"><thead>'
        f"<tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _linked(content: str, mistake: Mistake, folder: Path | None) -> str:
    """Return HTML as a link to the file of a mistake, relative to the page where it can be."""
    if not mistake.path or folder is None:
        return content
    path = Path(mistake.path)
    try:
        relative = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return f'<a href="{escape(path.as_uri())}">{content}</a>'
    # "./" keeps a colon in the first folder's name from being read as a protocol
    return f'<a href="./{escape(quote(os.fsencode(relative)))}">{content}</a>'


def _mistakes(evaluation: Evaluation, images: ImageGrid, folder: Path | None) -> list[str]:
    names, parts = evaluation.class_names, []
    for mistake, pixels in zip(evaluation.mistakes, images.pixels(), strict=False):
        predicted, true = names[mistake.predicted], names[mistake.true]
        share = percent(mistake.probability, digits=1)
        alt = plain(
            "mistake", index=mistake.index, predicted=predicted, true=true, probability=share
        )
        image = _linked(picture(pixels, width=LARGEST_TILE, alt=alt), mistake, folder)
        parts.append(
            f"<figure>{image}"
            f"<figcaption><s>{escape(predicted)}</s> <b>{escape(true)}</b>"
            f'<span class="share">{share}</span></figcaption></figure>'
        )
    return parts


def journey(example: Example, classes: tuple[str, ...]) -> str:
    """Return the image and the activations of each layer, the last ones with class names."""
    image = example.image.pixels()[0]
    own = example.image_size or image.shape[:2]
    size = f"<span>{own[0]} × {own[1]}</span>"
    if example.input_size and example.input_size != own:
        height, width = example.input_size
        size += f"<span>{both('network input', height=height, width=width)}</span>"
    first = (
        f'<li><div class="where"><b>{both("image")}</b>{size}</div>'
        f"<div>{picture(image, width=LARGEST_TILE, alt='')}</div></li>"
    )
    parts = [
        f'<li><div class="where"><b><code>{_path(stage.path)}</code></b>'
        f"<span>{escape(stage.type)}</span><span>{escape(stage.output_shape)}</span></div>"
        f"<div>{_maps(stage.maps)}{_ticks(stage, example, classes)}"
        f"{scale_bar(stage.maps.scale)}</div></li>"
        for stage in example.stages
    ]
    if len(parts) <= MOST_STAGES:
        return f'<ol class="journey">{first}{"".join(parts)}</ol>'
    begin, middle, end = parts[:FIRST_STAGES], parts[FIRST_STAGES:-1], parts[-1]
    return (
        f'<ol class="journey">{first}{"".join(begin)}</ol>'
        f"<details><summary>{both('more layers', num=len(middle))}</summary>"
        f'<ol class="journey">{"".join(middle)}</ol></details><ol class="journey">{end}</ol>'
    )


def _maps(maps: ImageGrid) -> str:
    """Return feature maps, larger where there are few; a vector is one strip."""
    num, height, width = maps.tiles.shape[:3]
    if (num, height) == (1, 1):
        strip = picture(maps.pixels()[0], width=width)
        return '<div class="strip">' + strip.replace('height="1"', 'height="22"') + "</div>"
    return tiles(maps, size=88 if num <= 8 else 60)


def _ticks(stage: Stage, example: Example, classes: tuple[str, ...]) -> str:
    """Return the class names under the strip of the last layer."""
    width = stage.maps.tiles.shape[2]
    if stage is not example.stages[-1] or width != len(classes) or width > MOST_TICKS:
        return ""
    return f'<p class="ticks">{"".join(f"<span>{escape(name)}</span>" for name in classes)}</p>'
