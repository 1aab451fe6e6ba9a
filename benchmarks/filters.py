"""Filters on a 12-megapixel photo: time against OpenCV and scikit-image, memory against the image.

    python benchmarks/filters.py [--json]

Needs opencv-python-headless and scikit-image. The photo is scikit-image's "astronaut", tiled.
Budgets: at most 1.1 x OpenCV where OpenCV has the filter, at least 5 x as fast as scikit-image,
and beyond the photo itself at most 3 x its memory, the result included.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import scipy.ndimage as ndimage
from skimage import data
from skimage import filters as skimage_filters

from convscope import filters

ROUNDS = 40
SLOWER_THAN_OPENCV, FASTER_THAN_SCIKIT, MEMORY = 1.10, 5.0, 3.0

Run = Callable[[np.ndarray], Any]


class Row(NamedTuple):
    """A filter, and how the others do the same."""

    name: str
    ours: filters.Filter
    opencv: Run | None
    scikit: Run | None
    rounds: int = ROUNDS


def photo() -> np.ndarray:
    """3000 x 4000 x 3, uint8."""
    tile = data.astronaut()
    return np.ascontiguousarray(np.tile(tile, (6, 8, 1))[:3000, :4000])


def by_channel(run: Run) -> Run:
    """scikit-image's and SciPy's 2-D filters on colour."""
    return lambda x: np.stack([run(x[..., c]) for c in range(3)], axis=2)


def magnitude(x: np.ndarray) -> np.ndarray:
    gx, gy = cv2.Sobel(x, cv2.CV_32F, 1, 0), cv2.Sobel(x, cv2.CV_32F, 0, 1)
    return cv2.magnitude(gx, gy)


def kernel_of(name: str, depth: int = -1) -> Run:
    matrix = filters.KERNELS[name].matrix
    return lambda x: cv2.filter2D(x, depth, matrix)


def rows() -> list[Row]:
    named = filters.FILTERS
    sigma_2 = 2 * int(4 * 2.0 + 0.5) + 1
    skimage = skimage_filters
    square = np.ones((3, 3))
    return [
        Row("mean 3", named["mean"], lambda x: cv2.blur(x, (3, 3)),
            by_channel(lambda x: skimage.rank.mean(x, square.astype(np.uint8)))),
        Row("mean 15", filters.Mean(15), lambda x: cv2.blur(x, (15, 15)), None),
        Row("median 3", named["median"], lambda x: cv2.medianBlur(x, 3),
            by_channel(lambda x: skimage.median(x, square))),
        Row("median 5", filters.Median(5), lambda x: cv2.medianBlur(x, 5), None),
        Row("median 9", filters.Median(9), lambda x: cv2.medianBlur(x, 9), None, 4),
        Row("gaussian3", named["gaussian3"], lambda x: cv2.GaussianBlur(x, (3, 3), 0), None),
        Row("gaussian5", named["gaussian5"], kernel_of("gaussian5"), None),
        Row("gaussian 1", filters.Gaussian(1.0), lambda x: cv2.GaussianBlur(x, (9, 9), 1.0),
            lambda x: skimage.gaussian(x, 1.0, channel_axis=2)),
        Row("gaussian 2", filters.Gaussian(2.0),
            lambda x: cv2.GaussianBlur(x, (sigma_2, sigma_2), 2.0),
            lambda x: skimage.gaussian(x, 2.0, channel_axis=2)),
        Row("sobel_x", named["sobel_x"], lambda x: cv2.Sobel(x, cv2.CV_16S, 1, 0),
            by_channel(skimage.sobel_v)),
        Row("sobel", named["sobel"], magnitude, by_channel(skimage.sobel)),
        Row("sobel_direction", named["sobel_direction"], None,
            lambda x: np.arctan2(by_channel(skimage.sobel_h)(x), by_channel(skimage.sobel_v)(x))),
        Row("scharr_x", named["scharr_x"], lambda x: cv2.Scharr(x, cv2.CV_16S, 1, 0),
            by_channel(skimage.scharr_v)),
        Row("prewitt_x", named["prewitt_x"], kernel_of("prewitt_x", cv2.CV_16S),
            by_channel(skimage.prewitt_v)),
        Row("laplacian4", named["laplacian4"], lambda x: cv2.Laplacian(x, cv2.CV_16S),
            by_channel(skimage.laplace)),
        Row("laplacian8", named["laplacian8"], kernel_of("laplacian8", cv2.CV_16S), None),
        Row("log 1.4", named["log"], None,
            by_channel(lambda x: ndimage.gaussian_laplace(x.astype(np.float32), 1.4))),
        Row("sharpen", named["sharpen"], kernel_of("sharpen"), None),
        Row("emboss", named["emboss"], kernel_of("emboss"), None),
        Row("bilateral 9", named["bilateral"],
            lambda x: cv2.bilateralFilter(x, 9, 25.5, 3.0), None, 4),
    ]  # fmt: skip


def seconds(runs: list[Callable[[], Any]], rounds: int) -> list[float]:
    """The best of some rounds; the candidates take turns, so that a busy moment hits all."""
    best = [float("inf")] * len(runs)
    order = list(range(len(runs)))
    for _ in range(rounds):
        order.reverse()
        for number in order:
            start = time.perf_counter()
            runs[number]()
            best[number] = min(best[number], time.perf_counter() - start)
    return best


def memory(name: str) -> float:
    """Peak memory beyond the photo, as a multiple of it. Run in a process of its own."""
    image = photo()
    chosen = next(row for row in rows() if row.name == name).ours
    filters.apply(image[:64, :64], chosen)  # OpenCV's own start-up
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = resident("VmRSS")
    result = filters.apply(image, chosen)
    assert result.shape == image.shape
    return (resident("VmHWM") - before) / image.nbytes


def resident(name: str) -> int:
    """Bytes, of /proc/self/status: VmRSS now, VmHWM the peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(name))
    return int(line.split()[1]) * 1024


