"""Cases for the explanations of the page: inputs, parameters, and what PyTorch computes of them.

Written to a folder as `cases.json` and `numbers.bin` (float32, little-endian). Tensors in the
JSON are {shape, offset}, the offset in numbers.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.autograd.functional import jvp

from convscope.arch import Architecture, Chain
from convscope.export.web.manifest import steps
from convscope.layers.base import Example
from convscope.network.build import build, build_block
from convscope.shapes import CHW

MOST_UNITS = 200
MOST_SOURCES = 40
STATE = "num_batches_tracked"


class Cases:
    """Writer of cases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: list[dict[str, Any]] = []
        self._numbers: list[np.ndarray[Any, np.dtype[np.float32]]] = []
        self._size = 0

    def tensor(self, x: Tensor) -> dict[str, Any]:
        """Store a tensor and return where it is."""
        numbers = x.detach().numpy().astype("<f4").ravel()
        self._numbers.append(numbers)
        self._size += numbers.size
        return {"shape": list(x.shape), "offset": self._size - numbers.size}

    def close(self) -> None:
        """Write the files."""
        numbers = np.concatenate(self._numbers)
        (self.folder / "numbers.bin").write_bytes(numbers.tobytes())
        (self.folder / "cases.json").write_text(json.dumps(self.cases))


