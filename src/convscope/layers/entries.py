"""Layers as entries of a list, grouped by role, and all about one of them."""

import inspect
import json
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from convscope.lang import label, translate
from convscope.layers import LAYERS, Example
from convscope.listing import Entry, sentence

OTHER_NAMES = {
    **dict.fromkeys(("add", "shortcut", "skip", "skipconnection"), "Residual"),
    **dict.fromkeys(("averagepooling2d", "avgpool"), "AvgPool2d"),
    **dict.fromkeys(("batchnormalization", "bn", "syncbatchnorm"), "BatchNorm2d"),
    **dict.fromkeys(("cat", "concatenate"), "Concat"),
    **dict.fromkeys(("conv2dtranspose", "convtranspose", "deconv"), "ConvTranspose2d"),
    **dict.fromkeys(("deconvolution", "deconv2d", "transposedconv"), "ConvTranspose2d"),
    **dict.fromkeys(("depthwiseconv2d", "separableconv2d", "convolution"), "Conv2d"),
    **dict.fromkeys(("dense", "fc", "fullyconnected", "innerproduct"), "Linear"),
    **dict.fromkeys(("dropout2d", "spatialdropout2d"), "Dropout"),
    **dict.fromkeys(("droppath", "dropconnect", "survival"), "StochasticDepth"),
    **dict.fromkeys(("depthtospace",), "PixelShuffle"),
    **dict.fromkeys(("spacetodepth",), "PixelUnshuffle"),
    **dict.fromkeys(("gap", "globalaveragepooling2d", "globalavgpool"), "GlobalAvgPool2d"),
    **dict.fromkeys(("globalmaxpooling2d", "globalmaxpool"), "GlobalMaxPool2d"),
    **dict.fromkeys(("gelutanh", "geluapproximate", "newgelu", "quickgelu"), "GELU"),
    **dict.fromkeys(("grn",), "GlobalResponseNorm"),
    **dict.fromkeys(("gn",), "GroupNorm"),
    **dict.fromkeys(("hsigmoid",), "Hardsigmoid"),
    **dict.fromkeys(("hswish",), "Hardswish"),
    **dict.fromkeys(("interpolate", "upsampling2d"), "Upsample"),
    **dict.fromkeys(("layernorm", "layernormalization", "ln"), "LayerNorm2d"),
    **dict.fromkeys(("lrn",), "LocalResponseNorm"),
    **dict.fromkeys(("maxpooling2d", "maxpool"), "MaxPool2d"),
    **dict.fromkeys(("normalization", "rescaling"), "Normalize"),
    **dict.fromkeys(("se", "seblock", "selayer", "semodule", "squeezeexcite"), "Gate"),
    **dict.fromkeys(("squeezeexcitation", "squeezeandexcitation"), "Gate"),
    **dict.fromkeys(("sequential",), "Chain"),
    **dict.fromkeys(("swish",), "SiLU"),
    **dict.fromkeys(("zeropadding2d",), "ZeroPad2d"),
}
"""Names of other libraries and of papers, without case, `_` and `-`: our layer or block."""


def our_name(name: str) -> str | None:
    """Return our name of a layer that other libraries and papers name differently."""
    return OTHER_NAMES.get(name[:80].lower().replace("_", "").replace("-", ""))


class Explained(NamedTuple):
    """All about a layer: how it is written, its docstring, and examples with their numbers.

    Attributes:
        block: the first example as in the JSON file of an architecture.
    """

    signature: str
    text: str
    examples: tuple[str, ...]
    block: dict[str, Any]


def entries() -> list[Entry]:
    """Return all layers, grouped by role."""
    roles = list(dict.fromkeys(layer.role for layer in LAYERS))
    ordered = sorted(LAYERS, key=lambda layer: roles.index(layer.role))
    return [
        Entry(name=layer.__name__, summary=sentence(layer.__doc__ or ""), group=layer.role)
        for layer in ordered
    ]


def explained(name: str) -> Explained:
    """Return all about the layer of that name."""
    layer = next(layer for layer in LAYERS if layer.__name__ == name)
    fields = json.loads(TypeAdapter(layer).dump_json(layer.examples[0].layer))
    return Explained(
        signature=f"{name}{inspect.signature(layer)}",
        text=inspect.cleandoc(layer.__doc__ or ""),
        examples=tuple(map(_example, layer.examples)),
        block={"type": name} | fields,
    )


def documented() -> str:
    """Return the table of the documentation, as Markdown, in the language in use."""
    rows = [f"| `{entry.name}` | {translate(entry.summary)} |" for entry in entries()]
    head = f"| {label('layer')} | {label('description')} |"
    return "\n".join([head, "|---|---|", *rows])


def _example(example: Example) -> str:
    layer, shape = example
    numbers = [f"{layer.parameters(shape):,} parameters"] if layer.parameters(shape) else []
    numbers += [f"{layer.macs(shape):,} MACs"] if layer.macs(shape) else []
    output = f"{shape} -> {layer.output_shape(shape)}"
    return f"{layer}: {', '.join([output, *numbers])}"
