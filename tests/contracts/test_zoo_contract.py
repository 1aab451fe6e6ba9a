"""Every architecture of the zoo keeps the same promises, and the counts of the sources.

The numbers below are from the papers, from torchvision's and timm's own tables, or plain
arithmetic over a layer list; none was printed by this package. A new architecture adds a row.
"""

import re

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from convscope.arch import Architecture
from convscope.errors import ArchitectureError
from convscope.network import build, build_empty
from convscope.shapes import CHW
from convscope.zoo import list_architectures, load

COUNTS = {  # parameters, MACs of convolutions and linear layers
    "lenet5": (61_706, 416_520),
    "lenet5_1998": (60_000, 325_680),
    "alexnet": (60_965_224, 724_406_816),
    "alexnet_ungrouped": (62_378_344, 1_135_256_096),
    "alexnet_owt": (61_100_840, 714_188_480),
    "zfnet": (62_357_608, 1_168_032_896),
    "vgg11": (132_863_336, 7_609_090_048),
    "vgg11_lrn": (132_863_336, 7_609_090_048),
    "vgg11_bn": (132_868_840, 7_609_090_048),
    "vgg13": (133_047_848, 11_308_466_176),
    "vgg13_bn": (133_053_736, 11_308_466_176),
    "vgg16_c": (133_638_952, 11_770_888_192),
    "vgg16_c_bn": (133_647_400, 11_770_888_192),
    "vgg16": (138_357_544, 15_470_264_320),
    "vgg16_bn": (138_365_992, 15_470_264_320),
    "vgg19": (143_667_240, 19_632_062_464),
    "vgg19_bn": (143_678_248, 19_632_062_464),
    "googlenet": (6_998_552, 1_582_671_872),
    "googlenet_bn": (6_624_904, 1_498_376_192),
    "inception_v3": (23_834_568, 5_713_216_096),
    "resnet18": (11_689_512, 1_814_073_344),
    "resnet34": (21_797_672, 3_663_761_408),
    "resnet50": (25_557_032, 4_089_184_256),
    "resnet101": (44_549_160, 7_801_405_440),
    "resnet152": (60_192_808, 11_513_626_624),
    "resnet50_v1": (25_557_032, 3_857_973_248),
    "resnet101_v1": (44_549_160, 7_570_194_432),
    "resnet152_v1": (60_192_808, 11_282_415_616),
    "resnet18_a": (11_515_688, 1_794_805_760),
    "resnet34_a": (21_623_848, 3_644_493_824),
    "resnet34_c": (22_716_840, None),
    "plain18": (11_515_688, 1_794_805_760),
    "plain34": (21_623_848, 3_644_493_824),
    "resnet20": (269_722, 40_551_040),
    "resnet32": (464_154, 68_862_592),
    "resnet44": (658_586, 97_174_144),
    "resnet56": (853_018, 125_485_696),
    "resnet110": (1_727_962, 252_887_680),
    "plain20": (269_722, 40_551_040),
    "plain32": (464_154, 68_862_592),
    "plain44": (658_586, 97_174_144),
    "plain56": (853_018, 125_485_696),
    "model_a": (839_242, None),
    "strided_cnn_a": (839_242, None),
    "convpool_cnn_a": (1_254_250, None),
    "all_cnn_a": (1_254_250, None),
    "model_b": (885_610, None),
    "strided_cnn_b": (885_610, None),
    "convpool_cnn_b": (1_300_618, None),
    "all_cnn_b": (1_300_618, None),
    "model_c": (954_730, 228_331_008),
    "strided_cnn_c": (954_730, 100_929_024),
    "convpool_cnn_c": (1_369_738, 398_200_320),
    "all_cnn_c": (1_369_738, 270_798_336),
}
COUNTS |= {"nin": (966_986, None), "inception_naive": (804_296, None)}
COUNTS |= {  # torch's counts of timm's networks at the input sizes of the authors' repository
    "efficientnet_lite0": (4_652_008, 385_187_552),
    "efficientnet_lite1": (5_416_680, 600_185_232),
    "efficientnet_lite2": (6_092_072, 859_736_272),
    "efficientnet_lite3": (8_197_096, 1_383_321_872),
    "efficientnet_lite4": (13_006_568, 2_553_034_336),
}
COUNTS |= {"conv5_bn": (389_610, 10_106_624)}  # no paper: arithmetic over its six layers
OUR_OWN = {"conv5_bn"}
OUTSIDE = ("torchvision's", "timm,", "Keras summaries", "the paper's", "the tensors of the package")
HEADS = {"googlenet": 6_379_728, "googlenet_bn": 6_379_984, "inception_v3": 3_326_696}