def randomise(module: nn.Module, seed: int) -> None:
    """Give all tensors of a module random values that float32 holds; variances are positive."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if name.endswith(STATE):
                continue
            values = torch.randn(tensor.shape, generator=generator)
            fan_in = max(1, tensor[0].numel()) if tensor.ndim > 1 else 1
            values = values.abs() + 0.5 if name.endswith("running_var") else values / fan_in**0.5
            tensor.copy_(values)


def _sample(size: int, most: int, seed: int) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    return sorted(torch.randperm(size, generator=generator)[:most].tolist())


def _input(shape: Sequence[int], role: str, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    if role == "preprocessing":
        return torch.randint(0, 256, (1, *shape), generator=generator).float()
    return torch.randn((1, *shape), generator=generator)


def _bases(x: Tensor, place: int) -> list[Tensor]:
    """Return inputs at which to look for a derivative: small, positive, with a peak at a place."""
    peak = x.flatten().clone()
    peak[place] = 10 + x.abs().max()
    small = x.flatten().clone()
    small[place] = 0.5
    return [x, -x, x.abs(), x.abs() / 10, peak.view(x.shape), small.view(x.shape)]


Function = Callable[[Tensor], Tensor]


def _forward(run: Function, x: Tensor, direction: Tensor) -> Tensor:
    """Return the derivative of the outputs along a direction."""
    with torch.no_grad(), forward_ad.dual_level():
        y = run(forward_ad.make_dual(x, direction))
        tangent: Tensor | None = forward_ad.unpack_dual(y).tangent
    return torch.zeros_like(y) if tangent is None else tangent


def _backward(run: Function, x: Tensor, direction: Tensor) -> Tensor:
    """Return it for preprocessing, whose rounded outputs have a derivative in backward passes."""
    change: Tensor = jvp(run, x, direction)[1]
    return change


def _affected(run: Function, x: Tensor, place: int, role: str) -> list[int]:
    """Return the outputs with a derivative by input `place` that is not zero."""
    direction = torch.zeros_like(x).flatten()
    direction[place] = 1
    derivative = _backward if role == "preprocessing" else _forward
    depends: Tensor | None = None
    for base in _bases(x, place):
        change = derivative(run, base, direction.view(x.shape)).flatten().abs()
        marks = change > 1e-9 * change.max()
        depends = marks if depends is None else depends | marks
    assert depends is not None
    return depends.nonzero().flatten().tolist()


def add_layer(cases: Cases, name: str, example: Example, seed: int) -> None:
    """Add a case of a layer."""
    layer, shape = example
    module = layer.build(shape).eval()
    randomise(module, seed)
    x = _input(shape, layer.role, seed)
    state = {key: value for key, value in module.state_dict().items() if not key.endswith(STATE)}
    weights = {key: cases.tensor(value) for key, value in state.items()}
    stored = cases.tensor(x[0])
    module, x = module.double(), x.double()
    y = module(x)[0].detach()
    units = _sample(y.numel(), MOST_UNITS, seed)
    settings = TypeAdapter(type(layer)).dump_python(layer, mode="json")
    sources = _sample(x.numel(), MOST_SOURCES, seed + 1)
    cases.cases.append(
        {
            "name": name,
            "step": {
                "path": "layer",
                "type": settings.pop("type"),
                "role": layer.role,
                "label": layer.label(shape),
                "inputs": [""],
                "settings": settings,
                "shape": list(y.shape),
                "parameters": {key: key for key in state},
                "macs": layer.macs(shape),
            },
            "inputs": [stored],
            "weights": weights,
            "units": units,
            "values": y.flatten()[units].tolist(),
            "largest": float(y.abs().max()),
            "sources": [
                {"index": place, "affected": _affected(module, x, place, layer.role)}
                for place in sources
            ],
        }
    )


def outputs(network: nn.Module, paths: Sequence[str], x: Tensor) -> Mapping[str, Tensor]:
    """Return the outputs of the modules at some paths."""
    seen: dict[str, Tensor] = {}
    modules = dict(network.named_modules())

    def keep(path: str) -> Callable[..., None]:
        return lambda _module, _inputs, y: seen.__setitem__(path, y)

    hooks = [modules[path].register_forward_hook(keep(path)) for path in paths]
    try:
        network(x)
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def add_network(cases: Cases, architecture: Architecture, seed: int, draws: int) -> None:
    """Add a case of each step of a network, and what single pixels affect in all of them."""
    network = build(architecture).eval()
    randomise(network, seed)
    state = {k: v.clone() for k, v in network.state_dict().items() if not k.endswith(STATE)}
    rows = [step.model_dump(mode="json") for step in steps(architecture, tuple(state))]
    x = _input(architecture.input, "", seed)
    network, x64 = network.double(), x.double()
    seen = {"": x64} | dict(outputs(network, [step["path"] for step in rows], x64))
    # explained from float32, as the page does: each step from inputs that are rounded
    stored = {path: cases.tensor(y[0]) for path, y in seen.items()}
    for number, step in enumerate(rows):
        y = seen[step["path"]][0].detach()
        units = _sample(y.numel(), MOST_UNITS, seed + number)
        cases.cases.append(
            {
                "name": f"{architecture.name}: {step['path']}",
                "step": step,
                "inputs": [stored[path] for path in step["inputs"]],
                "weights": {
                    name: cases.tensor(state[tensor]) for name, tensor in step["parameters"].items()
                },
                "units": units,
                "values": y.flatten()[units].tolist(),
                "largest": float(y.abs().max()),
                "sources": [],
            }
        )
    pixels = _sample(x.numel(), 6, seed)
    cases.cases.append(
        {
            "name": f"{architecture.name}: affected",
            "steps": rows,
            "shape": list(architecture.input),
            "pixels": [
                {"index": pixel, "affected": _through(network, rows, x64, pixel, draws)}
                for pixel in pixels
            ],
        }
    )


def _through(
    network: nn.Module, rows: Sequence[dict[str, Any]], x: Tensor, pixel: int, draws: int
) -> dict[str, list[int]]:
    """Return for each tensor the units that depend on a pixel, for any of several draws."""
    paths = [step["path"] for step in rows]
    depends = {path: torch.zeros(0, dtype=torch.bool) for path in paths}
    for draw in range(draws):
        randomise(network, 1000 + draw)
        generator = torch.Generator().manual_seed(draw)
        base = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        direction = torch.zeros_like(base).flatten()
        direction[pixel] = 1
        with torch.no_grad(), forward_ad.dual_level():
            dual = forward_ad.make_dual(base, direction.view(x.shape))
            for path, y in outputs(network, paths, dual).items():
                tangent = forward_ad.unpack_dual(y).tangent
                change = torch.zeros_like(y) if tangent is None else tangent
                marks = change[0].flatten().abs() > 1e-13 * change.abs().max()
                before = depends[path]
                depends[path] = marks if before.numel() == 0 else before | marks
    return {path: marks.nonzero().flatten().tolist() for path, marks in depends.items()}


def add_preprocessing(cases: Cases, name: str, chain: Chain, picture: CHW, boxes: int) -> None:
    """Add a case of a preprocessing: boxes of its output, and the pixels with a derivative."""
    module = build_block(chain, picture).double()
    x = _input(picture, "preprocessing", 0).double().requires_grad_()
    y = module(x)
    generator = torch.Generator().manual_seed(0)

    def span(size: int) -> tuple[int, int]:
        ends = torch.randint(0, size + 1, (2,), generator=generator).tolist()
        return min(ends), max(max(ends), min(ends) + 1)

    rows = []
    for _ in range(boxes):
        high, wide = span(y.shape[2] - 1), span(y.shape[3] - 1)
        (gradient,) = torch.autograd.grad(
            y[..., slice(*high), slice(*wide)].sum(), x, retain_graph=True
        )
        used = gradient[0].abs().amax(0) > 1e-9
        ends = [axis.nonzero().flatten().tolist() for axis in (used.any(1), used.any(0))]
        pixels = [[axis[0], axis[-1] + 1] if axis else [0, 0] for axis in ends]
        rows.append({"box": [high, wide], "pixels": pixels})
    block = chain.model_dump(mode="json")
    case = {"name": name, "preprocessing": block, "picture": list(picture), "boxes": rows}
    cases.cases.append(case)
