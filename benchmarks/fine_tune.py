"""What fine-tuning reaches with a few photos, and what each part of the recipe is worth.

The photos are crops of the eight colour photos that come with scikit-image (a development
dependency), one class a photo: 5 for training, 5 for validation and 8 for the test a class. The
crops of each split are from a strip of the photo of its own, so that no pixel is in two splits.

    python benchmarks/fine_tune.py                 # the recipe, 3 seeds
    python benchmarks/fine_tune.py --parts         # and with one part after the other changed
    python benchmarks/fine_tune.py --photos DIR    # only write the photos
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

MODEL = "efficientnet_lite0@imagenet"
PHOTOS = (
    "astronaut",
    "chelsea",
    "coffee",
    "rocket",
    "stereo_motorcycle",
    "retina",
    "immunohistochemistry",
    "hubble_deep_field",
)
STRIPS = {"train": (0.0, 0.5, 5), "val": (0.5, 0.75, 5), "test": (0.75, 1.0, 8)}
HEIGHT = 400
PARTS: dict[str, list[str]] = {
    "nothing frozen first": ["fine_tune.frozen_epochs=0"],
    "the classifier alone": ["fine_tune.frozen_epochs=1000"],
    "one learning rate for all": ["fine_tune.lr_decay=1"],
    "normalisations measured": ["fine_tune.norms=measured"],
}


def write_photos(folder):
    from skimage import data

    rng = np.random.default_rng(1)
    for name in PHOTOS:
        found = getattr(data, name)()
        whole = Image.fromarray(found[0] if isinstance(found, tuple) else found)
        whole = whole.resize((round(whole.width * HEIGHT / whole.height), HEIGHT))
        for split, (begin, end, count) in STRIPS.items():
            place = folder / split / name
            place.mkdir(parents=True, exist_ok=True)
            low, high = int(begin * whole.width), int(end * whole.width)
            for number in range(count):
                side = int(rng.integers(48, 80))
                left = int(rng.integers(low, high - side + 1))
                top = int(rng.integers(0, HEIGHT - side + 1))
                crop = whole.crop((left, top, left + side, top + side))
                crop.save(place / f"{number:03d}.jpg", quality=85)


def measure(photos, settings):
    """Validation and test accuracy, and seconds of processor time of this process."""
    import convscope
    from convscope import starting
    from convscope.training.start import start

    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        planned = starting.plan(MODEL, str(photos), settings=settings)
        events = start(
            planned.architecture,
            planned.data,
            planned.recipe,
            Path(folder) / "run",
            pretrained=planned.pretrained,
        )
        last = list(events)[-1]
        test = convscope.open(events.folder).evaluate(planned.data, split="test")
    return last.validation_accuracy, test.accuracy, time.process_time() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--parts", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    if options.photos:
        write_photos(options.photos)
        return
    import torch

    torch.set_num_threads(1)
    variants = {"the recipe": [], **(PARTS if options.parts else {})}
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        write_photos(photos)
        print(f"{'':26} seed  validation    test   processor s")
        for name, settings in variants.items():
            for seed in range(options.seeds):
                val, test, cpu_s = measure(photos, [*settings, f"seed={seed}"])
                print(f"{name:26} {seed:4}  {val:10.1%}  {test:6.1%}  {cpu_s:12.0f}", flush=True)


if __name__ == "__main__":
    main()
