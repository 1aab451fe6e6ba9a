"""Explanations of the page against PyTorch: every layer, every composition, whole networks.

`web/src/explain/contract.test.ts` compares the cases with its own computation: the values of up
to 200 units in float64, and the outputs that an input affects with those whose derivative is
not zero.
"""

from pathlib import Path

import pytest
import torch

from convscope.arch import AnyBlock, Architecture, Chain, Concat, Gate, Residual
from convscope.layers import (
    LAYERS,
    AvgPool2d,
    BatchNorm2d,
    CenterCrop,
    ChannelShuffle,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Normalize,
    PartialConv2d,
    PixelShuffle,
    ReLU,
    Resize,
    SelectChannels,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    Upsample,
    ZeroPadShortcut,
)
from convscope.shapes import CHW
from e2e import vitest
from e2e.explain_cases import Cases, add_layer, add_network, add_preprocessing


def _network(name: str, input: CHW, classes: int, **blocks: AnyBlock) -> Architecture:
    return Architecture(name=name, input=input, num_classes=classes, block=Chain(**blocks))


NETWORKS = (
    _network(
        "branches",
        CHW(3, 14, 13),
        4,
        stem=Conv2d(6, 3, padding=1),
        norm=BatchNorm2d(),
        act=SiLU(),
        pool=MaxPool2d(2),
        mixed=Concat(
            b1=Conv2d(2, 1),
            b3=Chain(reduce=Conv2d(2, 1), act=ReLU(), conv=Conv2d(4, 3, padding=1)),
            pool=AvgPool2d(3, stride=1, padding=1),
        ),
        block=Residual(
            Chain(conv1=Conv2d(16, 3, stride=2, padding=1, groups=4), act=Tanh()),
            ZeroPadShortcut(16, stride=2),
        ),
        gate=Gate(
            Identity(),
            Chain(squeeze=GlobalAvgPool2d(), up=Conv2d(16, 1), gate=Sigmoid()),
        ),
        flatten=Flatten(),
        fc=Linear(4),
    ),
    _network(
        "local",
        CHW(2, 16, 16),
        3,
        conv=Conv2d(8, (3, 2), stride=(2, 1), dilation=(2, 3), groups=2),
        lrn=LocalResponseNorm(3, alpha=0.5),
        split=Concat(
            left=SelectChannels(0, 4),
            right=Chain(part=SelectChannels(4), depthwise=Conv2d(4, 3, padding=1, groups=4)),
        ),
        shuffle=ChannelShuffle(2),
        gate=Gate(Conv2d(8, 1, groups=8), Chain(conv=Conv2d(8, 1), act=Tanh())),
        large=Upsample(2, mode="bilinear"),
        up=PixelShuffle(2),
        table=PartialConv2d(((0,), (1,), (0, 1)), 5, stride=3),
        flatten=Flatten(),
        fc1=Linear(6),
        both=Residual(Chain(fc=Linear(6), softmax=Softmax())),
        scaled=Gate(Linear(6), Chain(fc=Linear(6), gate=Sigmoid())),
        fc2=Linear(3),
    ),
)

PREPROCESSING = (
    (
        Chain(
            resize=Resize(20, interpolation="bicubic"),
            crop=CenterCrop(17),
            normalise=Normalize((0.5,), (0.2,)),
        ),
        CHW(1, 47, 35),
    ),
    (Chain(resize=Resize((9, 24)), crop=CenterCrop((12, 20))), CHW(3, 31, 15)),
)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # within torch itself
def test_explanations_equal_pytorch(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    cases = Cases(tmp_path)
    for layer in LAYERS:
        assert layer.examples, layer
        for number, example in enumerate(layer.examples):
            add_layer(cases, f"{layer.__name__} {number}", example, seed=number)
    for seed, architecture in enumerate(NETWORKS):
        add_network(cases, architecture, seed=seed, draws=40)
    for number, (chain, picture) in enumerate(PREPROCESSING):
        add_preprocessing(cases, f"preprocessing {number}", chain, picture, boxes=20)
    cases.close()
    vitest.run("src/explain/contract.test.ts", "EXPLAIN_CASES", tmp_path)
