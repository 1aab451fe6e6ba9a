"""Accuracy of EfficientNet-Lite0 in bfloat16 and 8-bit integers, on crops of photos.

    python benchmarks/int8.py [--json]

The network has its weights for ImageNet. int8 is calibrated with the 46 photos of the training
split of the package's sample photos, whole and cropped. Agreement is the share of crops with the
same most probable class as in float32: of the 28 photos of the other splits and of the photos of
scikit-image, each whole and in eight crops of 60 to 80 % of its sides. Crops of one photo are not
independent, so that the interval (Wilson, 95 %) is given by crop and by photo: a photo counts as
agreeing with its share of crops. Takes about a minute.
"""

import argparse
import io
import json
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from skimage import data as skimage_data

import convscope
from convscope.engine.base import Engine
from convscope.engine.graph import graph_of
from convscope.engine.int8 import quantised
from convscope.engine.onnx_runtime import OnnxRuntime
from convscope.engine.openvino import OpenVino, half_precision
from convscope.samples.photos import photo_bytes

OTHERS = ("astronaut", "chelsea", "coffee", "rocket", "motorcycle_left")
PLACES = (
    (0.8, 0.0, 0.0), (0.8, 1.0, 0.0), (0.8, 0.0, 1.0), (0.8, 1.0, 1.0),
    (0.8, 0.5, 0.5), (0.6, 0.5, 0.5), (0.7, 0.25, 0.5), (0.7, 0.75, 0.5),
)  # fmt: skip
"""Side by the photo's, and the place of the left and the upper edge in the rest."""
TARGET = 0.98
BATCH = 16


def crops(photo: Image.Image, places: Sequence[tuple[float, float, float]]) -> list[Image.Image]:
    """The whole photo, and parts of it."""
    width, height = photo.size
    parts = [photo]
    for side, x, y in places:
        w, h = round(side * width), round(side * height)
        left, top = round(x * (width - w)), round(y * (height - h))
        parts.append(photo.crop((left, top, left + w, top + h)))
    return parts


def photos(split: str) -> dict[str, Image.Image]:
    return {
        sample.file: Image.open(io.BytesIO(encoded)).convert("RGB")
        for sample, encoded in photo_bytes().items()
        if sample.file.startswith(split)
    }


def others() -> dict[str, Image.Image]:
    """Colour photos that scikit-image carries, without a download."""
    folder = skimage_data.data_dir
    loaded = {}
    for name in OTHERS:
        for ending in ("png", "jpg"):
            try:
                loaded[name] = Image.open(f"{folder}/{name}.{ending}").convert("RGB")
            except FileNotFoundError:
                continue
    return loaded


def inputs(model: Any, pictures: Sequence[Image.Image]) -> torch.Tensor:
    with torch.no_grad():
        parts = [model.preprocessing(model.prepare(np.asarray(each))) for each in pictures]
    return torch.cat(parts)


def logits(engine: Engine, images_NCHW: torch.Tensor) -> NDArray[Any]:
    return torch.cat([engine(part.clone())[0] for part in images_NCHW.split(BATCH)]).numpy()


def wilson(share: float, count: int) -> tuple[float, float]:
    """The interval of a share, 95 %."""
    z = 1.96
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(
        share * (1 - share) / count + z * z / (4 * count * count)
    )  # fmt: skip
    return centre - half, min(1.0, centre + half)


def engines(model: Any, calibration_NCHW: torch.Tensor) -> Iterator[tuple[str, Engine, float]]:
    """Engines with the seconds to build them."""
    begin = time.perf_counter()
    half = half_precision()
    if half is not None:
        engine = OpenVino(graph_of(model.network), precision=half)
        yield f"OpenVINO, {half}", engine, time.perf_counter() - begin
    begin = time.perf_counter()
    graph = quantised(model.network, calibration_NCHW.split(BATCH), note=print)
    seconds = time.perf_counter() - begin
    yield "OpenVINO, int8", OpenVino(graph), seconds
    yield "ONNX Runtime, int8", OnnxRuntime(graph), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    model = convscope.open("efficientnet_lite0@imagenet")
    tested = photos("val") | photos("test") | others()
    pictures = [part for photo in tested.values() for part in crops(photo, PLACES)]
    tested_NCHW = inputs(model, pictures)
    calibration = [part for photo in photos("train").values() for part in crops(photo, PLACES[5:6])]
    calibration_NCHW = inputs(model, calibration)
    with torch.no_grad():
        expected_NK = torch.cat([model.network(p) for p in tested_NCHW.split(BATCH)]).numpy()
    rows = []
    for name, engine, seconds in engines(model, calibration_NCHW):
        output_NK = logits(engine, tested_NCHW)
        same_N = output_NK.argmax(1) == expected_NK.argmax(1)
        share, count = float(same_N.mean()), len(same_N)
        error = np.sqrt(((output_NK - expected_NK) ** 2).mean() / (expected_NK**2).mean())
        rows.append(
            {
                "engine": name,
                "crops": count,
                "agreeing": int(same_N.sum()),
                "agreement": share,
                "interval by crop": wilson(share, count),
                "interval by photo": wilson(share, len(tested)),
                "relative error of logits": float(error),
                "seconds to build": seconds,
            }
        )
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{len(calibration)} calibration images of {len(photos('train'))} other photos")
    for row in rows:
        low, high = row["interval by crop"]
        print(
            f"{row['engine']:<19} {row['agreeing']} of {row['crops']} crops of {len(tested)} "
            f"photos: {row['agreement']:.1%} ({low:.1%} to {high:.1%}; by photo "
            f"{row['interval by photo'][0]:.1%} to {row['interval by photo'][1]:.1%}); logits "
            f"{row['relative error of logits']:.3f}; built in {row['seconds to build']:.0f} s"
        )
    print(f"target: {TARGET:.0%} in int8")


if __name__ == "__main__":
    main()
