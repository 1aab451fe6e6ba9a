"""Times of an engine's operations, brought back to layers: by hand, and by three real profiles."""

import pytest
import torch

import convscope
from convscope.bench.builders import Sources, build
from convscope.bench.candidates import CANDIDATES
from convscope.engine.levels import TOLERANCES
from convscope.engine.profile.attribution import Node, Pass, attributed, path_of
from convscope.network import build as build_network


def result_of(name, *passes):
    return attributed(convscope.load(name), [Pass(tuple(nodes), total) for nodes, total in passes])


def rows(result):
    return {layer.path: (layer.ms, layer.inside) for layer in result.layers}


def test_a_fused_activation_is_counted_with_its_convolution():
    nodes = [Node(("tanh1_nchwc",), 3.0), Node(("pool1",), 1.0), Node(("ReorderOutput",), 0.5)]
    result = result_of("lenet5", (nodes, 6.0))
    assert rows(result)["conv1"] == (3.0, "")  # the operation has the name of the activation
    assert rows(result)["tanh1"] == (0.0, "conv1")
    assert rows(result)["pool1"] == (1.0, "")
    assert result.other_ms == pytest.approx(2.0)
    assert result.total_ms == 6.0


def test_an_addition_inside_a_convolution():
    block = "stage1.block2"
    nodes = [Node((f"{block}.body.relu1_nchwc",), 2.0), Node((f"{block}.body.norm2_nchwc",), 3.0)]
    found = rows(result_of("resnet20", (nodes, 5.0)))
    assert found[f"{block}.body.conv1"] == (2.0, "")
    assert found[f"{block}.body.norm1"] == (0.0, f"{block}.body.conv1")
    assert found[f"{block}.body.conv2"] == (3.0, "")
    for path in (f"{block}.body.norm2", block, "stage1.relu2"):
        assert found[path] == (0.0, f"{block}.body.conv2")


def test_operations_that_name_all_that_they_fuse():
    nodes = [Node(("conv1/WithoutBiases", "conv1", "tanh1"), 4.0), Node(("fc1", "tanh4"), 1.0)]
    found = rows(result_of("lenet5", (nodes, 5.0)))
    assert found["conv1"] == (4.0, "")
    assert found["fc1"] == (1.0, "")
    assert found["tanh4"] == (0.0, "fc1")
    assert found["conv2"] == found["fc2"] == (0.0, "other")  # named by no operation


def test_padding_is_counted_with_the_layer_that_it_pads():
    block = "stage2.block1"
    nodes = [Node((f"{block}.expand.conv",), 1.0), Node((f"{block}.depthwise.conv",), 2.0)]
    found = rows(result_of("efficientnet_lite0", (nodes, 3.0)))
    (pad,) = [path for path in found if path.startswith(block) and "pad" in path]
    assert found[pad] == (0.0, f"{block}.depthwise.conv")


def test_medians_over_passes_never_exceed_the_total():
    passes = [
        ([Node(("conv1",), a), Node(("conv2",), b)], 4.0) for a, b in ((3, 1), (3, 3), (1, 3))
    ]
    result = result_of("lenet5", *passes)
    assert sum(layer.ms for layer in result.layers) == 6.0  # medians 3 and 3 of passes of 4
    assert result.total_ms == 6.0
    assert result.other_ms == 0.0


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("conv1", "conv1"),
        ("fused fc1", "fc1"),
        ("conv1/Conv_1", "conv1"),
        ("conv10", ""),
        ("input_abcd_conv1", ""),
        ("stage1.block1_nchwc", "stage1.block1"),
        ("", ""),
    ],
)
def test_names_begin_with_a_path(name, path):
    assert path_of(name, ["conv1", "fc1", "stage1.block1"]) == path


@pytest.mark.parametrize(
    "candidate",
    CANDIDATES,
    ids=lambda each: f"{each.key}-{each.level}",
)
@pytest.mark.parametrize("name", ["lenet5", pytest.param("resnet18", marks=pytest.mark.slow)])
def test_a_profile_covers_every_layer_and_adds_up(candidate, name):
    for extra in candidate.extras:
        pytest.importorskip({"infer": "onnxruntime"}.get(extra, extra))
    network = build_network(convscope.load(name)).eval()
    architecture = network.architecture
    generator = torch.Generator().manual_seed(0)
    calibration_NCHW = torch.randn(32, *architecture.input, generator=generator)
    engine = build(candidate, Sources(network, calibration_NCHW))
    inputs_NCHW = calibration_NCHW[:2]
    with torch.no_grad():
        expected_NK = network(inputs_NCHW.clone())
    outputs_NK = engine.run(inputs_NCHW.clone())
    tolerance = TOLERANCES[candidate.level] * float(expected_NK.abs().max())
    torch.testing.assert_close(outputs_NK, expected_NK, rtol=0, atol=tolerance)
    result = attributed(architecture, engine.profile(inputs_NCHW, 3))
    steps = [step for step in architecture.trace.steps if not step.auxiliary]
    assert [layer.path for layer in result.layers] == [step.path for step in steps]
    assert all(layer.ms >= 0 for layer in result.layers)
    total = sum(layer.ms for layer in result.layers) + result.other_ms
    assert total == pytest.approx(result.total_ms)
    owners = {"other", *(layer.path for layer in result.layers if not layer.inside)}
    assert all(layer.inside in owners for layer in result.layers if layer.inside)
    assert all(layer.ms == 0 for layer in result.layers if layer.inside)
    if name == "lenet5":
        timed = {layer.path for layer in result.layers if layer.ms > 0}
        assert {step.path for step in steps if step.macs} & timed
