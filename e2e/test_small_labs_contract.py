"""Small labs of the page against Python's: the same numbers for random settings."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from convscope.filters.kernels import KERNELS
from convscope.labs.functions.activations import ACTIVATIONS, Activations
from convscope.labs.functions.descent import Descent
from convscope.labs.laplacian import Laplacian
from convscope.labs.object_sizes import ObjectSizes
from convscope.labs.pixels import Pixels
from convscope.labs.pooling import example
from convscope.labs.pooling_windows import KINDS, PoolingWindows, drawn
from convscope.labs.shapes.depth_concat import DepthConcat, Size
from convscope.labs.shapes.mlp_size import MLPSize
from convscope.labs.softmax import Softmax
from convscope.labs.surface import Surface
from e2e import vitest

TEST = "src/labs/small-contract.test.ts"


def _softmax(rng: np.random.Generator) -> dict[str, Any]:
    scores = tuple((20 * rng.normal(size=int(rng.integers(2, 7)))).tolist())
    return Softmax(scores, int(rng.integers(len(scores))), float(rng.uniform(0.1, 5)), 6).to_dict()


def _pooling(rng: np.random.Generator) -> list[dict[str, Any]]:
    cases = []
    for kind in KINDS:
        for size, stride, padding in ((2, 2, 0), (3, 1, 1), (3, 2, 1), (5, 3, 2), (1, 2, 0)):
            side, seed = int(rng.integers(5, 11)), int(rng.integers(1000))
            lab = PoolingWindows(drawn(side, seed), kind, size, stride, padding)
            cases.append(lab.to_dict() | {"side": side, "seed": seed})
    return cases


def _concatenations(rng: np.random.Generator) -> list[dict[str, Any]]:
    cases = [DepthConcat().to_dict()]
    for _ in range(8):
        sizes = rng.integers(1, 30, (2, 3)).tolist()
        cases.append(DepthConcat(tuple(Size(*size) for size in sizes)).to_dict())
    return cases


def _surfaces() -> list[dict[str, Any]]:
    labs = [Surface(name) for name in KERNELS]
    labs += [Surface(name, sigma) for name in ("gaussian", "log") for sigma in (0.5, 1.5, 4.0)]
    labs += [Surface(name, 1.5, size) for name in ("gaussian", "log") for size in (3, 9)]
    return [lab.to_dict() for lab in labs]


def _mlp(rng: np.random.Generator) -> dict[str, Any]:
    width, height, channels, hidden, kernels = rng.integers(1, 2000, 5).tolist()
    kernel = 2 * int(rng.integers(0, 6)) + 1
    setup = (width, height, channels % 9 + 1, hidden, kernel, kernels)
    return MLPSize(*setup).to_dict() | {"hidden": hidden, "kernel": kernel, "kernels": kernels}


def _pixels(rng: np.random.Generator) -> dict[str, Any]:
    image = rng.integers(0, 256, (int(rng.integers(6, 20)), 15, 3)).astype(np.uint8)
    left, size = int(rng.integers(15)), int(rng.integers(1, 9))
    lab = Pixels(image, size, top=4, left=left)
    asked = {"size": size, "x": left, "y": 4, "data": image.ravel().tolist()}
    return lab.to_dict() | {"setting": asked}


def test_small_labs_equal_python(tmp_path: Path) -> None:
    rng = np.random.default_rng(17)
    objects = ObjectSizes((1, 3, 7, 13, 21), (3, 7, 13))
    rows = [(8 * rng.normal(size=12)).tolist() for _ in range(4)]
    cases = {
        "activations": [
            {"names": list(ACTIVATIONS)} | Activations(x, layers).to_dict()
            for x, layers in ((0.0, 3), (2.0, 5), (-2.0, 2), (0.37, 20), (-5.5, 1), (30.0, 2))
        ],
        "descent": [
            Descent(lr, 9, start).to_dict()
            for lr, start in ((0.05, 3.0), (0.1, 5.0), (1.0, -2.0), (1.8, 4.0), (2.0, 1.0))
        ]
        + [Descent(2.5, 20, -0.3).to_dict()],
        "softmax": [_softmax(rng) for _ in range(8)],
        "laplacian": [Laplacian(tuple(row)).to_dict() for row in [Laplacian().row, *rows]],
        "surface": _surfaces(),
        "pooling": _pooling(rng),
        "shift": [
            example("max", shift=shift, size=size)._asdict() | {"shift": shift, "size": size}
            for shift in range(-3, 4)
            for size in (1, 3, 5, 7)
        ],
        "mlp": [_mlp(rng) for _ in range(6)]
        + [MLPSize().to_dict() | {"hidden": 100, "kernel": 3, "kernels": 100}],
        "concat": _concatenations(rng),
        "objects": {
            "responses": objects.to_dict()["responses"],
            "map": objects.map(7, 3).ravel().tolist(),
        },
        "pixels": [_pixels(rng) for _ in range(6)],
    }
    path = tmp_path / "labs.json"
    path.write_text(json.dumps(cases))
    vitest.run(TEST, "LAB_CASES", path)
