"""Write the measured numbers of the course: src/convscope/lessons/quantities/measured.json.

python tools/lesson_measurements.py          write the file: about 20 seconds
python tools/lesson_measurements.py --check  exit with 1 if the file differs

Filters need OpenCV, and the lab `pooling` trains a small network on MNIST.
"""

import json
from pathlib import Path

from generated import keep

from convscope import filters
from convscope.io.images import read_image
from convscope.labs.pooling import Pooling

ROOT = Path(__file__).parents[1]
PATH = ROOT / "src" / "convscope" / "lessons" / "quantities" / "measured.json"
PHOTO = ROOT / "src" / "convscope" / "samples" / "files" / "photo.jpg"
AMOUNT = 0.05


def noise() -> dict[str, float]:
    """Return PSNR in decibels of the sample photo with salt and pepper, and after each filter."""
    photo = read_image(PHOTO)
    noisy = filters.salt_and_pepper(photo, AMOUNT, seed=0)
    shown = {"psnr": noisy} | {
        name: filters.apply(noisy, name) for name in ("mean", "gaussian", "median")
    }
    values = {name: filters.psnr(image, photo) for name, image in shown.items()}
    return {"noise.amount": AMOUNT} | {f"noise.{name}": value for name, value in values.items()}


def pooling() -> dict[str, float]:
    """Return the change of activations by a shift of 1 pixel, before and after each max pooling."""
    changes = {change.path: change for change in Pooling().small("max").changes}
    amounts = {f"pooling.{path}.amount": change.amount for path, change in changes.items()}
    return amounts | {f"pooling.{path}.share": changes[path].share for path in ("relu1", "pool1")}


if __name__ == "__main__":
    values = {name: round(value, 4) for name, value in (noise() | pooling()).items()}
    keep({PATH: json.dumps(values, indent=1) + "\n"})
