"""Apply a filter, by name or as an object, to an image of any shape and type.

Legend: H height, W width, C channels.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from convscope.errors import InputError, unknown_name
from convscope.filters.base import Filter
from convscope.filters.border import Border
from convscope.filters.border import border as find_border
from convscope.filters.edges import Direction, LaplacianOfGaussian, Magnitude
from convscope.filters.engine import Image, check_image
from convscope.filters.linear import linear
from convscope.filters.smooth import Bilateral, Gaussian, Mean, Median
from convscope.filters.transparency import Run, composited, smoothed
from convscope.io.values import as_array

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
"""Every named filter, with its default settings."""

SUMMARIES: dict[str, str] = {
    "mean": "mean of each window",
    "median": "median of each window: removes salt-and-pepper noise",
    "gaussian": "Gaussian smoothing with any sigma",
    "gaussian3": "1 2 1 / 2 4 2 / 1 2 1, over 16",
    "gaussian5": "5 x 5 Gaussian of whole numbers, over 273",
    "bilateral": "edge-preserving smoothing",
    "sharpen": "image minus its Laplacian",
    "emboss": "relief, lit from the upper left",
    "sobel": "gradient magnitude sqrt(Gx^2 + Gy^2)",
    "sobel_x": "vertical edges (d/dx)",
    "sobel_y": "horizontal edges (d/dy)",
    "sobel_direction": "gradient direction atan2(Gy, Gx), in radians",
    "scharr": "gradient magnitude, nearly isotropic",
    "scharr_x": "vertical edges (d/dx), nearly isotropic",
    "scharr_y": "horizontal edges (d/dy), nearly isotropic",
    "prewitt": "gradient magnitude, equal weights across",
    "prewitt_x": "vertical edges (d/dx), equal weights across",
    "prewitt_y": "horizontal edges (d/dy), equal weights across",
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
"""Settings of the filters that have any."""


def list_filters() -> list[str]:
    """Return the names of all filters."""
    return list(FILTERS)


def named(name: str, settings: Mapping[str, Any] | None = None) -> Filter:
    """Return a filter by name, with settings in place of the defaults.

    Raises:
        InputError: an unknown filter or setting, or a value out of range.
    """
    if name not in FILTERS:
        raise unknown_name("filter", name, FILTERS, see="convscope list filters")
    known = SETTINGS.get(name, ())
    for setting in settings or ():
        if setting not in known:
            takes = " and ".join(known) if known else f"{name} has no settings"
            other = [other for other, names in SETTINGS.items() if setting in names]
            raise InputError(
                f"{setting} for the filter {name}",
                expected=takes,
                fix=f"{setting} belongs to {', '.join(other)}" if other else "",
            )
    chosen: Any = FILTERS[name]
    changed: Filter = dataclasses.replace(chosen, **(settings or {}))
    return changed


def apply(image: Any, filter: Any, *, border: str = "reflect", value: float | None = None) -> Image:
    """Filter an image: (H, W[, C]) -> (H, W[, C]).

    Channels are filtered separately. With alpha (the last of 2 or 4 channels) smoothing filters
    take premultiplied colours, and alpha is filtered too; edge filters take the image on white,
    and the result is opaque. Colours below alpha 0 have no influence.
    See `engine` for the type of the result.

        apply("photo.jpg", "median")
        apply(image, Gaussian(sigma=2.5), border="wrap")
        apply(image, [[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
        apply(image, linear(kernel, operation="convolution"))

    Args:
        image: an array, a path, a PIL image, a tensor or nested lists.
        filter: a name, a filter, or a kernel (array or rows of numbers) to correlate with.
        border: see `border`.
        value: fill value of the border "constant", 0 by default.

    Raises:
        InputError: an image, filter or border that is not supported.
    """
    edge = find_border(border, value=value)
    chosen = _find(filter)
    image = as_array(image)
    image_HWC = check_image(image)
    if image_HWC.shape[2] not in (2, 4):
        result = chosen.run(image_HWC, edge)
    elif chosen.view() == "same":
        result = smoothed(image_HWC, _apart(chosen, edge), keeps_values=chosen.keeps_values)
    else:
        result = composited(image_HWC, lambda x_HWC: chosen.run(x_HWC, edge))
    return result.reshape(image.shape)


def _apart(chosen: Filter, edge: Border) -> Run:
    """Return a filter of colours and alpha that filters alpha alone if it joins channels."""

    def run(x_HWC: Image) -> Image:
        if not chosen.joins_channels or x_HWC.shape[2] not in (2, 4):
            return chosen.run(x_HWC, edge)
        parts = (np.ascontiguousarray(part) for part in (x_HWC[..., :-1], x_HWC[..., -1:]))
        return np.concatenate([chosen.run(part, edge) for part in parts], axis=2)

    return run


def _find(filter: Any) -> Filter:
    if isinstance(filter, Filter):
        return filter
    if isinstance(filter, type) and issubclass(filter, Filter):
        raise InputError(
            f"the class {filter.__name__}", expected="a filter", fix=f"{filter.__name__}(...)"
        )
    return named(filter) if isinstance(filter, str) else linear(filter)


def correlate(
    image: Any, kernel: object, *, border: str = "reflect", value: float | None = None
) -> Image:
    """Correlate an image with a kernel: (H, W[, C]) -> (H, W[, C]). See `engine.correlate`."""
    return apply(image, linear(kernel), border=border, value=value)


def convolve(
    image: Any, kernel: object, *, border: str = "reflect", value: float | None = None
) -> Image:
    """Convolve an image with a kernel (rotated by 180 degrees): (H, W[, C]) -> (H, W[, C])."""
    return apply(image, linear(kernel, operation="convolution"), border=border, value=value)
