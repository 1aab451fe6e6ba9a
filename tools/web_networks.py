"""Write the networks of the training page, and the layers of its form, as JSON of the page.

python tools/web_networks.py            write web/src/views/train/network/*.json
python tools/web_networks.py --check    exit 1 if these files differ from what would be written
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

from generated import keep
from pydantic import TypeAdapter

from convscope.arch import Architecture, Chain, Residual
from convscope.arch.block import COMPOSITIONS, AnyBlock
from convscope.layers import (
    LAYERS,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
)
from convscope.shapes import CHW
from convscope.zoo import load

FOLDER = Path(__file__).parents[1] / "web" / "src" / "views" / "train" / "network"
DIGIT = CHW(1, 28, 28)
IN_TAB = frozenset(
    {
        *("Conv2d", "PartialConv2d", "MaxPool2d", "AvgPool2d", "GlobalAvgPool2d"),
        *("GlobalMaxPool2d", "BatchNorm2d", "LocalResponseNorm", "Dropout", "Linear"),
        *("Flatten", "Identity"),
    }
)
"""Layers that the page trains, besides all activations."""


def convnetjs_mnist() -> Architecture:
    """The network of ConvNetJS's MNIST demo, on whole images of 28 x 28 (the demo cuts 24 x 24)."""
    return Architecture(
        name="convnetjs_mnist",
        input=DIGIT,
        num_classes=10,
        block=Chain(
            conv1=Conv2d(8, 5, padding=2),
            relu1=ReLU(),
            pool1=MaxPool2d(2),
            conv2=Conv2d(16, 5, padding=2),
            relu2=ReLU(),
            pool2=MaxPool2d(3),
            flatten=Flatten(),
            fc=Linear(10),
        ),
    )


def _normalised(channels: int, *, stride: int = 1) -> dict[str, AnyBlock]:
    return {
        "conv": Conv2d(channels, 3, stride=stride, padding=1, bias=False),
        "norm": BatchNorm2d(),
        "relu": ReLU(),
    }


def small_batchnorm() -> Architecture:
    """Three convolutions of 3 x 3, each with batch normalisation."""
    return Architecture(
        name="small_batchnorm",
        input=DIGIT,
        num_classes=10,
        block=Chain(
            stage1=Chain(**_normalised(8), pool=MaxPool2d(2)),
            stage2=Chain(**_normalised(16), pool=MaxPool2d(2)),
            stage3=Chain(**_normalised(32)),
            head=Chain(pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(10)),
        ),
    )


def all_convolutional() -> Architecture:
    """Convolutions only: strides in place of pooling, an average over positions at the end."""
    return Architecture(
        name="all_convolutional",
        input=DIGIT,
        num_classes=10,
        block=Chain(
            conv1=Conv2d(12, 3, padding=1),
            relu1=ReLU(),
            down1=Conv2d(16, 3, stride=2, padding=1),
            relu2=ReLU(),
            conv2=Conv2d(24, 3, padding=1),
            relu3=ReLU(),
            down2=Conv2d(32, 3, stride=2, padding=1),
            relu4=ReLU(),
            classes=Conv2d(10, 1),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
        ),
    )


def _residual(channels: int, *, stride: int = 1, widens: bool = False) -> Chain:
    body = Chain(
        conv1=Conv2d(channels, 3, stride=stride, padding=1, bias=False),
        norm1=BatchNorm2d(),
        relu=ReLU(),
        conv2=Conv2d(channels, 3, padding=1, bias=False),
        norm2=BatchNorm2d(),
    )
    project = Conv2d(channels, 1, stride=stride, bias=False) if widens else Identity()
    return Chain(add=Residual(body, project), relu=ReLU())


def small_residual() -> Architecture:
    """Three residual blocks after a first convolution that halves the image."""
    return Architecture(
        name="small_residual",
        input=DIGIT,
        num_classes=10,
        block=Chain(
            stem=Chain(**_normalised(12, stride=2)),
            block1=_residual(12),
            block2=_residual(24, stride=2, widens=True),
            block3=_residual(24),
            head=Chain(pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(10)),
        ),
    )


def networks() -> list[dict[str, Any]]:
    """Return the networks with the shape and the parameters of every operation."""
    architectures = (
        load("lenet5"),
        convnetjs_mnist(),
        small_batchnorm(),
        all_convolutional(),
        small_residual(),
    )
    return [
        {
            "architecture": short(architecture),
            "rows": [
                {
                    "path": step.path,
                    "type": step.operation.type,
                    "shape": list(step.output_shape),
                    "parameters": step.parameters,
                }
                for step in architecture.trace.steps
            ],
        }
        for architecture in architectures
    ]


def short(architecture: Architecture) -> dict[str, Any]:
    """Return the JSON of an architecture without the fields that have their default."""
    whole = architecture.model_dump(mode="json")
    kept = {key: whole[key] for key in ("name", "input", "num_classes", "block")}
    return {"schema_version": 1, **kept, "block": _short_block(whole["block"])}


def _short_block(block: dict[str, Any]) -> dict[str, Any]:
    kind = block["type"]
    if any(kind == composition.__name__ for composition in COMPOSITIONS):
        inner = {
            name: {key: _short_block(part) for key, part in value.items()}
            if name == "blocks"
            else _short_block(value)
            for name, value in block.items()
            if isinstance(value, dict)
        }
        return {"type": kind, **inner}
    chosen = {
        name: value
        for name, value in block.items()
        if name != "type" and value != layers()[kind]["fields"][name].get("default", _MISSING)
    }
    return {"type": kind, **chosen}


_MISSING = object()


def layers() -> dict[str, dict[str, Any]]:
    """Return role and fields of every layer that the page trains: kind and default of each."""
    chosen = [layer for layer in LAYERS if layer.__name__ in IN_TAB or _is_activation(layer)]
    return {layer.__name__: {"role": layer.role, "fields": _fields(layer)} for layer in chosen}


def _is_activation(layer: Any) -> bool:
    return bool(layer.role == "activation" and layer.__name__ != "Softmax")


def _fields(layer: Any) -> dict[str, dict[str, Any]]:
    schema = TypeAdapter(layer).json_schema()
    fields = {}
    for field in dataclasses.fields(layer):
        if field.name == "type":
            continue
        described = {"kind": _kind(schema["properties"][field.name])}
        if field.default is not dataclasses.MISSING:
            described["default"] = field.default
        fields[field.name] = described
    return fields


def _kind(schema: dict[str, Any]) -> str:
    """Return the kind of a field: whole, number, size, switch, choice, or other."""
    parts = schema.get("anyOf", [schema])
    types = {part.get("type") for part in parts} - {"null"}
    if types == {"boolean"}:
        return "switch"
    if types == {"integer"}:
        return "whole"
    if types == {"number"}:
        return "number"
    if {"integer", "array"} <= types:
        return "size"
    choices = [value for part in parts for value in part.get("enum", ())]
    return "|".join(choices) if choices and types == {"string"} else "other"


def files() -> dict[Path, str]:
    """Return the files that the page reads, with their text."""
    values = {"networks.json": networks(), "layers.json": layers()}
    return {
        FOLDER / name: json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        for name, value in values.items()
    }


if __name__ == "__main__":
    keep(files())
