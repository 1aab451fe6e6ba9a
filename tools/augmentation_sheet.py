"""The picture of docs/reference/augmentation.md: what each augmentation makes of one photo.

    python tools/augmentation_sheet.py [docs/pictures/augmentation.png]

Needs scikit-image, whose "astronaut" (NASA, public domain) and "coffee" (CC0) it takes.
"""

import io
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage import data

from convscope.data import (
    Affine,
    BatchShift,
    ColourJitter,
    Cutout,
    HorizontalFlip,
    PadAndCrop,
    PcaLighting,
    RandomErasing,
    Rotation,
    Shift,
)
from convscope.data.augment import AnyAugment
from convscope.data.augment.crop import crop_batch
from convscope.data.augment.mix import CutMix, Mixup
from convscope.io.photos.crops import RandomResizedCrop
from convscope.render.contact_sheet import Row, contact_sheet
from convscope.render.png import png

SIDE, COLUMNS = 96, 5
COLOURS = 192  # of the palette: a third of the bytes
ROWS: tuple[tuple[str, AnyAugment], ...] = (
    ("HorizontalFlip", HorizontalFlip()),
    ("Shift(pixels=10)", Shift(pixels=10)),
    ("BatchShift(pixels=10)", BatchShift(pixels=10)),
    ('PadAndCrop(10, "reflect")', PadAndCrop(pixels=10, border="reflect")),
    ("Affine", Affine(shift_pixels=4.0)),
    ("Rotation(degrees=30)", Rotation(degrees=30.0)),
    ("Cutout(pixels=28)", Cutout(pixels=28)),
    ("RandomErasing", RandomErasing(probability=0.8)),
    ("ColourJitter", ColourJitter()),
    ("ColourJitter(hue=0.5)", ColourJitter(brightness=0.0, contrast=0.0, saturation=0.0, hue=0.5)),
    ("PcaLighting", PcaLighting()),
)


def photo(pixels: np.ndarray, side: int) -> torch.Tensor:
    """(3, side, side), the middle square."""
    image = Image.fromarray(pixels)
    short = min(image.size)
    left, top = (image.width - short) // 2, (image.height - short) // 2
    square = image.crop((left, top, left + short, top + short))
    small = square.resize((side, side), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(small)).permute(2, 0, 1)


def rows() -> list[tuple[str, torch.Tensor]]:
    def generator() -> torch.Generator:
        return torch.Generator().manual_seed(7)

    astronaut, coffee = data.astronaut(), data.coffee()
    same = photo(astronaut, SIDE).expand(COLUMNS, -1, -1, -1).contiguous()
    found: list[tuple[str, torch.Tensor]] = [("original", same)]
    larger = photo(astronaut, 256).expand(COLUMNS, -1, -1, -1)
    frame = RandomResizedCrop()
    cropped = crop_batch(frame, larger, generator(), size=(SIDE, SIDE))
    found.append(("RandomResizedCrop", cropped))
    found += [(name, augment.apply(same, generator())) for name, augment in ROWS]
    both = same.clone()
    both[::2] = photo(coffee, SIDE)
    labels = torch.arange(COLUMNS)
    for name, mix in (("Mixup(alpha=1)", Mixup(alpha=1.0)), ("CutMix", CutMix())):
        found.append((f"{name} (mix)", mix.apply(both, labels, generator())[0]))
    return found


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/augmentation.png")
    sheet = contact_sheet(
        [
            Row(name, "", (tuple(images.round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()),))
            for name, images in rows()
        ],
        title="Augmentations of one photo",
    )
    with Image.open(io.BytesIO(png(sheet))) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
