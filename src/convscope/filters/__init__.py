"""Classic filters on images: kernels, smoothing, edges, noise, and image quality.

Operations on images without learning belong here; learned kernels do not.
"""

from convscope.filters.apply import (
    FILTERS,
    SETTINGS,
    SUMMARIES,
    apply,
    convolve,
    correlate,
    list_filters,
    named,
)
from convscope.filters.base import Filter
from convscope.filters.border import MODES, Border, border
from convscope.filters.edges import Direction, LaplacianOfGaussian, Magnitude
from convscope.filters.engine import white
from convscope.filters.kernels import KERNELS, Kernel, parse_kernel
from convscope.filters.linear import Linear, linear
from convscope.filters.noise import gaussian_noise, salt_and_pepper
from convscope.filters.picture import VIEWS, eight_bits, picture
from convscope.filters.quality import psnr, ssim
from convscope.filters.smooth import Bilateral, Gaussian, Mean, Median

__all__ = [
    "FILTERS",
    "KERNELS",
    "MODES",
    "SETTINGS",
    "SUMMARIES",
    "VIEWS",
    "Bilateral",
    "Border",
    "Direction",
    "Filter",
    "Gaussian",
    "Kernel",
    "LaplacianOfGaussian",
    "Linear",
    "Magnitude",
    "Mean",
    "Median",
    "apply",
    "border",
    "convolve",
    "correlate",
    "eight_bits",
    "gaussian_noise",
    "linear",
    "list_filters",
    "named",
    "parse_kernel",
    "picture",
    "psnr",
    "salt_and_pepper",
    "ssim",
    "white",
]
