"""Calls of blocks and layers with missing, surplus or unnamed values: errors that show the call."""

import inspect

import pytest

from convscope.arch import AuxiliaryHead, Chain, Concat, Gate, Residual
from convscope.errors import ArchitectureError
from convscope.layers import LAYERS, Conv2d, MaxPool2d, ReLU


def test_blocks_without_names_get_names_in_the_suggestion():
    with pytest.raises(ArchitectureError, match="a block without a name") as caught:
        Chain(Conv2d(6, 5), ReLU(), Conv2d(6, 5))
    names = {"Chain": Chain, "Conv2d": Conv2d, "ReLU": ReLU}
    built = eval(caught.value.fix, names)  # the suggestion is a call that works
    assert list(built.parts) == ["conv1", "relu1", "conv2"]
    for kind in (Chain, Concat):
        with pytest.raises(ArchitectureError, match="a block without a name") as caught:
            kind([MaxPool2d(2)])
        assert caught.value.fix == f"{kind.__name__}(maxpool1=MaxPool2d(kernel_size=2))"
    with pytest.raises(ArchitectureError, match="without a name"):
        Chain(ReLU(), act=ReLU())


@pytest.mark.parametrize("kind", [Residual, Gate, AuxiliaryHead])
def test_compositions_with_too_few_or_too_many_parts(kind):
    for arguments in ((), (ReLU(),) * 4):
        with pytest.raises(ArchitectureError, match=rf"^{kind.__name__}: ") as caught:
            kind(*arguments)
        assert caught.value.expected.startswith(f"{kind.__name__}(")
    with pytest.raises(ArchitectureError):
        kind(nonsense=ReLU())


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_surplus_values_of_a_layer(layer):
    with pytest.raises(ArchitectureError, match="30 values without a name") as caught:
        layer(*range(30))
    positional = [
        name
        for name, each in inspect.signature(layer).parameters.items()
        if each.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    assert all(name in caught.value.expected for name in positional)


def test_values_that_do_not_fit_are_worded_by_us():
    for build, expected in (
        (lambda: Conv2d("6", 5), "a whole number"),
        (lambda: Conv2d(6, 5, bias=3), "true or false"),
        (lambda: Chain(a=3), "an object"),
    ):
        with pytest.raises(ArchitectureError) as caught:
            build()
        assert caught.value.expected.startswith(expected)
        assert "Input" not in str(caught.value)
