"""Training in the tab against PyTorch: layers, compositions, whole networks, optimisers.

`web/src/engine/contract.test.ts` compares the cases with its own computation: every output,
every gradient of outputs and parameters, running statistics, evaluation mode, and the weights
after 20 steps of each optimiser, to 1e-4 of the largest number of a tensor.
"""

from pathlib import Path
from typing import Any

import pytest
import torch

import convscope
from convscope.arch import AnyBlock, Architecture, AuxiliaryHead, Chain, Concat, Gate, Residual
from convscope.errors import ArchitectureError
from convscope.layers import (
    LAYERS,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    LayerScale,
    Linear,
    MaxPool2d,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Tanh,
    ZeroPadShortcut,
)
from convscope.shapes import CHW
from e2e import vitest
from e2e.engine_cases import add_step, add_steps
from e2e.explain_cases import Cases

COUNTS = (5, 8, 21)  # images: with an incomplete vector, without, and with every width of tile


def _network(name: str, input: CHW, classes: int, **blocks: AnyBlock) -> Architecture:
    return Architecture(name=name, input=input, num_classes=classes, block=Chain(**blocks))


def _around(layer: Any, shape: Any, name: str) -> Architecture | None:
    """Return a network in which a trainable scale comes before the layer, and logits after it."""
    flat = not isinstance(shape, CHW)
    blocks: dict[str, AnyBlock] = {"before": LayerScale(1.0)}
    if flat:
        blocks["vector"] = Flatten()
    blocks |= {"layer": layer, "flatten": Flatten(), "fc": Linear(4)}
    try:
        return _network(name, CHW(shape[0], 1, 1) if flat else shape, 4, **blocks)
    except ArchitectureError:  # preprocessing of images
        return None


NETWORKS = (
    _network(
        "branches",
        CHW(3, 9, 8),
        4,
        stem=Conv2d(6, 3, padding=1, bias=False),
        norm=BatchNorm2d(),
        act=SiLU(),
        mixed=Concat(
            b1=Conv2d(3, 1),
            b3=Chain(reduce=Conv2d(2, 1), act=Tanh(), conv=Conv2d(5, 3, padding=1)),
            pool=AvgPool2d(3, stride=1, padding=1),
            plain=Identity(),
        ),
        block=Residual(
            Chain(conv1=Conv2d(20, 3, stride=2, padding=1, groups=4), act=Tanh()),
            ZeroPadShortcut(20, stride=2),
        ),
        gate=Gate(Identity(), Chain(pool=GlobalAvgPool2d(), up=Conv2d(20, 1), gate=Sigmoid())),
        side=AuxiliaryHead(
            Chain(pool=AdaptiveAvgPool2d((2, 1)), flatten=Flatten(), fc=Linear(4)), weight=0.4
        ),
        twice=Residual(Identity(), Identity()),
        maps=Gate(Conv2d(20, 1, groups=20), Chain(conv=Conv2d(20, 1), act=Sigmoid())),
        flatten=Flatten(),
        both=Residual(Chain(fc=Linear(400), act=Tanh())),
        scaled=Gate(Linear(9), Chain(fc=Linear(9), gate=Sigmoid())),
        fc=Linear(4),
    ),
    _network(
        "inverted",
        CHW(3, 13, 11),
        5,
        stem=Conv2d(8, 3, stride=2, padding="same_tensorflow", bias=False),
        norm=BatchNorm2d(),
        act=ReLU6(),
        block=Residual(
            Chain(
                expand=Conv2d(24, 1, bias=False),
                norm1=BatchNorm2d(),
                act1=ReLU6(),
                depthwise=Conv2d(24, 3, padding=1, groups=24, bias=False),
                norm2=BatchNorm2d(),
                act2=ReLU6(),
                squeeze=Gate(
                    Identity(),
                    Chain(pool=GlobalAvgPool2d(), down=Conv2d(6, 1), act=ReLU(), up=Conv2d(24, 1),
                          gate=Sigmoid()),
                ),
                project=Conv2d(8, 1, bias=False),
                norm3=BatchNorm2d(affine=False),
            )
        ),
        multiplied=Conv2d(16, 3, groups=8, dilation=2, padding=2),
        pool=MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
        head=GlobalAvgPool2d(),
        flatten=Flatten(),
        drop=Dropout(0.25),
        fc=Linear(5),
    ),
)  # fmt: skip

SMOOTH = _network(
    "smooth",
    CHW(2, 8, 7),
    5,
    conv1=Conv2d(6, 3, bias=False),
    norm=BatchNorm2d(),
    tanh1=Tanh(),
    conv2=Conv2d(7, 3),
    tanh2=Tanh(),
    flatten=Flatten(),
    fc=Linear(5),
)

OPTIMISERS: tuple[tuple[dict[str, Any], float], ...] = (
    ({"type": "SGD", "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}, 0.1),
    ({"type": "SGD", "momentum": 0.9, "nesterov": False, "weight_decay": 0.02}, 0.02),
    ({"type": "SGD", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, 0.02),
    ({"type": "Adam", "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}, 2e-3),
    ({"type": "AdamW", "betas": (0.8, 0.99), "eps": 1e-7, "weight_decay": 0.1}, 2e-3),
    ({"type": "Adadelta", "rho": 0.95, "eps": 1e-6, "weight_decay": 0.01}, 1.0),
)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # within torch itself
def test_training_equals_pytorch(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    cases = Cases(tmp_path)
    for kind, layer in enumerate(LAYERS):
        for number, example in enumerate(layer.examples):
            name = f"{layer.__name__.lower()}_{number}"
            architecture = _around(example.layer, example.input, name)
            if architecture is not None:
                count = COUNTS[(kind + number) % 3]
                add_step(cases, architecture, count=count, seed=kind)
    for seed, architecture in enumerate(NETWORKS):
        add_step(cases, architecture, count=21, seed=seed, smoothing=0.1 * seed)
    for name, count in (("lenet5", 33), ("lenet5_1998", 5), ("resnet20", 4)):
        add_step(cases, convscope.load(name), count=count, seed=count)
    for seed, (optimiser, lr) in enumerate(OPTIMISERS):
        add_steps(cases, SMOOTH, optimiser, lr, seed)
    cases.close()
    vitest.run("src/engine/contract.test.ts", "ENGINE_CASES", tmp_path)
