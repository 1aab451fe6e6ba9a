"""Every architecture of the zoo keeps the same promises, and the counts of the sources.

The numbers below are from the papers, from torchvision's and timm's own tables, or plain
arithmetic over a layer list; none was printed by this package. A new architecture adds a row.
"""

import re
from functools import cache

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from convscope.arch import Architecture
from convscope.arch.table import Totals
from convscope.errors import ArchitectureError
from convscope.network import build, build_empty
from convscope.shapes import CHW
from convscope.zoo import list_architectures, load
from tests.zoo.sample import QUICK, rows

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
COUNTS |= {  # torchvision's num_params, and torch's count of its networks
    "wide_resnet50_2": (68_883_240, 11_398_021_120),
    "wide_resnet101_2": (126_886_696, 22_753_050_624),
    "resnext50_32x4d": (25_028_904, 4_230_479_872),
    "resnext101_64x4d": (83_455_272, 15_460_270_080),
    "resnext101_32x8d": (88_791_336, 16_414_015_488),
    "densenet121": (7_978_856, 2_834_161_664),
    "densenet169": (14_149_480, 3_359_843_328),
    "densenet201": (20_013_928, 4_291_365_888),
    "densenet161": (28_681_000, 7_727_907_072),
    "regnetx_400mf": (5_495_976, 413_812_608),
    "regnetx_800mf": (7_259_656, 799_699_712),
    "regnetx_1_6gf": (9_190_136, 1_602_849_792),
    "regnetx_3_2gf": (15_296_552, 3_176_621_952),
    "regnetx_8gf": (39_572_648, 7_995_132_416),
    "regnetx_16gf": (54_278_536, 15_940_755_456),
    "regnetx_32gf": (107_811_560, 31_735_929_792),
    "regnety_400mf": (4_344_144, 401_842_848),
    "regnety_800mf": (6_432_512, 833_856_256),
    "regnety_1_6gf": (11_202_430, 1_612_076_160),
    "regnety_3_2gf": (19_436_338, 3_176_482_752),
    "regnety_8gf": (39_381_472, 8_473_070_592),
    "regnety_16gf": (83_590_140, 15_911_510_272),
    "regnety_32gf": (145_046_770, 32_279_552_832),
    "convnext_tiny": (28_589_128, 4_455_531_264),
    "convnext_small": (50_223_688, 8_683_712_256),
    "convnext_base": (88_591_464, 15_354_729_472),
    "convnext_large": (197_767_336, 34_361_433_600),
}
COUNTS |= {  # torch's counts of timm's networks
    "resnext101_32x4d": (44_177_704, 7_969_996_800),
    "se_resnet50": (28_088_024, 3_860_488_192),
    "se_resnet101": (49_326_872, 7_574_937_600),
    "se_resnet152": (66_821_848, 11_288_993_792),
    "se_resnext50_32x4d": (27_559_896, 4_232_994_816),
    "se_resnext101_32x4d": (48_955_416, 7_974_739_968),
    "regnetx_200mf": (2_684_792, 199_039_872),
    "regnety_200mf": (3_162_996, 199_514_080),
    "regnetx_400mf_pycls": (5_157_512, 397_677_568),
    "regnety_800mf_pycls": (6_263_168, 797_176_832),
    "regnety_8gf_pycls": (39_180_068, None),
    "repvgg_a0": (9_108_968, 1_512_581_120),
    "repvgg_a1": (14_092_264, 2_626_488_320),
    "repvgg_a2": (28_210_600, 5_685_345_280),
    "repvgg_b0": (15_817_960, 3_397_191_680),
    "repvgg_b1": (57_415_016, 13_128_089_600),
    "repvgg_b1g4": (39_966_056, 8_118_517_760),
    "repvgg_b2": (89_022_376, 20_418_170_880),
    "repvgg_b2g4": (61_758_376, 12_590_714_880),
    "repvgg_b3": (123_085_288, 29_120_696_320),
    "repvgg_b3g4": (83_825_128, 17_849_159_680),
    "convnextv2_atto": (3_708_400, 547_332_480),
    "convnextv2_femto": (5_233_240, 779_629_824),
    "convnextv2_pico": (9_066_280, 1_367_055_360),
    "convnextv2_nano": (15_623_800, 2_445_528_320),
    "convnextv2_tiny": (28_635_496, 4_455_531_264),
    "convnextv2_base": (88_717_800, 15_354_729_472),
}
COUNTS |= {  # timm's networks after their reparameterize()
    "repvgg_a0_deployed": (8_309_384, 1_361_451_008),
    "repvgg_a1_deployed": (12_789_864, 2_363_967_488),
    "repvgg_a2_deployed": (25_499_944, 5_116_951_552),
    "repvgg_b0_deployed": (14_339_048, 3_057_600_512),
    "repvgg_b1_deployed": (51_829_480, 11_815_485_440),
    "repvgg_b1g4_deployed": (36_125_416, 7_306_870_784),
    "repvgg_b2_deployed": (80_315_112, 18_376_609_792),
    "repvgg_b2g4_deployed": (55_777_512, 11_331_899_392),
    "repvgg_b3_deployed": (110_960_872, 26_208_882_688),
    "repvgg_b3g4_deployed": (75_626_728, 16_064_499_712),
}
COUNTS |= {  # fact sheets of the papers and of Caffe's examples
    "lenet_caffe": (431_080, 2_293_000),
    "zfnet_b": (107_627_624, 2_476_704_896),
    "resnet1202": (19_421_274, 2_829_238_912),
    "resnet20_b": (272_474, 40_813_184),
    "resnet32_b": (466_906, 69_124_736),
    "resnet44_b": (661_338, 97_436_288),
    "resnet56_b": (855_770, 125_747_840),
    "resnet110_b": (1_730_714, 253_149_824),
    "bn_inception": (11_194_984, None),  # the graph of the package onnx
}
COUNTS |= {  # arithmetic over the 3x3, 1x1, normalisations and the last layer of Table 1
    "wrn40_1": (563_930, None),
    "wrn40_2": (2_243_546, None),
    "wrn40_4": (8_949_210, None),
    "wrn16_8": (10_961_370, None),
    "wrn28_10": (36_479_194, None),
    "wrn28_10_dropout": (36_479_194, None),
}
COUNTS |= {  # torch's counts of torchvision's and timm's networks
    "xception": (22_855_952, 8_357_403_496),
    "squeezenet1_0": (1_248_424, 818_924_576),
    "squeezenet1_1": (1_235_496, 349_151_936),
    "mobilenet_v1": (4_231_976, 568_740_352),
    "mobilenet_v1_075": (2_585_560, 325_400_448),
    "mobilenet_v1_050": (1_331_592, 149_497_088),
    "mobilenet_v1_025": (470_072, 41_030_272),
    "mobilenet_v2": (3_504_872, 300_774_272),
    "mobilenet_v2_035": (1_677_128, 59_285_808),
    "mobilenet_v2_050": (1_968_680, 97_131_840),
    "mobilenet_v2_075": (2_636_424, 209_069_792),
    "mobilenet_v2_140": (6_108_776, 582_195_824),
    "mobilenet_v3_large": (5_483_032, 216_589_760),
    "mobilenet_v3_small": (2_542_856, 56_510_400),
    "shufflenet_v2_x0_5": (1_366_792, 40_476_448),
    "shufflenet_v2_x1_0": (2_278_604, 144_907_992),
    "shufflenet_v2_x1_5": (3_503_624, 295_759_392),
    "shufflenet_v2_x2_0": (7_393_996, 583_253_464),
    "mnasnet_a1": (3_887_038, 311_579_072),
    "mnasnet0_5": (2_218_512, 104_455_968),
    "mnasnet0_75": (3_170_208, 215_493_104),
    "mnasnet1_0": (4_383_312, 314_415_872),
    "mnasnet1_3": (6_282_256, 526_362_432),
    "efficientnet_b0": (5_288_548, 385_814_752),
    "efficientnet_b1": (7_794_184, 686_802_832),
    "efficientnet_b2": (9_109_994, 993_561_872),
    "efficientnet_v2_s": (21_458_488, 8_365_617_152),
}
COUNTS |= {"conv5_bn": (389_610, 10_106_624)}  # no paper: arithmetic over its six layers
OUR_OWN = {"conv5_bn"}
OUTSIDE = (
    "torchvision's",
    "timm,",
    "Keras summaries",
    "the paper's",
    "the tensors of the package",
    "the graph",
)
HEADS = {"googlenet": 6_379_728, "googlenet_bn": 6_379_984, "inception_v3": 3_326_696}

