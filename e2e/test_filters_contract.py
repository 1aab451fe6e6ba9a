"""Filters and convolutions of the page against Python: OpenCV's filters, PyTorch's convolutions."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from convscope import filters
from convscope.filters.apply import FILTERS, SETTINGS, named
from convscope.filters.kernels import KERNELS
from convscope.filters.linear import linear
from convscope.filters.picture import picture
from convscope.filters.quality import psnr, ssim
from convscope.labs.sizes import size_formula
from convscope.shapes import Window
from e2e import vitest

BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
OTHERS: dict[str, dict[str, Any]] = {
    "mean": {"size": 5},
    "median": {"size": 7},
    "gaussian": {"sigma": 2.3},
    # OpenCV 5 cuts the decimals of 8-bit results off for 5 x 5 alone
    "bilateral": {"size": 7, "sigma": 1.5, "sigma_value": 0.3},
    "log": {"sigma": 0.8},
}
IN_THE_PAGE = {"sigma_value": "share"}
TYPED = (((0.0, 2.0, 1.0), (-1.0, 0.5, 0.25), (3.0, 0.0, -4.0)), ((1.0, -2.0, 0.5),))


def _image(rng: np.random.Generator, height: int, width: int, channels: int) -> Any:
    """Return blurred noise, so that windows have ties and slopes."""
    noise = rng.integers(0, 256, (height, width, channels)).astype(np.uint8)
    return filters.apply(noise, "mean") if channels == 3 else noise


def _stored(image_HWC: Any) -> dict[str, Any]:
    height, width, channels = image_HWC.shape
    data = image_HWC.ravel().tolist()
    return {"height": height, "width": width, "channels": channels, "data": data}


def _case(image_HWC: Any, chosen: Any, border: str, **about: Any) -> dict[str, Any]:
    result = filters.apply(image_HWC, chosen, border=border)
    shown = picture(result, chosen.view(), original=image_HWC)
    rgb = np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown
    opaque = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    return {
        "filter": None,
        "kernel": None,
        "operation": "correlation",
        "values": {},
        "border": border,
        "image": _stored(image_HWC),
        "result": result.astype(np.float64).ravel().tolist(),
        "shown": np.concatenate([rgb, opaque], axis=2).ravel().tolist(),
    } | about


def _filter_cases(rng: np.random.Generator) -> list[dict[str, Any]]:
    cases = []
    for (name, filter), channels in itertools.product(FILTERS.items(), (1, 3)):
        image_HWC = _image(rng, 17, 23, channels)
        cases += [_case(image_HWC, filter, border, filter=name) for border in BORDERS]
        if name in SETTINGS:
            values = OTHERS[name]
            other = named(name, values)
            in_page = {IN_THE_PAGE.get(key, key): value for key, value in values.items()}
            cases.append(_case(image_HWC, other, "reflect", filter=name, values=in_page))
    for kernel, operation in itertools.product(TYPED, ("correlation", "convolution")):
        image_HWC = _image(rng, 9, 14, 3)
        chosen = linear(kernel, operation=operation)  # type: ignore[arg-type]
        for border in BORDERS:
            about = {"kernel": kernel, "operation": operation}
            cases.append(_case(image_HWC, chosen, border, **about))
    return cases


def _kernel_cases(rng: np.random.Generator) -> list[dict[str, Any]]:
    matrices = [kernel.matrix for kernel in KERNELS.values()]
    matrices += [rng.normal(size=(3, 5)), rng.normal(size=(5, 3)), rng.normal(size=(7, 1))]
    cases = []
    for matrix in matrices:
        sizes = np.linalg.svd(matrix, compute_uv=False)
        angles = 2 * np.pi * (np.arange(9) - 4) / 8
        rows, columns = (np.arange(side) - (side - 1) / 2 for side in matrix.shape)
        left, right = np.exp(-1j * np.outer(angles, rows)), np.exp(-1j * np.outer(columns, angles))
        cases.append(
            {
                "rows": matrix.tolist(),
                "rank": int((sizes > 1e-6 * sizes[0]).sum()),
                "missed": float(np.linalg.norm(sizes[1:]) / np.linalg.norm(sizes)),
                "spectrum": np.abs(left @ matrix @ right).ravel().tolist(),
            }
        )
    return cases


def _quality_cases(rng: np.random.Generator) -> list[dict[str, Any]]:
    cases = []
    for channels in (1, 3):
        original_HWC = _image(rng, 24, 19, channels)
        image_HWC = filters.apply(original_HWC, "gaussian")
        image_HWC = image_HWC[..., None] if image_HWC.ndim == 2 else image_HWC
        cases.append(
            {
                "image": _stored(image_HWC),
                "original": _stored(original_HWC),
                "psnr": psnr(image_HWC, original_HWC),
                "ssim": ssim(image_HWC, original_HWC),
            }
        )
    return cases


def _numbers(tensor: torch.Tensor) -> dict[str, Any]:
    return {"shape": list(tensor.shape), "data": tensor.detach().ravel().tolist()}


def _convolution_case(rng: np.random.Generator, transposed: bool) -> dict[str, Any]:
    groups = int(rng.choice([1, 1, 2]))
    per_group, outputs = (int(n) for n in rng.integers(1, 3, 2))
    channels, outputs = groups * per_group, groups * outputs
    kernel, stride, dilation = (tuple(map(int, rng.integers(1, 4, 2))) for _ in range(3))
    padding = tuple(map(int, rng.integers(0, 3, 2)))
    extent = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    size = [int(rng.integers(max(1, e), e + 5)) for e in extent]
    rotated = bool(rng.integers(0, 2))
    x = torch.from_numpy(rng.normal(size=(channels, *size))).requires_grad_()
    more = tuple(
        int(rng.integers(0, max(s, d))) if transposed else 0
        for s, d in zip(stride, dilation, strict=True)
    )
    shape = (channels, outputs // groups) if transposed else (outputs, per_group)
    w = torch.from_numpy(rng.normal(size=(*shape, *kernel))).requires_grad_()
    b = torch.from_numpy(rng.normal(size=outputs))
    weight = w.flip(2, 3) if rotated else w
    if transposed:
        y = F.conv_transpose2d(x[None], weight, b, stride, padding, more, groups, dilation)[0]
    else:
        y = F.conv2d(x[None], weight, b, stride, padding, dilation, groups)[0]
    y.sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert w.grad is not None
    rows = size_formula(size[0], Window(kernel[0], stride[0], padding[0], dilation[0]))
    return {
        "operands": {"x": _numbers(x), "w": _numbers(w), "b": b.tolist()},
        "settings": {
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "groups": groups,
            "transposed": transposed,
            "outputPadding": more,
            "rotated": rotated,
        },
        "output": _numbers(y),
        "inputGradient": _numbers(x.grad),
        "kernelGradient": _numbers(w.grad),
        "unread": None if transposed else {"atEnd": rows.unseen, "between": rows.skipped},
    }


def _convolution_cases(rng: np.random.Generator, count: int) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []
    while len(cases) < count:
        try:
            cases.append(_convolution_case(rng, transposed=len(cases) % 3 == 2))
        except RuntimeError:  # PyTorch refuses sizes below 1: another draw
            continue
    return cases


def test_filters_and_convolutions_equal_python(tmp_path: Path) -> None:
    rng = np.random.default_rng(16)
    cases = {
        "filters": list(FILTERS),
        "cases": _filter_cases(rng),
        "kernels": _kernel_cases(rng),
        "quality": _quality_cases(rng),
    }
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    (tmp_path / "convolutions.json").write_text(json.dumps(_convolution_cases(rng, 60)))
    vitest.run("src/filters/contract.test.ts", "FILTER_CASES", tmp_path)
    vitest.run("src/labs/contract.test.ts", "FILTER_CASES", tmp_path)
