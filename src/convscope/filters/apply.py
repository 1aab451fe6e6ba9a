"""One way in: a filter, by name or as it is, on an image of any shape and type.

Legend: H height, W width, C channels.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from convscope.errors import InputError, unknown_name
from convscope.filters import engine
from convscope.filters.base import Filter
from convscope.filters.border import border as find_border
from convscope.filters.edges import Direction, LaplacianOfGaussian, Magnitude
from convscope.filters.engine import Image, check_image
from convscope.filters.linear import linear
from convscope.filters.smooth import Bilateral, Gaussian, Mean, Median

FILTERS: dict[str, Filter] = {
    "mean": Mean(),
    "median": Median(),
    "gaussian": Gaussian(),
    "gaussian3": linear("gaussian3"),
    "gaussian5": linear("gaussian5"),
    "bilateral": Bilateral(),
    "sharpen": linear("sharpen"),
    "emboss": linear("emboss"),
    "sobel": Magnitude("sobel"),
    "sobel_x": linear("sobel_x"),
    "sobel_y": linear("sobel_y"),
    "sobel_direction": Direction("sobel"),
    "scharr": Magnitude("scharr"),
    "scharr_x": linear("scharr_x"),
    "scharr_y": linear("scharr_y"),
    "prewitt": Magnitude("prewitt"),
    "prewitt_x": linear("prewitt_x"),
    "prewitt_y": linear("prewitt_y"),
    "laplacian4": linear("laplacian4"),
    "laplacian8": linear("laplacian8"),
    "log": LaplacianOfGaussian(),
}
"""Every filter with a name, as it is when nothing is said."""

SUMMARIES: dict[str, str] = {
    "mean": "the average of each window",
    "median": "the middle value of each window: removes salt and pepper",
    "gaussian": "smooth with a Gaussian of any sigma",
    "gaussian3": "1 2 1 / 2 4 2 / 1 2 1, over 16",
    "gaussian5": "the whole-number Gaussian of 5 x 5, over 273",
    "bilateral": "smooth, and keep the edges",
    "sharpen": "the image minus its Laplacian",
    "emboss": "light from the upper left",
    "sobel": "how steep: sqrt(Gx^2 + Gy^2)",
    "sobel_x": "upright edges",
    "sobel_y": "level edges",
    "sobel_direction": "which way it gets brighter, in radians",
    "scharr": "how steep, the same in every direction",
    "scharr_x": "upright edges, the same in every direction",
    "scharr_y": "level edges, the same in every direction",
    "prewitt": "how steep, without Sobel's heavier middle",
    "prewitt_x": "upright edges, without Sobel's heavier middle",
    "prewitt_y": "level edges, without Sobel's heavier middle",
    "laplacian4": "second differences of 4 neighbours",
    "laplacian8": "second differences of 8 neighbours",
    "log": "Laplacian of Gaussian: blobs and edges of one size",
}

SETTINGS = {
    "mean": ("size",),
    "median": ("size",),
    "gaussian": ("sigma", "size"),
    "bilateral": ("size", "sigma", "sigma_value"),
    "log": ("sigma",),
}
"""What can be set, of the filters that have something to set."""


def list_filters() -> list[str]:
    """The names of all filters."""
    return list(FILTERS)


def named(name: str, settings: Mapping[str, Any] | None = None) -> Filter:
    """A filter by name, with other settings than its usual ones.

    Raises:
        InputError: no such filter, a setting that it does not have, or a value that does not fit.
    """
    if name not in FILTERS:
        raise unknown_name("filter", name, FILTERS, see="convscope list filters")
    known = SETTINGS.get(name, ())
    for setting in settings or ():
        if setting not in known:
            takes = f"{name} takes {' and '.join(known)}" if known else f"{name} is always the same"
            other = [other for other, names in SETTINGS.items() if setting in names]
            raise InputError(
                f"{name} has no {setting}",
                expected=takes,
                fix=f"{setting} belongs to {', '.join(other)}" if other else "",
            )
    chosen: Any = FILTERS[name]
    found: Filter = dataclasses.replace(chosen, **(settings or {}))
    return found


def apply(
    image: Image, filter: Filter | str, *, border: str = "reflect", value: float = 0.0
) -> Image:
    """Filter an image. (H, W[, C]) -> (H, W[, C]).

    Each channel is filtered alone; alpha (the last of 2 or 4 channels) comes out as it went in.
    See `engine` for the type of the result.

        apply(image, "median")
        apply(image, Gaussian(sigma=2.5), border="wrap")
        apply(image, linear([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], operation="convolution"))

    Args:
        border: see `border`.
        value: what the border "constant" fills in.

    Raises:
        InputError: an image, filter or border that does not fit.
    """
    edge = find_border(border, value=value)
    chosen = named(filter) if isinstance(filter, str) else filter
    image_HWC = check_image(image)
    channels = image_HWC.shape[2]
    if channels not in (2, 4):
        result = chosen.run(image_HWC, edge)
    elif chosen.joins_channels:
        colours = chosen.run(np.ascontiguousarray(image_HWC[..., :-1]), edge)
        result = np.empty(image_HWC.shape, colours.dtype)
        result[..., :-1] = colours
        result[..., -1] = image_HWC[..., -1]
    else:
        result = chosen.run(image_HWC, edge)
        result[..., -1] = image_HWC[..., -1]
    return result.reshape(image.shape)


def correlate(
    image: Image, kernel: object, *, border: str = "reflect", value: float = 0.0
) -> Image:
    """Lay a kernel on an image as it stands. (H, W[, C]) -> (H, W[, C]). See `engine.correlate`."""
    return apply(image, linear(kernel), border=border, value=value)


def convolve(image: Image, kernel: object, *, border: str = "reflect", value: float = 0.0) -> Image:
    """Turn a kernel by 180 degrees, then lay it on. (H, W[, C]) -> (H, W[, C])."""
    return apply(image, linear(kernel, operation="convolution"), border=border, value=value)


def white(image: Image) -> float:
    """The value of a white pixel: 255, 65535, or 1.0 for floats."""
    return engine.white(image)
