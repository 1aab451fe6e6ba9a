"""Resampling of images of bytes on the CPU, by loops that read only the pixels they need.

The results are those of the matrix products in `preprocess`, several times sooner. Bytes have no
gradients, so that none is computed here. The modules themselves stay as they are, since exported
files contain them.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.layers.torch.preprocess import Resize
from convscope.shapes import resized

MOST_NUMBERS = 1 << 25
"""Larger images are left to the matrices: these loops hold them in float64."""


def quicken(preprocessing: nn.Module) -> nn.Module:
    """Let each resize of a preprocessing compute images of bytes here; return it."""
    for module in preprocessing.modules():
        if isinstance(module, Resize):
            module.register_forward_pre_hook(_before)
    return preprocessing


def _before(module: Any, inputs: tuple[Tensor]) -> Tensor | None:
    """Return the image in its final size, which the module leaves as it is; None for others."""
    (x_NCHW,) = inputs
    after = resized(x_NCHW.shape[2], x_NCHW.shape[3], module.size)
    if tuple(x_NCHW.shape[2:]) == after or not _can_resize(x_NCHW, after):
        return None
    resize = _resize_real if module.rounding == "none" else _resize_rounded
    return resize(x_NCHW, after, module.interpolation)


def _can_resize(x_NCHW: Tensor, after: tuple[int, int]) -> bool:
    """Return whether these are bytes in the memory of this machine, outside a tracer."""
    is_plain = x_NCHW.__class__ is Tensor and not torch.compiler.is_compiling()
    is_usual = x_NCHW.numel() <= MOST_NUMBERS and after[1] > 1
    return is_plain and is_usual and x_NCHW.dtype == torch.uint8 and x_NCHW.device.type == "cpu"


def _resize_real(x_NCHW: Tensor, after: tuple[int, int], interpolation: str) -> Tensor:
    """Return the resize in real numbers, computed in float64: float32.

    Not for outputs of one column: torch 2.13 gives each row of those the same number.
    """
    y_NCHW = F.interpolate(
        x_NCHW.double(), after, mode=interpolation, align_corners=False, antialias=True
    )
    return y_NCHW.float()


def _resize_rounded(x_NCHW: Tensor, after: tuple[int, int], interpolation: str) -> Tensor:
    """Return the resize by Pillow itself, along the width first: whole numbers, float32."""
    from PIL import Image

    method = Image.Resampling[interpolation.upper()]
    height, width = after

    def by_pillow(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        picture = Image.fromarray(pixels)
        narrow = picture.resize((width, picture.height), method)
        return np.array(narrow.resize((width, height), method))

    images = []
    for x_CHW in x_NCHW:
        if len(x_CHW) == 3:
            y_HWC = torch.from_numpy(by_pillow(x_CHW.permute(1, 2, 0).contiguous().numpy()))
            images.append(y_HWC.permute(2, 0, 1))
        else:
            maps = [torch.from_numpy(by_pillow(x_HW.contiguous().numpy())) for x_HW in x_CHW]
            images.append(torch.stack(maps))
    return torch.stack(images).float()
