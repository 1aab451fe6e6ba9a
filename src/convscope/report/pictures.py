"""Images of the report as HTML: one PNG per tile, enlarged by the browser.

Sizes are attributes, not styles: the page's policy allows its own style sheet only.
"""

import base64
from html import escape

import numpy as np
from numpy.typing import NDArray

from convscope.evaluate.metrics import Evaluation, percent
from convscope.payload import ImageGrid, Scale
from convscope.render.frame import scale_strip
from convscope.render.svg import png_of_pixels
from convscope.report.content import Example, Stage
from convscope.report.texts import both, plain

MOST_TICKS = 16  # class names that fit under a strip
MOST_TILES = 24  # of one layer
LARGEST_TILE = 112


def tiles(grid: ImageGrid, *, size: int) -> str:
    """Return the tiles, each `size` pixels wide, with the number of tiles not shown."""
    pictures = [picture(pixels, width=size) for pixels in grid.pixels()[:MOST_TILES]]
    left_out = len(grid.tiles) - len(pictures)
    rest = f'<span class="more">{both("more maps", num=left_out)}</span>' if left_out else ""
    return f'<div class="tiles">{"".join(pictures)}{rest}</div>'


def picture(pixels_HW3: NDArray[np.uint8], *, width: int, alt: str = "") -> str:
    """Return one image with a description."""
    height = max(1, round(width * pixels_HW3.shape[0] / pixels_HW3.shape[1]))
    return f'<img src="{uri(pixels_HW3)}" width="{width}" height="{height}" alt="{escape(alt)}">'


def uri(pixels_HW3: NDArray[np.uint8]) -> str:
    """Return an image as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png_of_pixels(pixels_HW3)).decode("ascii")


def scale_bar(scale: Scale) -> str:
    """Return the colours of a scale from low to high, with their numbers."""
    strip = picture(scale_strip(scale, num=128), width=128)
    strip = strip.replace('height="1"', 'height="9"')
    low, high = (f"{end:.3g}".replace("-", "−") for end in (scale.low, scale.high))
    label = f' <span class="unit">{both(scale.label)}</span>' if scale.label else ""
    return f'<p class="scale"><span>{low}</span>{strip}<span>{high}</span>{label}</p>'


def mistakes(evaluation: Evaluation, images: ImageGrid) -> str:
    """Return the misclassified images: the prediction struck through, the true label in bold."""
    names, parts = evaluation.class_names, []
    for mistake, pixels in zip(evaluation.mistakes, images.pixels(), strict=False):
        predicted, true = names[mistake.predicted], names[mistake.true]
        share = percent(mistake.probability, digits=1)
        alt = plain(
            "mistake", index=mistake.index, predicted=predicted, true=true, probability=share
        )
        parts.append(
            f"<figure>{picture(pixels, width=LARGEST_TILE, alt=alt)}"
            f"<figcaption><s>{escape(predicted)}</s> <b>{escape(true)}</b>"
            f'<span class="share">{share}</span></figcaption></figure>'
        )
    return f'<div class="mistakes">{"".join(parts)}</div>'


def journey(example: Example, classes: tuple[str, ...]) -> str:
    """Return the image and the activations of each layer, the last ones with class names."""
    image = example.image.pixels()[0]
    parts = [
        '<ol class="journey"><li><div class="where">'
        f"<b>{both('input')}</b><span>{image.shape[0]} × {image.shape[1]}</span></div>"
        f"<div>{picture(image, width=LARGEST_TILE, alt='')}</div></li>"
    ]
    parts += [
        f'<li><div class="where"><b><code>{escape(stage.path)}</code></b>'
        f"<span>{escape(stage.type)}</span><span>{escape(stage.output_shape)}</span></div>"
        f"<div>{_maps(stage.maps)}{_ticks(stage, example, classes)}"
        f"{scale_bar(stage.maps.scale)}</div></li>"
        for stage in example.stages
    ]
    return "".join(parts) + "</ol>"


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
