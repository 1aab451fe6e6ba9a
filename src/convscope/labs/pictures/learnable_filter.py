"""Drawings of the learnable-filter lab: photos, the kernel while it is learned, loss and error."""

from collections.abc import Sequence

import numpy as np

from convscope.labs.learnable_filter import (
    Array,
    LearnableFilter,
    Step,
    cropped,
    selected,
    windows_of,
)
from convscope.labs.pictures.marks import abreast, number_grid, signed_colour, stacked
from convscope.lang import label
from convscope.payload import Curves, Series
from convscope.render import payloads
from convscope.render.frame import without_margin
from convscope.render.marks import Drawing, Image, Mark, Text

PHOTO = 280  # about the longer side of a drawn photo
NAMES = ("photo", "filtered image", "output of the learned filter")


def drawing(lab: LearnableFilter, steps: Sequence[Step]) -> Drawing:
    """Draw photos, kernels and curves below each other."""
    return stacked([_photos(lab, steps[-1].kernel), _kernels(lab, steps), _curves(steps)])


def _kernels(lab: LearnableFilter, steps: Sequence[Step]) -> Drawing:
    cell = max(26.0, min(46.0, 160 / lab.size))
    width = lab.size * cell + 26
    largest = float(np.abs(lab.target_kernel).max())
    shown = [(f"step {step.step}", step.kernel) for step in selected(steps, 6)]
    shown.append(("the filter", lab.target_kernel))
    marks: list[Mark] = [Text(0, 18, "The kernel while it is learned", size=18, bold=True)]
    for order, (name, kernel) in enumerate(shown):
        left = order * width + (30 if order == len(shown) - 1 else 0)
        marks.append(Text(left, 50, name, size=15, colour="muted"))
        fills = {at: signed_colour(float(v), largest) for at, v in np.ndenumerate(kernel)}
        marks += number_grid(left, 60, np.round(kernel, 2) + 0.0, fills, cell=cell)
    return Drawing(len(shown) * width + 30, lab.size * cell + 76, tuple(marks))


def _curves(steps: Sequence[Step]) -> Drawing:
    x = tuple(float(step.step) for step in steps)
    lines = {
        "loss": tuple(step.loss for step in steps),
        "largest error of a weight": tuple(step.error for step in steps),
    }
    curves = Curves(
        title="Gradient descent",
        x_label="step",
        y_label="loss and error",
        y_scale="log",
        series=tuple(
            Series(name=name, x=x, y=tuple(v if v > 0 else None for v in y))
            for name, y in lines.items()
        ),
    )
    return without_margin(payloads.drawing(curves))


def _photos(lab: LearnableFilter, kernel: Array) -> Drawing:
    photo = cropped(lab.photo)
    windows = windows_of(photo, kernel.shape)
    size = tuple(side - lab.size + 1 for side in photo.shape)
    filtered = [(windows @ k.ravel()).reshape(size) for k in (lab.target_kernel, kernel)]
    signed = abs(float(lab.truth.sum())) < 1e-9
    scale = 255 / max(float(np.abs(filtered[0]).max()), 1e-9)
    layers = [photo * 255] + [np.abs(f) * scale if signed else f * 255 for f in filtered]
    parts = []
    for name, layer in zip(NAMES, layers, strict=True):
        grey = np.clip(layer, 0, 255).astype(np.uint8)
        zoom = max(1, PHOTO // max(grey.shape))
        height, width = (side * zoom for side in grey.shape)
        image = Image(0, 28, width, height, np.repeat(grey[..., None], 3, axis=2))
        words = Text(0, 16, label(name), size=15)
        parts.append(Drawing(max(width, words.width), height + 28, (words, image)))
    return abreast(parts)