# the least input where it is not quick enough to take 64 x 64, or not large enough
SMALL = {
    "lenet5": CHW(1, 32, 32),
    "lenet5_1998": CHW(1, 32, 32),
    "alexnet": CHW(3, 67, 67),
    "alexnet_ungrouped": CHW(3, 67, 67),
    "inception_v3": CHW(3, 299, 299),  # its head fits no smaller one
    "inception_naive": CHW(16, 6, 6),
}
CIFAR_SIZED = ("nin", "cnn", "model_", "vgg", "resnet", "plain")
NAMES = list_architectures()
# other sizes of a network in the list: of the same blocks, whose counts are compared above
OTHER_SIZES = {*(f"efficientnet_lite{number}" for number in (1, 2, 3, 4))}


def _rows(names):
    """Parameters of a test, with the other sizes of a network as slow ones."""
    slow = pytest.mark.slow
    return [pytest.param(name, marks=slow) if name in OTHER_SIZES else name for name in names]


def test_every_architecture_has_a_row():
    assert set(NAMES) == set(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_the_sources(name):
    totals = load(name).table().totals
    parameters, macs = COUNTS[name]
    assert totals.parameters == parameters
    assert macs is None or totals.macs == macs
    assert totals.auxiliary_parameters == HEADS.get(name, 0)


@pytest.mark.parametrize("name", NAMES)
def test_facts_hold_and_have_sources(name):
    architecture = load(name)
    totals = architecture.table().totals
    assert (architecture.paper is None) == (name in OUR_OWN)
    assert architecture.paper is None or architecture.paper.url.startswith("https://")
    for fact in architecture.facts:
        assert getattr(totals, fact.quantity) == fact.value
        assert fact.source.startswith(OUTSIDE), "our own arithmetic is no source"
        for printed in re.findall(r"_ops, (\d+\.\d{3}) G", fact.source):
            assert f"{fact.value / 1e9:.3f}" == printed


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_paths_are_the_built_networks(name):
    architecture = load(name)
    network = build_empty(architecture)
    totals = architecture.table().totals
    built = sum(p.numel() for p in network.parameters())
    assert built == totals.parameters + totals.auxiliary_parameters
    paths = {step.path for step in architecture.trace.steps}
    for key in network.state_dict():
        assert key.rpartition(".")[0] in paths


@pytest.mark.parametrize("name", NAMES)
def test_json_round_trip(name):
    architecture = load(name)
    again = Architecture.from_json(architecture.to_json())
    assert again == architecture
    assert again.to_json() == architecture.to_json()


@pytest.mark.parametrize("name", NAMES)
def test_another_number_of_classes(name):
    if name == "lenet5_1998":
        assert load(name).num_classes == 10  # its output is ten drawn digits
        return
    architecture = load(name, num_classes=7)
    assert architecture.trace.output_shape == (7,)
    assert architecture.facts == ()


@pytest.mark.parametrize("name", _rows([name for name in NAMES if name != "lenet5_1998"]))
def test_macs_are_torchs_flops_halved(name):
    """The partial table of lenet5_1998 is dense to torch; its count is above."""
    architecture = load(name)
    network = build_empty(architecture).eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.empty(1, *architecture.input, device="meta"))
    assert counter.get_total_flops() == 2 * architecture.table().totals.macs


def _small(name: str) -> Architecture:
    side = 32 if any(part in name for part in CIFAR_SIZED) else 64
    size = SMALL.get(name, CHW(3, side, side))
    return load(name, input=size, num_classes=None if name == "lenet5_1998" else 5)


@pytest.mark.parametrize("name", _rows(NAMES))
def test_forward_and_backward(name):
    architecture = _small(name)
    network = build(architecture).train()
    x = torch.randn(2, *architecture.input)
    heads: list[torch.Tensor] = []
    logits = network(x, heads)
    assert logits.shape == (2, architecture.num_classes)
    assert len(heads) == len(network.head_weights)
    (logits.square().mean() + sum(head.square().mean() for head in heads)).backward()
    for path, parameter in network.named_parameters():
        assert parameter.grad is not None, path
        assert bool(parameter.grad.isfinite().all()), path


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_full_size_forward(name):
    architecture = load(name)
    network = build(architecture).eval()
    with torch.inference_mode():
        logits = network(torch.randn(1, *architecture.input))
    assert logits.shape == (1, architecture.num_classes)
    assert bool(logits.isfinite().all())


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("alexnet", CHW(3, 60, 60)),
        ("vgg16", CHW(3, 31, 31)),
        ("googlenet", CHW(3, 8, 8)),
        ("inception_v3", CHW(3, 74, 74)),
        ("all_cnn_c", CHW(3, 8, 8)),
        ("lenet5", CHW(1, 27, 27)),
    ],
)
def test_an_input_that_does_not_fit_is_refused_by_path(name, size):
    with pytest.raises(ArchitectureError) as caught:
        load(name, input=size)
    assert caught.value.where
    assert caught.value.expected
