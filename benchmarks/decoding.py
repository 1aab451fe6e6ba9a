"""From a JPEG to a training crop of 224 x 224: which decoder, and at which scale.

    python benchmarks/decoding.py [--json]

Needs simplejpeg, opencv-python-headless and scikit-image, whose photos are brought to several
sizes and saved at quality 90, 4:2:0. Every way sees the same boxes of RandomResizedCrop (or of
VGG's ShorterSide). Milliseconds of processor time on one thread, the best of some rounds taken
in turns; `away` is the mean difference in grey levels from the full image through Pillow.
Then the loader as a whole: images a second with 0, 1 and 2 workers, and their memory.
"""

import argparse
import io
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import simplejpeg
import torch
from PIL import Image
from skimage import data

from convscope.data import RandomResizedCrop, ShorterSide
from convscope.data.folder.dataset import open_folder
from convscope.data.loading.photos import PhotoLoader
from convscope.io.photos import Encoded, decode
from convscope.io.photos.decode import decode_crop
from convscope.machine.cpus import available_cpus

SIZE = (224, 224)
SHORTER = (256, 375, 600, 1200, 3000)
ROUNDS = 5
PHOTOS = ("astronaut", "coffee", "chelsea", "rocket", "immunohistochemistry")
Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def photos(shorter: int) -> list[Encoded]:
    made = []
    for name in PHOTOS:
        image = Image.fromarray(getattr(data, name)())
        scale = shorter / min(image.size)
        image = image.resize([round(side * scale) for side in image.size], Image.Resampling.LANCZOS)
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=90, subsampling="4:2:0")
        made.append(Encoded(stream.getvalue(), name))
    return made


def by_pillow(file: Encoded, box: tuple[float, ...]) -> Pixels:
    """Decode in full, resize the box: the reference."""
    with Image.open(io.BytesIO(file.data)) as picture:
        return np.asarray(
            picture.convert("RGB").resize(SIZE[::-1], Image.Resampling.BILINEAR, box=box)
        )


def by_simplejpeg(file: Encoded, box: tuple[float, ...]) -> Pixels:
    picture = Image.fromarray(simplejpeg.decode_jpeg(file.data))
    return np.asarray(picture.resize(SIZE[::-1], Image.Resampling.BILINEAR, box=box))


def by_opencv(file: Encoded, box: tuple[float, ...]) -> Pixels:
    """Decoded at a half, a quarter or an eighth too; AREA is its way without aliasing."""
    left, top, right, bottom = box
    flags = {
        1: cv2.IMREAD_COLOR_RGB,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }
    least = min((right - left) / SIZE[1], (bottom - top) / SIZE[0])
    scale = next((s for s in (8, 4, 2) if s <= least), 1)
    image = cv2.imdecode(np.frombuffer(file.data, np.uint8), flags[scale])
    if scale > 1:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    cut = image[
        round(top / scale) : max(round(top / scale) + 1, round(bottom / scale)),
        round(left / scale) : max(round(left / scale) + 1, round(right / scale)),
    ]
    shrinks = min(cut.shape[:2]) > SIZE[0]
    return cv2.resize(
        cut, SIZE[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )


def measure(shorter: int, frame: RandomResizedCrop | ShorterSide) -> dict[str, Any]:
    files = photos(shorter)
    random_NK = frame.draw(len(files), torch.Generator().manual_seed(0))
    sizes = [Image.open(io.BytesIO(file.data)).size[::-1] for file in files]
    boxes_N4 = frame.boxes(np.array(sizes, float), random_NK, size=SIZE)
    boxes = [
        (left, top, min(left + wide, width), min(top + tall, height))
        for (top, left, tall, wide), (height, width) in zip(boxes_N4.tolist(), sizes, strict=True)
    ]
    fast = decode._simplejpeg

    def ours(number: int) -> Pixels:
        return decode_crop(
            files[number], crop=frame, random_K=random_NK[number], size=SIZE, channels=3
        )

    def without(number: int) -> Pixels:
        decode._simplejpeg = lambda: None
        try:
            return ours(number)
        finally:
            decode._simplejpeg = fast

    ways: dict[str, Callable[[int], Pixels]] = {
        "Pillow": lambda n: by_pillow(files[n], boxes[n]),
        "Pillow, scaled": without,
        "simplejpeg": lambda n: by_simplejpeg(files[n], boxes[n]),
        "simplejpeg, scaled": ours,
        "OpenCV, scaled": lambda n: by_opencv(files[n], boxes[n]),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            begun = time.thread_time()
            for number in range(len(files)):
                way(number)
            best[name] = min(best[name], (time.thread_time() - begun) / len(files) * 1e3)
    exact = [ways["Pillow"](n).astype(int) for n in range(len(files))]
    away = {
        name: float(np.mean([abs(way(n) - exact[n]).mean() for n in range(len(files))]))
        for name, way in ways.items()
    }
    return {"frame": frame.type, "shorter_side": shorter, "ms": best, "away": away}


def loader(workers: int, folder: Path) -> dict[str, Any]:
    split = open_folder(folder).photos("train")
    made = PhotoLoader(
        split,
        size=SIZE,
        channels=3,
        crop=RandomResizedCrop(),
        batch_size=64,
        seed=0,
        workers=workers,
    )
    made.batch(0, 0)  # the start of the workers
    begun, used, steps = time.perf_counter(), time.process_time(), 8
    for step in range(1, steps + 1):
        made.batch(*divmod(step, made.steps_per_epoch))
    wall, own = time.perf_counter() - begun, time.process_time() - used
    memory = [resident(pid) / 2**20 for pid in made.workers]
    made.close()
    return {
        "workers": workers,
        "images_per_s": 64 * steps / wall,
        "own_ms_per_image": own / (64 * steps) * 1e3,
        "worker_mb": max(memory, default=0.0),
    }


def resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    rows = [
        measure(shorter, frame)
        for frame in (RandomResizedCrop(), ShorterSide(low=256, high=480))
        for shorter in SHORTER
    ]
    with tempfile.TemporaryDirectory() as place:
        for number, file in enumerate(photos(375) * 32):
            path = Path(place) / "train" / "ab"[number % 2] / f"{number:03}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
        loaded = [loader(workers, Path(place)) for workers in (0, 1, 2)]
    if as_json:
        print(json.dumps({"decoding": rows, "loader": loaded}))
        return
    print(f"{decode.decoder()}, Pillow {Image.__version__}, OpenCV {cv2.__version__}")
    names = list(rows[0]["ms"])
    print("ms an image; in brackets the mean difference from Pillow in full, in grey levels")
    print(f"{'frame':<19}{'side':>6}" + "".join(f"{name:>20}" for name in names))
    for row in rows:
        cells = "".join(f"{row['ms'][name]:>13.2f} ({row['away'][name]:.2f})" for name in names)
        print(f"{row['frame']:<19}{row['shorter_side']:>6}{cells}")
    about = f"{available_cpus()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"\nthe loader, photos of shorter side 375, {about}")
    for row in loaded:
        print(
            f"{row['workers']} workers: {row['images_per_s']:.0f} images/s, "
            f"{row['own_ms_per_image']:.2f} ms an image of the training process, "
            f"{row['worker_mb']:.0f} MB a worker"
        )


if __name__ == "__main__":
    main()
