"""Layers slid over larger maps, and layers of another size."""

import pytest
import torch

from convscope.layers import LAYERS, CenterCrop, Flatten, Linear, Resize
from convscope.shapes import CHW, Features

WINDOW = CHW(4, 3, 2)


@pytest.mark.parametrize("bias", [True, False])
def test_linear_slides_as_a_convolution_with_its_weights(bias):
    linear = Linear(5, bias=bias)
    slid = linear.over_maps(WINDOW)
    module, sliding = linear.build(Features(WINDOW.numel)), slid.build(WINDOW)
    with torch.no_grad():
        for name, weight in module.named_parameters():
            sliding.get_parameter(name).copy_(weight.view_as(sliding.get_parameter(name)))
        maps_NCHW = torch.randn(2, 4, 6, 5)
        found_NKHW = sliding(maps_NCHW)
        for i in range(4):
            for j in range(4):
                window = maps_NCHW[:, :, i : i + 3, j : j + 2].flatten(1)
                torch.testing.assert_close(found_NKHW[:, :, i, j], module(window))


@pytest.mark.parametrize("layer", LAYERS)
def test_only_pointwise_and_linear_layers_slide(layer):
    for example in layer.examples:
        slid = example.layer.over_maps(WINDOW)
        if layer.pointwise:
            assert slid is example.layer
        else:
            assert (slid is not None) == isinstance(example.layer, Linear)


def test_another_size():
    assert Resize(9, interpolation="bicubic").with_size((3, 4)) == Resize(
        (3, 4), interpolation="bicubic"
    )
    assert CenterCrop(9).with_size(4) == CenterCrop(4)
    assert Flatten().with_size(4) is None
    assert {layer.__name__ for layer in LAYERS if layer.framing} == {"Resize", "CenterCrop"}
