"""Random crops of batches in memory. Photos in files are cropped while they are decoded."""

import numpy as np
import torch
from torch import Tensor

from convscope.io.photos.crops import AnyCrop, Size
from convscope.layers.torch.preprocess import resize_weights


def crop_batch(
    crop: AnyCrop, images_NCHW: Tensor, generator: torch.Generator, size: Size | None = None
) -> Tensor:
    """Crop and resize a batch, each image by its own box. (N, C, H, W) -> (N, C, h, w), float.

    Bilinear, antialiased, as the layer Resize.

    Args:
        size: (h, w); default: (H, W).
    """
    num, _, height, width = images_NCHW.shape
    size = size or (height, width)
    sizes_N2 = np.tile(np.array([height, width], np.float64), (num, 1))
    boxes_N4 = crop.boxes(sizes_N2, crop.draw(num, generator), size=size)
    top_N, left_N, tall_N, wide_N = torch.from_numpy(boxes_N4).T
    rows_NhH = resize_weights(top_N, tall_N, height, size[0], "bilinear")
    columns_NwW = resize_weights(left_N, wide_N, width, size[1], "bilinear")
    down = rows_NhH.to(images_NCHW.device, torch.float32)[:, None]
    across = columns_NwW.to(images_NCHW.device, torch.float32)[:, None]
    return down @ images_NCHW.float() @ across.transpose(2, 3)
