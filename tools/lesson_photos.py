"""Photos of the figures `classify` and `top5`, and SqueezeNet's answers to them.

Eleven photos are those of `convscope sample`, three are of scikit-image; all are in the public
domain. The label of each is a class of ImageNet that a person would name; two photos have none.
"""

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

from convscope.samples import photos
from convscope.weights.labels import imagenet_labels

LONGER_SIDE, QUALITY, TOP = 360, 85, 10

SAMPLES = {
    "clownfish": "clownfish",
    "pufferfish": "pufferfish",
    "goldfish": "goldfish",
    "tower_of_pisa": "bell tower",
    "old_hammer": "hammer",
    "sledgehammer": "hammer",
    "claw_hammer": "hammer",
    "phillips_screwdriver": "screwdriver",
    "kinderdijk": None,
    "multimeter": None,
}
"""Photos of the package with their labels; ImageNet has no windmill and no multimeter."""

OTHERS = {
    "cat": ("chelsea.png", "tabby cat"),
    "coffee": ("coffee.png", "espresso"),
    "rocket": ("rocket.jpg", "missile"),
}
"""Photos of scikit-image: their files and labels."""


def write_photos(model: Any, folder: Path) -> None:
    """Write `samples/NAME.jpg`, name them in `model.json`, and write `answers.json`."""
    labels = imagenet_labels("en")
    (folder / "samples").mkdir()
    answers = []
    for name, (image, label) in _all().items():
        image.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
        path = folder / "samples" / f"{name}.jpg"
        image.save(path, quality=QUALITY, optimize=True)
        (prediction,) = model.predict([path], topk=TOP)
        top = [[labels.index(each.label), round(each.probability, 5)] for each in prediction.top]
        number = None if label is None else labels.index(label)
        answers.append({"photo": name, "label": number, "top": top})
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    manifest["samples"] = [
        {"file": f"samples/{answer['photo']}.jpg", "label": answer["photo"]} for answer in answers
    ]
    text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":"))
    (folder / "model.json").write_text(text, encoding="utf-8")


def _all() -> dict[str, tuple[Image.Image, str | None]]:
    """Return the photos with their labels, by name."""
    import skimage

    data = Path(skimage.__file__).parent / "data"
    files = {photo.name.removesuffix(".jpg"): raw for photo, raw in photos.photo_bytes().items()}
    images = {"red_panda": (Image.open(photos.PHOTO).convert("RGB"), "red panda")}
    images |= {
        name: (Image.open(data / file).convert("RGB"), label)
        for name, (file, label) in OTHERS.items()
    }
    return images | {
        name: (Image.open(io.BytesIO(files[name])).convert("RGB"), label)
        for name, label in SAMPLES.items()
    }
