"""Classic filters: remove noise from a photo, and measure which filter does it best."""

from pathlib import Path

import numpy as np

import convscope
from convscope import filters
from convscope.io.image_writing import write_image
from convscope.io.images import read_image

path = convscope.sample("photo", overwrite=True)
photo = read_image(path)
noisy = filters.salt_and_pepper(photo, 0.05, seed=0)
print(f"{path}: {photo.shape}, with 5 % salt and pepper {filters.psnr(noisy, photo):.1f} dB")

for name in ("mean", "gaussian", "median"):
    cleaned = filters.apply(noisy, name)
    print(
        f"{name:<10}{filters.psnr(cleaned, photo):6.1f} dB  SSIM {filters.ssim(cleaned, photo):.3f}"
    )

edges = filters.apply(photo, "sobel")  # signed, with a larger range than a photo
write_image(Path("edges.png"), np.abs(edges).clip(0, 255).astype(np.uint8), overwrite=True)
print("edges.png:", edges.shape)
