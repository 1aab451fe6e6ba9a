"""Sliders of the page against `convscope look robustness`: the same pixels, in float64.

`web/src/views/look/disturb.test.ts` reads the cases. The noise is drawn by another generator, and
is tested there.
"""

import itertools
import json
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from convscope.visuals.perturbation import blurred, rotated, shifted
from e2e import vitest

MANY = 10**6
SIZES = ((28, 28, 1), (13, 9, 3), (8, 21, 1))
STRENGTHS: tuple[dict[str, float], ...] = (
    {"shift": 7},
    {"shift": -20},
    {"drop": 11},
    {"rotation": 33},
    {"rotation": -60},
    {"blur": 0.5},
    {"blur": 8},
    {"shift": 12, "drop": -9, "rotation": 20, "blur": 3},
)


def test_as_in_python(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    cases = [_case(size, by, MANY) for size, by in itertools.product(SIZES, STRENGTHS)]
    cases.append(_case((50, 31, 3), {"rotation": 5}, 400))
    file.write_text(json.dumps(cases))
    vitest.run("src/views/look/disturb.test.ts", "DISTURB_CASES", file)


def _case(size: tuple[int, int, int], by: dict[str, float], most: int) -> dict[str, object]:
    height, width, channels = size
    generator = torch.Generator().manual_seed(height * width)
    pixels_HWC = torch.randint(0, 256, (height, width, channels), generator=generator)
    expected_CHW = _disturbed(pixels_HWC.permute(2, 0, 1)[None].double(), by, most)[0]
    return {
        "name": f"{height} x {width} x {channels}: {by}",
        "width": width,
        "height": height,
        "channels": channels,
        "pixels": pixels_HWC.flatten().tolist(),
        "most": most,
        "by": {"shift": 0, "drop": 0, "rotation": 0, "blur": 0, "noise": 0, **by},
        "expected": {"width": expected_CHW.shape[2], "planes": expected_CHW.flatten(1).tolist()},
    }


def _disturbed(pixels_NCHW: Tensor, by: dict[str, float], most: int) -> Tensor:
    """Shift to the right and down, turn, blur: in the order of the page."""
    height, width = pixels_NCHW.shape[2:]
    factor = round((height * width / most) ** 0.5)
    if factor >= 2:
        pixels_NCHW = F.avg_pool2d(pixels_NCHW, factor)
    pixels_NCHW = shifted(pixels_NCHW, by.get("shift", 0), 0)
    pixels_NCHW = shifted(pixels_NCHW.mT, by.get("drop", 0), 0).mT
    pixels_NCHW = rotated(pixels_NCHW, by.get("rotation", 0), 0)
    return blurred(pixels_NCHW, by.get("blur", 0), 0)
