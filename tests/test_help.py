"""`help(Conv2d)` begins with the class, its settings and its docstring, and lists no machinery."""

import inspect
import pydoc

import pydantic
import pytest

import convscope
from convscope.arch import Architecture, Chain
from convscope.arch.block import COMPOSITIONS
from convscope.help_text import annotation_text
from convscope.layers import LAYERS, Conv2d, Linear, MaxPool2d, ReLU, Tanh
from convscope.layers.base import Padding, Size
from convscope.payload import Heatmap
from convscope.training.recipe.recipe import Recipe

CLASSES = [*LAYERS, *COMPOSITIONS, Architecture, Recipe, Heatmap]
NOISE = ("Annotated", "FieldInfo", "Validator", "pydantic_", "Literal", "convscope.", "<")


def rendered(kind):
    return pydoc.plain(pydoc.render_doc(kind)).splitlines()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_help_begins_with_what_the_class_is(kind):
    lines = rendered(kind)
    first = lines[2:7]
    assert first[0].startswith(f"class {kind.__name__}(")
    parameters = inspect.signature(kind).parameters
    if parameters:  # pydoc prints no empty signature
        assert first[1].startswith(f" |  {kind.__name__}(")
        assert all(name in first[1] for name in parameters)
        assert not [word for word in NOISE if word in first[1]]
    about = inspect.getdoc(kind).splitlines()[0]
    assert f" |  {about}" in first


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_help_lists_no_machinery(kind):
    text = "\n".join(rendered(kind))
    assert "__pydantic" not in text
    assert "BaseModel:" not in text  # "Methods inherited from pydantic.main.BaseModel:"
    assert "~L" not in text
    assert "model_dump" not in dir(kind)


def test_the_signature_is_that_of_the_constructor():
    text = str(inspect.signature(MaxPool2d))
    assert text.startswith("(kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | ")
    bound = inspect.signature(Conv2d).bind(6, 5, padding=2)
    assert Conv2d(*bound.args, **bound.kwargs) == Conv2d(6, kernel_size=5, padding=2)
    assert list(inspect.signature(Architecture).parameters)[:4] == [
        "name",
        "input",
        "num_classes",
        "block",
    ]
    with pytest.raises(TypeError):
        inspect.signature(Linear).bind()


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (Size, "int | tuple[int, int]"),
        (Padding | None, "int | tuple[int, int] | None"),
        (tuple[int, ...], "tuple[int, ...]"),
        (dict[str, Conv2d], "dict[str, Conv2d]"),
        ("AnyBlock", "AnyBlock"),
        (None, "None"),
    ],
)
def test_types_are_written_without_validators(hint, text):
    assert annotation_text(hint) == text


def test_the_init_docstring_is_ours():
    """IPython prints it after the signature."""
    for kind in (*COMPOSITIONS, Architecture, Recipe):
        assert inspect.getdoc(kind.__init__) != inspect.getdoc(pydantic.BaseModel.__init__)


def test_repr_is_short_and_can_be_read():
    assert repr(Conv2d(6, 5, padding=2)) == "Conv2d(out_channels=6, kernel_size=5, padding=2)"
    assert repr(ReLU()) == "ReLU()"
    block = convscope.load("lenet5").block.parts["conv1"]
    assert eval(repr(block), {"Conv2d": Conv2d}) == block
    assert repr(convscope.load("lenet5")) == (
        "Architecture(lenet5: input 1x32x32, 10 classes, 61,706 parameters)"
    )
    chain = Chain(act=Tanh(), fc=Linear(2))
    assert repr(chain) == "Chain(act=Tanh(), fc=Linear(out_features=2))"
    assert str(chain) == repr(chain)
    for name in ("resnet152", "inception_v3"):
        block = convscope.load(name).block
        assert len(repr(block)) < 1000
        assert "more)" in repr(block)
