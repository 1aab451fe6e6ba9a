"""Text of a small page, and small models."""

import convscope
from convscope.arch import Architecture, Chain, Concat, Gate, Residual
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    LeakyReLU,
    Linear,
    MaxPool2d,
    PartialConv2d,
    ReLU,
    Sigmoid,
    Upsample,
)
from convscope.opening import untrained
from convscope.shapes import CHW

HTML = "<!doctype html><html><head></head><body><p>page</p></body></html>"
POLICY = "default-src 'none'; script-src 'self'"
HEAD = f'<meta\n http-equiv="Content-Security-Policy"\n content="{POLICY}"\n/>'

NETWORK = Architecture(
    name="joined",
    input=CHW(3, 16, 12),
    num_classes=4,
    block=Chain(
        stem=Chain(conv=Conv2d(6, 3, padding=1, bias=False), norm=BatchNorm2d(), act=ReLU()),
        mixed=Concat(
            a=Conv2d(4, 1), b=Chain(reduce=Conv2d(2, 1), conv=Conv2d(4, 3, padding=1)), c=Identity()
        ),
        block=Residual(Chain(conv=Conv2d(14, 3, padding=1, groups=2), act=LeakyReLU())),
        gate=Gate(
            body=Identity(),
            gate=Chain(squeeze=GlobalAvgPool2d(), up=Conv2d(14, 1), gate=Sigmoid()),
        ),
        pool=MaxPool2d(2),
        table=PartialConv2d(((0, 1), (2, 5, 13)), 3),
        up=Upsample(2),
        flatten=Flatten(),
        drop=Dropout(),
        fc=Linear(4),
    ),
)


def digits():
    return untrained(convscope.load("lenet5"))


def joined():
    return untrained(NETWORK)
