"""Frames on batches of images in memory. Photos in files are framed while they are decoded."""

import numpy as np
import torch
from torch import Tensor

from convscope.io.photos.frames import AnyFrame, Size
from convscope.layers.torch.preprocess import resize_weights


def framed(
    frame: AnyFrame, images_NCHW: Tensor, generator: torch.Generator, size: Size | None = None
) -> Tensor:
    """Return images of one size, each resampled from a box of its own, as float32.

    (N, C, H, W) -> (N, C, h, w). Bilinear and without aliasing, as the layer Resize.

    Args:
        size: (h, w); by default the images' own.
    """
    num, _, height, width = images_NCHW.shape
    size = size or (height, width)
    sizes_N2 = np.tile(np.array([height, width], np.float64), (num, 1))
    boxes_4N = torch.from_numpy(frame.boxes(sizes_N2, size=size, generator=generator)).T
    top_N, left_N, tall_N, wide_N = boxes_4N
    rows_NhH = resize_weights(top_N, tall_N, height, size[0], "bilinear")
    columns_NwW = resize_weights(left_N, wide_N, width, size[1], "bilinear")
    down = rows_NhH.to(images_NCHW.device, torch.float32)[:, None]
    across = columns_NwW.to(images_NCHW.device, torch.float32)[:, None]
    return down @ images_NCHW.float() @ across.transpose(2, 3)
