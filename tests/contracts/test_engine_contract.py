"""Every engine at every level: its tolerance is stated, and it keeps it."""

import pytest
import torch

from convscope.arch import Architecture, Chain, Concat, Residual
from convscope.engine.candidates import FAMILIES, candidates
from convscope.engine.levels import LEVELS, NUMBERS, TOLERANCES, find_level
from convscope.engine.state import state_of
from convscope.errors import InputError
from convscope.layers import BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, ReLU
from convscope.network import build
from convscope.network.hooks import activations
from convscope.shapes import CHW

PATHS = ("join", "side")


def network():
    """Convolutions with normalisation, a shortcut and a join, with statistics of their own."""
    body = Chain(conv=Conv2d(8, 3, padding=1, bias=False), norm=BatchNorm2d(), relu=ReLU())
    side = Concat(a=Conv2d(4, 1), b=Chain(conv=Conv2d(4, 3, padding=1), norm=BatchNorm2d()))
    block = Chain(
        conv=Conv2d(8, 3, padding=1),
        norm=BatchNorm2d(),
        join=Residual(body=body),
        side=side,
        pool=GlobalAvgPool2d(),
        flatten=Flatten(),
        fc=Linear(5),
    )
    architecture = Architecture(name="small", block=block, input=CHW(3, 12, 12), num_classes=5)
    net = build(architecture, seed=0).eval()
    for key, buffer in net.named_buffers():
        if key.endswith(("running_mean", "running_var")):
            buffer.copy_(torch.rand(buffer.shape) + 0.5)
    return net


def test_every_level_states_its_tolerance_and_its_numbers():
    assert set(LEVELS) == set(TOLERANCES) == set(NUMBERS)
    assert TOLERANCES["exact"] == 1e-4 < TOLERANCES["fast"] < TOLERANCES["int8"]
    for name in LEVELS:
        assert find_level(name) == name
    with pytest.raises(InputError, match="exakt") as caught:
        find_level("exakt")
    assert "exact" in caught.value.fix


@pytest.mark.parametrize("level", ["exact", "fast"])
def test_engines_keep_the_tolerance_of_their_level_for_any_number_of_images(level):
    net = network()
    before, labels = state_of(net), set()
    for candidate in candidates(net, level, paths=PATHS):
        engine = candidate.build()
        labels.add(candidate.label)
        limit = 1e-4 if candidate.numbers == "float32" else TOLERANCES[level]
        for num in (2, 1, 5):
            inputs_NCHW = torch.randn(num, 3, 12, 12)
            with torch.no_grad(), activations(net, PATHS) as kept:
                expected = [net(inputs_NCHW.clone()), *(kept[path].clone() for path in PATHS)]
            for order in (torch.contiguous_format, torch.channels_last):
                outputs = engine(inputs_NCHW.clone(memory_format=order))
                assert len(outputs) == 1 + len(PATHS)
                for output, reference in zip(outputs, expected, strict=True):
                    assert output.dtype == torch.float32
                    assert output.shape == reference.shape
                    difference = (output - reference).abs().max()
                    assert difference <= limit * reference.abs().max(), candidate.label
        again = engine(inputs_NCHW.clone())  # the outputs before are not overwritten
        assert torch.equal(again[0], outputs[0])
        kept_output = outputs[0].clone()
        engine(torch.randn(5, 3, 12, 12))
        assert torch.equal(outputs[0], kept_output), candidate.label
    assert {label.split(",")[0] for label in labels} == set(FAMILIES.values())
    assert state_of(net) == before