# the least input where it is not quick enough to take 64 x 64, or not large enough
SMALL = {
    "lenet5": CHW(1, 32, 32),
    "lenet5_1998": CHW(1, 32, 32),
    "lenet_caffe": CHW(1, 28, 28),
    "alexnet": CHW(3, 67, 67),
    "alexnet_ungrouped": CHW(3, 67, 67),
    "inception_v3": CHW(3, 299, 299),  # its head fits no smaller one
    "inception_naive": CHW(16, 6, 6),
}
CIFAR_SIZED = ("nin", "cnn", "model_", "vgg", "resnet", "plain")
NAMES = list_architectures()


def test_every_architecture_has_a_row():
    assert set(NAMES) == set(COUNTS)
    assert set(NAMES) >= QUICK


@cache
def published(name: str) -> Architecture:
    """Return an architecture as published: data that no test changes."""
    return load(name)


@cache
def totals_of(name: str) -> Totals:
    return published(name).table().totals


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_the_sources(name):
    totals = totals_of(name)
    parameters, macs = COUNTS[name]
    assert totals.parameters == parameters
    assert macs is None or totals.macs == macs
    assert totals.auxiliary_parameters == HEADS.get(name, 0)


@pytest.mark.parametrize("name", NAMES)
def test_facts_hold_and_have_sources(name):
    architecture = published(name)
    totals = totals_of(name)
    assert (architecture.paper is None) == (name in OUR_OWN)
    assert architecture.paper is None or architecture.paper.url.startswith("https://")
    for fact in architecture.facts:
        assert (getattr(totals, fact.quantity) == fact.value) == (not fact.differs)
        if fact.differs:
            continue
        assert fact.source.startswith(OUTSIDE), "our own arithmetic is no source"
        for printed in re.findall(r"_ops, (\d+\.\d{3}) G", fact.source):
            assert f"{fact.value / 1e9:.3f}" == printed


