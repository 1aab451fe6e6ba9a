"""Comparisons: the lecture's arithmetic, by hand."""

import json

import pytest

import convscope
from convscope.arch import Architecture, AuxiliaryHead, Chain, Concat, Residual
from convscope.arch.compare import compare_architectures, measure_block
from convscope.arch.compare_cases import CASES, compare_case
from convscope.errors import InputError
from convscope.layers import (
    AdaptiveAvgPool2d,
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
from convscope.zoo import list_architectures, load


def case(name):
    found = compare_case(name, load=load)
    return {entry.name: entry for entry in found.entries}


def small(name, **blocks):
    return Architecture(name=name, input=CHW(1, 9, 9), num_classes=2, block=Chain(**blocks))


def test_two_3x3_and_one_5x5():
    found = case("two_3x3_or_5x5")
    one, two = found["one 5x5"], found["two 3x3"]
    assert one.parameters == 25 * 64 * 64 + 64
    assert two.parameters == 2 * (9 * 64 * 64 + 64)
    assert one.macs == 25 * 64 * 64 * 56 * 56
    assert two.macs * 25 == one.macs * 18
    assert one.receptive_field == two.receptive_field == (5, 5)
    assert (one.depth, two.depth) == (1, 2)


def test_inception_with_and_without_reductions():
    found = case("inception_naive_or_reduced")
    naive, reduced = found["naive"], found["reduced"]
    assert naive.output_shape == CHW(64 + 128 + 32 + 192, 28, 28)
    assert reduced.output_shape == CHW(256, 28, 28)
    assert reduced.parameters == 163_696  # Table 1 with its biases: 163,328 weights
    assert naive.parameters == 192 * (64 + 9 * 128 + 25 * 32) + 64 + 128 + 32
    assert reduced.macs == 163_328 * 28 * 28


def test_mlp_and_cnn_on_a_photo():
    found = case("mlp_or_cnn")
    mlp, cnn = found["MLP, 100 units"], found["CNN, 100 channels"]
    assert mlp.input_shape.numel == 1920 * 1080 * 3 == 6_220_800
    assert mlp.parameters == 6_220_800 * 100 + 100 + 100 * 10 + 10 == 622_081_110
    assert cnn.parameters == 3 * 3 * 3 * 100 + 100 + 100 * 10 + 10
    assert mlp.receptive_field == (1080, 1920)
    assert cnn.receptive_field == (3, 3)


def test_weight_sharing_saves_weights_and_not_macs():
    found = case("local_or_shared_or_full")
    shared, local = found["convolution"], found["locally connected"]
    full = found["fully connected"]
    assert shared.macs == local.macs == 117_600
    assert shared.parameters == 156
    assert local.parameters == 156 * 28 * 28
    assert full.parameters == 1024 * 4704 + 4704
    assert (shared.receptive_field, full.receptive_field) == ((5, 5), (32, 32))


def test_all_cases():
    known = set(list_architectures())
    for one in CASES:
        if all(not isinstance(subject, str) or subject in known for subject in one.subjects):
            found = compare_case(one.name, load=load)
            assert len(found.entries) == len(one.subjects)
            assert found.notes == one.notes
            for note in found.notes:
                assert note in found.to_markdown()


def test_depth_is_the_longest_path_of_the_main_network():
    block = Chain(
        conv=Conv2d(4, 3, padding=1),
        join=Concat(
            short=Conv2d(2, 1),
            long=Chain(one=Conv2d(2, 1), norm=BatchNorm2d(), two=Conv2d(2, 1)),
        ),
        aux=AuxiliaryHead(
            head=Chain(flatten=Flatten(), one=Linear(3), two=Linear(3), three=Linear(2))
        ),
        add=Residual(body=Chain(one=Conv2d(4, 1), two=Conv2d(4, 1)), shortcut=Conv2d(4, 1)),
        flatten=Flatten(),
        fc=Linear(2),
    )
    assert measure_block("", block, CHW(1, 5, 5)).depth == 1 + 2 + 2 + 1


@pytest.mark.parametrize(
    "end",
    [
        {"pool": GlobalAvgPool2d(), "flatten": Flatten()},
        {"pool": AdaptiveAvgPool2d(1), "flatten": Flatten()},
        {"pool": MaxPool2d(4), "flatten": Flatten()},
        {"flatten": Flatten()},
    ],
)
def test_the_field_is_that_of_the_last_feature_maps(end):
    block = Chain(a=Conv2d(2, 3), b=MaxPool2d(2), c=Identity(), **end, fc=Linear(2))
    assert measure_block("", block, CHW(1, 10, 10)).receptive_field == (4, 4)


def test_feature_maps_of_one_position_after_a_convolution_count():
    block = Chain(a=Conv2d(2, 3), b=Conv2d(2, 8), flatten=Flatten(), fc=Linear(2))
    assert measure_block("", block, CHW(1, 10, 10)).receptive_field == (10, 10)


def test_auxiliary_heads_do_not_count():
    plain = {"conv": Conv2d(2, 3), "act": ReLU()}
    ends = {"flatten": Flatten(), "fc": Linear(2)}
    head = AuxiliaryHead(head=Chain(**ends))
    with_head, without = small("a", **plain, aux=head, **ends), small("b", **plain, **ends)
    one, other = compare_architectures(with_head, without).entries
    assert (one.parameters, one.macs, one.weight_bytes) == (
        other.parameters,
        other.macs,
        other.weight_bytes,
    )


def test_forms():
    found = compare_architectures(load("lenet5"), load("lenet5_1998"))
    data = json.loads(found.to_json())
    assert [entry["name"] for entry in data["entries"]] == ["lenet5", "lenet5_1998"]
    assert data["entries"][0]["parameters"] == 61_706
    assert data["entries"][0]["input_shape"] == [1, 32, 32]
    assert "MACs" in data["convention"]
    lines = found.to_markdown().splitlines()
    assert lines[0] == "|  | lenet5 | lenet5_1998 |"
    assert "| parameters | 61,706 | 60,000 (x 0.972) |" in lines
    assert len({line.count("|") for line in lines}) == 1


def test_a_comparison_needs_two():
    with pytest.raises(InputError, match="name at least two architectures"):
        compare_architectures(load("lenet5"))


def test_an_unknown_case_suggests_the_nearest():
    with pytest.raises(InputError, match="mlp_or_cnn"):
        compare_case("mlp_or_cnnn", load=load)


def test_names_files_and_objects_are_compared(tmp_path):
    (tmp_path / "mine.json").write_text(load("lenet5").to_json())
    found = convscope.compare("lenet5", tmp_path / "mine.json", load("lenet5"))
    assert {entry.parameters for entry in found.entries} == {61_706}
    with pytest.raises(InputError, match="lenet5"):
        convscope.compare("lenet5", "lenet55")
    with pytest.raises(InputError, match="given as int"):
        convscope.compare("lenet5", 5)