def measure(row: Row, image: np.ndarray, pool: Any) -> dict[str, Any]:
    runs: list[Callable[[], Any]] = [lambda: filters.apply(image, row.ours)]
    if row.opencv:
        runs.append(lambda: row.opencv(image))
    best = seconds(runs, row.rounds)
    found: dict[str, Any] = {"filter": row.name, "ours_ms": best[0] * 1e3}
    if row.opencv:
        found["opencv_ms"] = best[1] * 1e3
        found["of_opencv"] = best[0] / best[1]
    if row.scikit:
        scikit = seconds([lambda: row.scikit(image)], 1)[0]
        found["scikit_ms"] = scikit * 1e3
        found["faster_than_scikit"] = scikit / best[0]
    found["memory"] = pool.apply(memory, (row.name,))
    return found


def misses(found: dict[str, Any]) -> list[str]:
    """The budgets that a row does not keep."""
    missed = []
    if found.get("of_opencv", 0) > SLOWER_THAN_OPENCV:
        missed.append("time")
    if found.get("faster_than_scikit", 99) < FASTER_THAN_SCIKIT:
        missed.append("scikit-image")
    if found["memory"] > MEMORY:
        missed.append("memory")
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("names", nargs="*", help="only these filters")
    options = parser.parse_args()
    image = photo()
    results = []
    if not options.json:
        print(f"OpenCV {cv2.__version__}, {cv2.getNumThreads()} threads; {image.shape} uint8")
        print(
            f"{'filter':<16}{'ours':>9}{'OpenCV':>9}{'ratio':>7}{'scikit':>10}{'x':>7}{'memory':>8}"
        )
    spawn = multiprocessing.get_context("spawn")
    for row in rows():
        if options.names and row.name not in options.names:
            continue
        with spawn.Pool(1) as pool:
            found = measure(row, image, pool)
        found["missed"] = misses(found)
        results.append(found)
        if not options.json:
            cells = [
                found.get(k)
                for k in (
                    "ours_ms",
                    "opencv_ms",
                    "of_opencv",
                    "scikit_ms",
                    "faster_than_scikit",
                    "memory",
                )
            ]
            forms = ("9.1f", "9.1f", "7.2f", "10.0f", "7.1f", "8.2f")
            text = "".join(
                "-".rjust(int(f.split(".")[0])) if c is None else format(c, f)
                for c, f in zip(cells, forms, strict=True)
            )
            print(f"{row.name:<16}{text}  {' '.join(found['missed'])}")
    if options.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