KERAS = ("resnet50", "resnet101", "resnet152", "resnet50_v1", "inception_v3")


@pytest.mark.parametrize("name", KERAS)
def test_the_totals_of_others_variants_differ_for_the_reasons_that_the_fact_states(name):
    """Keras' own counts, from ours: running statistics, and biases more or scales less."""
    architecture = published(name)
    steps = [step for step in architecture.trace.steps if not step.auxiliary]
    ours = sum(step.parameters for step in steps)
    channels = sum(s.parameters // 2 for s in steps if s.layer and s.layer.type == "BatchNorm2d")
    trainable = ours + (-channels if name == "inception_v3" else channels)
    whole, part, *caffe = (fact for fact in architecture.facts if fact.differs)
    assert (whole.value, part.value) == (trainable + 2 * channels, trainable)
    assert "not counted" in part.differs
    assert "not counted" not in whole.differs
    assert [f.value for f in caffe] == ([ours + 64] if name.startswith("resnet50") else [])


@pytest.mark.parametrize("name", rows(NAMES))
def test_parameters_and_paths_are_the_built_networks(name):
    architecture = published(name)
    network = build_empty(architecture)
    totals = totals_of(name)
    built = sum(p.numel() for p in network.parameters())
    assert built == totals.parameters + totals.auxiliary_parameters
    paths = {step.path for step in architecture.trace.steps}
    for key in network.state_dict():
        assert key.rpartition(".")[0] in paths


@pytest.mark.parametrize("name", rows(NAMES))
def test_json_round_trip(name):
    architecture = published(name)
    again = Architecture.from_json(architecture.to_json())
    assert again == architecture
    assert again.to_json() == architecture.to_json()


@pytest.mark.parametrize("name", rows(NAMES))
def test_another_number_of_classes(name):
    if name == "lenet5_1998":
        assert published(name).num_classes == 10  # its output is ten drawn digits
        return
    architecture = load(name, num_classes=7)
    assert architecture.trace.output_shape == (7,)
    assert architecture.facts == ()


@pytest.mark.parametrize("name", rows([name for name in NAMES if name != "lenet5_1998"]))
def test_macs_are_torchs_flops_halved(name):
    """The partial table of lenet5_1998 is dense to torch; its count is above."""
    architecture = published(name)
    network = build_empty(architecture).eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.empty(1, *architecture.input, device="meta"))
    assert counter.get_total_flops() == 2 * totals_of(name).macs


def _small(name: str) -> Architecture:
    side = 32 if any(part in name for part in CIFAR_SIZED) else 64
    size = SMALL.get(name, CHW(3, side, side))
    return load(name, input=size, num_classes=None if name == "lenet5_1998" else 5)


@pytest.mark.parametrize("name", rows(NAMES))
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
