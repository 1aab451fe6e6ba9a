"""Models whose exports are tested, and Python's answers for raw pixels.

Axes: N batch, H height, W width, C channels, K classes.
"""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import convscope
from convscope.arch import Architecture, Chain, Concat, Gate, Residual
from convscope.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Tanh,
    ZeroPadShortcut,
)
from convscope.model import Model
from convscope.opening import untrained
from convscope.shapes import CHW

TRAINED = "CONVSCOPE_E2E_LENET5"
"""Environment variable: a model of LeNet-5 and MNIST, so that none is trained for the tests."""

MIXED = Architecture(
    name="mixed",
    input=CHW(3, 24, 20),
    num_classes=5,
    block=Chain(
        stem=Chain(conv=Conv2d(12, 3, padding=1, bias=False), norm=BatchNorm2d(), act=ReLU()),
        mixed=Concat(
            ones=Conv2d(6, 1),
            threes=Chain(reduce=Conv2d(4, 1), conv=Conv2d(6, 3, padding=1), act=ReLU()),
            pool=Chain(pool=MaxPool2d(3, stride=1, padding=1), project=Conv2d(4, 1)),
        ),
        lrn=LocalResponseNorm(5),
        block=Residual(
            Chain(
                conv=Conv2d(24, 3, stride=2, padding=1, groups=4), norm=BatchNorm2d(), act=Tanh()
            ),
            ZeroPadShortcut(24, stride=2),
        ),
        gate=Gate(
            Conv2d(24, 3, padding=1, groups=24),
            Chain(squeeze=GlobalAvgPool2d(), up=Conv2d(24, 1), gate=Sigmoid()),
        ),
        pool=AvgPool2d(2),
        flatten=Flatten(),
        fc1=Linear(16),
        act=ReLU(),
        fc2=Linear(5),
    ),
)
"""Branches, a residual and a gate."""


def lenet5(folder: Path) -> Model:
    """Return LeNet-5, trained on MNIST for one epoch."""
    known = os.environ.get(TRAINED)
    if known:
        return convscope.open(known)
    run = folder / "lenet5"
    for _ in convscope.train("lenet5", "mnist", out=run, epochs=1):
        pass
    return convscope.open(run)


def _unlike_initial(model: Model) -> Model:
    """Give batch normalisations statistics that are not 0 and 1."""
    generator = torch.Generator().manual_seed(1)
    for name, tensor in model.network.state_dict().items():
        if name.endswith("running_mean"):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) - 0.5)
        elif name.endswith("running_var"):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return model


def _zoo(name: str) -> Callable[[Path], Model]:
    return lambda _: _unlike_initial(untrained(convscope.load(name)))


MODELS: dict[str, Callable[[Path], Model]] = {
    "lenet5": lenet5,
    "lenet5_1998": _zoo("lenet5_1998"),
    "mixed": lambda _: _unlike_initial(untrained(MIXED)),
    "resnet18": _zoo("resnet18"),
    "efficientnet_lite0": lambda _: convscope.open("efficientnet_lite0@imagenet"),
}


def random_pixels(model: Model, seed: int = 0) -> NDArray[np.uint8]:
    """Return an image of another size than the network's: (H, W, C), with shapes and noise."""
    random = np.random.default_rng(seed)
    channels, height, width = model.card.architecture.input
    size = (height, width) if channels == 1 else (height + 37, width + 90)
    y, x, c = np.ogrid[: size[0], : size[1], :channels]
    waves = np.sin(x / (5.0 + c + seed) + y / 11.0) * np.cos(y / (7.0 + c)) * 90 + 128
    noise = random.normal(0, 20, (*size, channels))
    pixels: NDArray[np.uint8] = np.clip(waves + noise, 0, 255).astype(np.uint8)
    return pixels


def answer(model: Model, pixels_HWC: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return Python's probabilities for raw pixels: (K)."""
    return activations(model, pixels_HWC, ())[""]


def activations(
    model: Model, pixels_HWC: NDArray[np.uint8], paths: tuple[str, ...]
) -> dict[str, NDArray[np.float32]]:
    """Return outputs of layers by path, and the probabilities under ""."""
    kept: dict[str, NDArray[np.float32]] = {}
    hooks = [
        model.network.get_submodule(path).register_forward_hook(
            lambda _, __, output, path=path: kept.__setitem__(path, output[0].numpy())
        )
        for path in paths
    ]
    raw_NCHW = torch.from_numpy(np.ascontiguousarray(pixels_HWC)).permute(2, 0, 1)[None]
    try:
        with torch.inference_mode():
            logits_NK = model.network(model.preprocessing(raw_NCHW))
            kept[""] = logits_NK.softmax(1)[0].numpy()
    finally:
        for hook in hooks:
            hook.remove()
    return kept
