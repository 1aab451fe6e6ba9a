"""Names of other libraries and of papers lead to our layers, wherever a layer is named."""

import json

import pytest
from typer.testing import CliRunner

import convscope.layers
from convscope.arch import Architecture
from convscope.arch.block import COMPOSITIONS
from convscope.cli import app
from convscope.errors import ArchitectureError, InputError
from convscope.layers import LAYERS
from convscope.layers.entries import OTHER_NAMES
from convscope.zoo import load

# torchvision, timm, Keras, Caffe and the papers: our name, from their documentation
NAMES = {
    "DropPath": "StochasticDepth",
    "GRN": "GlobalResponseNorm",
    "Swish": "SiLU",
    "SE": "Gate",
    "SqueezeExcitation": "Gate",
    "QuickGELU": "GELU",
    "gelu_tanh": "GELU",
    "LRN": "LocalResponseNorm",
    "InnerProduct": "Linear",
    "Dense": "Linear",
    "Conv2DTranspose": "ConvTranspose2d",
    "GlobalAveragePooling2D": "GlobalAvgPool2d",
    "Sequential": "Chain",
}


def lenet_with(block):
    fields = json.loads(load("lenet5").to_json())
    fields["block"]["blocks"] = {"new": block, **fields["block"]["blocks"]}
    return json.dumps(fields)


def test_every_name_leads_to_a_layer_or_block():
    known = {kind.__name__ for kind in (*LAYERS, *COMPOSITIONS)}
    assert set(OTHER_NAMES.values()) <= known
    assert not {name.lower() for name in known} & set(OTHER_NAMES), "a name of ours needs no other"


@pytest.mark.parametrize("name", NAMES)
def test_in_a_file(name):
    with pytest.raises(ArchitectureError) as caught:
        Architecture.from_json(lenet_with({"type": name}))
    assert caught.value.fix.startswith(f"did you mean {NAMES[name]}?")
    assert caught.value.where == "new"


def test_in_python_and_on_the_command_line():
    with pytest.raises(AttributeError, match=r"did you mean StochasticDepth\?"):
        convscope.layers.DropPath  # noqa: B018
    error = CliRunner().invoke(app, ["list", "layers", "drop_path"]).exception
    assert isinstance(error, InputError)
    assert "did you mean StochasticDepth?" in error.fix


@pytest.mark.parametrize(
    ("block", "fields"),
    [
        ({"type": "Residual", "blocks": {}}, "body, shortcut"),
        ({"type": "Gate", "blocks": {}}, "body, gate"),
        ({"type": "AuxiliaryHead", "heads": {}}, "head, weight"),
        ({"type": "Chain", "layers": {}}, "blocks"),
    ],
)
def test_an_unknown_field_of_a_block_names_its_fields(block, fields):
    with pytest.raises(ArchitectureError, match="unknown field") as caught:
        Architecture.from_json(lenet_with(block))
    assert caught.value.expected == f"one of {fields}"
