"""Training in Chromium: PyTorch's numbers, model files both ways, constant memory, a free page.

Calls `web/tests/harness/engine.ts`.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import convscope
from convscope.arch import Architecture, Chain
from convscope.layers import BatchNorm2d, Conv2d, Flatten, Linear, ReLU
from convscope.network.model_file import Card, ModelFile, read_model, save_model
from convscope.shapes import CHW
from e2e.engine_cases import network_of
from e2e.harness import decoded, encoded
from e2e.site import Site
from e2e.test_engine_contract import NETWORKS, SMOOTH
from e2e.visit import Visit

RELATIVE = 1e-4
PREPROCESSING = {
    "type": "Chain",
    "blocks": {
        "border": {"type": "CenterCrop", "size": [32, 32]},
        "normalise": {"type": "Normalize", "mean": [0.13072], "std": [0.308173]},
    },
}
LABELS = list("0123456789")


@pytest.fixture
def page(harness_folder: Path, serve: Callable[..., Site], open_page: Callable[..., Visit]) -> Any:
    """Return a page in which `engine` can be called."""
    visit = open_page(serve(harness_folder).url)
    visit.page.wait_for_function("() => typeof engine === 'object'")
    return visit.page


def _raw(tensor: Tensor) -> dict[str, Any]:
    return {"shape": list(tensor.shape), "data": encoded(tensor.detach().float().numpy())}


def _json(architecture: Architecture) -> dict[str, Any]:
    dumped: dict[str, Any] = architecture.model_dump(mode="json")
    return dumped


def _digits(start: int, end: int) -> dict[str, Any]:
    split = convscope.data.open("mnist").split("train")
    return {
        "shape": [1, 28, 28],
        "pixels": encoded(split.images_NCHW[start:end].numpy()),
        "labels": encoded(split.labels_N[start:end].byte().numpy()),
    }


def _close(actual: dict[str, Any], expected: Tensor, name: str, scale: float = 0.0) -> None:
    numbers = torch.from_numpy(decoded(actual["data"]).copy()).double()
    wanted = expected.detach().double().flatten()
    largest = max(scale, float(wanted.abs().max()))
    assert numbers.shape == wanted.shape, name
    assert float((numbers - wanted).abs().max()) <= RELATIVE * largest, name


@pytest.mark.parametrize("architecture", [NETWORKS[0], SMOOTH], ids=lambda a: a.name)
def test_steps_equal_pytorch(page: Any, architecture: Architecture) -> None:
    network = network_of(architecture, 3).train()
    start = {name: _raw(tensor) for name, tensor in network.state_dict().items()}
    generator = torch.Generator().manual_seed(3)
    images = torch.randn((9, *architecture.input), generator=generator)
    labels = torch.randint(0, architecture.num_classes, (9,), generator=generator)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    losses: list[float] = []
    for _ in range(3):
        optimiser.zero_grad()
        heads: list[Tensor] = []
        loss = F.cross_entropy(network(images.double(), heads), labels)
        for weight, logits in zip(network.head_weights, heads, strict=True):
            loss = loss + weight * F.cross_entropy(logits, labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    batch = {"images": encoded(images.numpy()), "labels": labels.tolist()}
    settings = {
        "batchSize": 9,
        "learningRate": 0.01,
        "optimiser": {"type": "SGD", "momentum": 0.9, "nesterov": True, "weight_decay": 0.0},
    }
    result = page.evaluate(
        "([a, w, b, o]) => engine.steps(a, w, b, o)",
        [_json(architecture), start, [batch] * 3, settings],
    )
    assert result["losses"] == pytest.approx(losses, rel=RELATIVE)
    gradients = {n: p.grad for n, p in network.named_parameters() if p.grad is not None}
    scale = 1e-2 * max(float(g.abs().max()) for g in gradients.values())
    assert set(result["gradients"]) == set(gradients)
    for name, gradient in gradients.items():
        _close(result["gradients"][name], gradient, name, scale)
    for name, tensor in network.state_dict().items():
        _close(result["weights"][name], tensor, name)


def test_a_model_trained_in_the_tab_opens_in_python(page: Any, tmp_path: Path) -> None:
    architecture = convscope.load("lenet5")
    test = _digits(20_000, 20_040)
    options = {
        "preprocessing": PREPROCESSING,
        "labels": LABELS,
        "seed": 5,
        "batchSize": 32,
        "learningRate": 0.05,
        "augmentation": {"degrees": 8, "scale": 0.1, "shiftPixels": 1.5, "flip": False},
    }
    result = page.evaluate(
        "([a, r, e, o, n]) => engine.save(a, r, e, o, n)",
        [_json(architecture), _digits(0, 2_000), test, options, 60],
    )
    path = tmp_path / "tab.safetensors"
    path.write_bytes(base64.b64decode(result["file"]))
    model = convscope.open(path)
    assert model.labels == tuple(LABELS)
    pixels = np.frombuffer(base64.b64decode(test["pixels"]), np.uint8).reshape(-1, 1, 28, 28)
    stored = read_model(path)
    with torch.no_grad():
        prepared = stored.prepare()(torch.from_numpy(pixels.copy()))
        expected = stored.network()(prepared).softmax(1)
    actual = decoded(result["predicted"]["data"]).reshape(-1, 10)
    assert np.abs(actual - expected.numpy()).max() <= 1e-4
    labels = np.frombuffer(base64.b64decode(test["labels"]), np.uint8)
    right = float((actual.argmax(1) == labels).mean())
    assert result["evaluation"]["accuracy"] == pytest.approx(right)
    assert right > 0.5


def test_a_model_of_python_opens_in_the_tab_and_is_saved_again(page: Any, tmp_path: Path) -> None:
    blocks = {"conv": Conv2d(4, 5, stride=3), "norm": BatchNorm2d(), "act": ReLU()}
    architecture = Architecture(
        name="small",
        input=CHW(1, 32, 32),
        num_classes=10,
        block=Chain(**blocks, flatten=Flatten(), fc=Linear(10)),
    )
    weights = {
        name: tensor.float() if tensor.is_floating_point() else tensor + 7
        for name, tensor in network_of(architecture, 4).state_dict().items()
    }
    fields = {"architecture": _json(architecture), "labels": LABELS}
    card = Card.model_validate_json(json.dumps(fields | {"preprocessing": PREPROCESSING}))
    paths = tmp_path / "python.safetensors", tmp_path / "again.safetensors"
    save_model(paths[0], ModelFile(card, weights))
    digits = _digits(20_000, 20_016)
    result = page.evaluate(
        "([f, d]) => engine.open(f, d)", [encoded(np.fromfile(paths[0], np.uint8)), digits]
    )
    paths[1].write_bytes(base64.b64decode(result["again"]))
    stored, again = map(read_model, paths)
    assert again.card.architecture == stored.card.architecture
    assert again.card.preprocessing == stored.card.preprocessing
    assert again.weights.keys() == weights.keys()
    for name, tensor in weights.items():
        assert torch.equal(again.weights[name], tensor), name
    pixels = np.frombuffer(base64.b64decode(digits["pixels"]), np.uint8).reshape(-1, 1, 28, 28)
    with torch.no_grad():
        prepared = stored.prepare()(torch.from_numpy(pixels.copy()))
        expected = stored.network()(prepared).softmax(1)
    actual = decoded(result["predicted"]["data"]).reshape(-1, 10)
    assert np.abs(actual - expected.numpy()).max() <= 1e-4


def test_memory_is_constant_over_10_000_steps(page: Any) -> None:
    devtools = page.context.new_cdp_session(page)
    heaps = []
    for _ in range(2):  # the first one also compiles
        result = page.evaluate("([a, n]) => engine.memory(a, n)", [_json(SMOOTH), 10_000])
        assert result["after"] == result["before"]
        assert result["steps"] == 10_100
        devtools.send("HeapProfiler.collectGarbage")
        heaps.append(devtools.send("Runtime.getHeapUsage")["usedSize"])
    assert heaps[1] - heaps[0] < 200_000


def test_the_page_is_free_while_a_worker_trains(page: Any) -> None:
    options = {"preprocessing": PREPROCESSING, "labels": LABELS, "evaluateEvery": 20}
    arguments = [_json(convscope.load("lenet5")), _digits(0, 2_000), _digits(2_000, 2_200), options]
    result = page.evaluate("([a, r, e, o]) => engine.reach(a, r, e, o, 2, 2)", arguments)
    assert result["snapshots"] <= 21
    assert result["evaluations"]
    assert result["frames"] > 5
