"""An architecture ends in logits: probabilities are refused, in every form."""

import json

import pytest

from convscope.arch import Architecture, AuxiliaryHead, Chain, Concat
from convscope.errors import ArchitectureError
from convscope.layers import (
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    ReLU,
    Sigmoid,
    Softmax,
)
from convscope.shapes import CHW


def _architecture(**blocks):
    return Architecture(name="mine", input=CHW(1, 8, 8), num_classes=4, block=Chain(**blocks))


FULL = {"flatten": Flatten(), "fc": Linear(4)}
MAPS = {"conv": Conv2d(4, 3), "soft": Softmax(), "pool": GlobalAvgPool2d(), "flatten": Flatten()}
HEAD = AuxiliaryHead(head=Chain(flatten=Flatten(), fc=Linear(4), soft=Softmax()), weight=0.3)
HALVES = Concat(a=Chain(conv=Conv2d(2, 3), soft=Softmax()), b=Conv2d(2, 3))


@pytest.mark.parametrize(
    ("blocks", "path"),
    [
        (FULL | {"soft": Softmax()}, "soft"),
        (FULL | {"squash": Sigmoid()}, "squash"),
        (FULL | {"soft": Softmax(), "drop": Dropout(0.5), "same": Identity()}, "soft"),
        (FULL | {"soft": Softmax(), "relu": ReLU()}, "soft"),
        (FULL | {"soft": Softmax(), "again": Softmax()}, "again"),
        (FULL | {"end": Chain(a=Identity(), b=Chain(soft=Softmax()))}, "end.b.soft"),
        (MAPS, "soft"),
        ({"aux": HEAD} | FULL, "aux.head.soft"),
        ({"halves": HALVES, "pool": GlobalAvgPool2d(), "flatten": Flatten()}, "halves.a.soft"),
    ],
)
def test_probabilities_at_the_end_are_refused(blocks, path):
    with pytest.raises(ArchitectureError, match="outputs are probabilities") as raised:
        _architecture(**blocks)
    assert raised.value.where == path
    assert "leave this layer out" in str(raised.value)


@pytest.mark.parametrize(
    "blocks",
    [
        FULL,
        {"soft": Softmax()} | FULL,
        {"conv": Conv2d(4, 3), "squash": Sigmoid(), "flatten": Flatten(), "fc": Linear(4)},
    ],
)
def test_probabilities_before_the_last_weights_are_features(blocks):
    assert _architecture(**blocks).num_classes == 4


def test_json_with_a_softmax_at_the_end_is_refused():
    form = json.loads(_architecture(**FULL).to_json())
    form["block"]["blocks"]["soft"] = {"type": "Softmax"}
    with pytest.raises(ArchitectureError, match="probabilities"):
        Architecture.from_json(json.dumps(form))
