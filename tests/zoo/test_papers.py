"""What the papers and the libraries count and print beyond a network's totals.

Every number is a source's own (a paper's table, a library's summary, a published file) or plain
arithmetic over a layer list; none was printed by this package.
"""

import pytest

from convscope.arch import Architecture
from convscope.layers import BatchNorm2d, Conv2d
from convscope.shapes import CHW
from convscope.zoo import load
from convscope.zoo.papers.residual.resnet import _cifar


def _main(architecture):
    return [step for step in architecture.trace.steps if not step.auxiliary]


def _parameters(architecture):
    return sum(step.parameters for step in _main(architecture))


def _channels(architecture, kind):
    """How many biases, or pairs of moving statistics, the layers of a kind have or would have."""
    return sum(
        step.output_shape.channels
        for step in _main(architecture)
        if isinstance(step.operation, kind)
    )


def _shape(architecture, path):
    """Of the last tensor at a path."""
    inside = [s for s in architecture.trace.steps if f"{s.path}.".startswith(f"{path}.")]
    return str(inside[-1].output_shape)


# Keras: a bias in every convolution; its totals count both moving statistics too
@pytest.mark.parametrize(
    ("name", "trainable", "total"),
    [
        ("resnet50_v1", 25_583_592, 25_636_712),
        ("resnet101_v1", 44_601_832, 44_707_176),
        ("resnet152_v1", 60_268_520, 60_419_944),
    ],
)
def test_keras_counts_of_resnet(name, trainable, total):
    architecture = load(name)
    with_biases = _parameters(architecture) + _channels(architecture, Conv2d)
    assert with_biases == trainable
    assert with_biases + 2 * _channels(architecture, BatchNorm2d) == total


def test_caffe_counts_of_resnet50():
    """The authors' file gives conv1 a bias of 64 numbers, and no other convolution one."""
    assert _parameters(load("resnet50_v1")) + 64 == 25_557_096


def test_keras_and_torchvision_counts_of_inception_v3():
    """Keras has no gamma, and counts two moving statistics; torchvision counts the head."""
    architecture = load("inception_v3")
    main, normalised = _parameters(architecture), _channels(architecture, BatchNorm2d)
    assert normalised == 17_216
    assert main - normalised == 23_817_352
    assert main - normalised + 2 * normalised == 23_851_784
    assert main + architecture.table().totals.auxiliary_parameters == 27_161_264
    assert sum(isinstance(step.operation, Conv2d) for step in _main(architecture)) == 94


# depth: option A, its MACs, option B; paper: 0.27 0.46 0.66 0.85 1.7 19.4 million
CIFAR = {
    20: (269_722, 40_551_040, 272_474),
    32: (464_154, 68_862_592, 466_906),
    44: (658_586, 97_174_144, 661_338),
    56: (853_018, 125_485_696, 855_770),
    110: (1_727_962, 252_887_680, 1_730_714),
    1202: (19_421_274, 2_829_238_912, 19_424_026),
}


@pytest.mark.parametrize(
    "depth", [pytest.param(depth, marks=[pytest.mark.slow] * (depth > 1000)) for depth in CIFAR]
)
def test_both_shortcuts_of_the_cifar_networks(depth):
    """Option B adds two 1x1 with batch normalisation, and 262,144 MACs."""
    a, macs, b = CIFAR[depth]
    for option, parameters, cost in (("A", a, macs), ("B", b, macs + 2 * 131_072)):
        totals = _cifar("tried", 10, CHW(3, 32, 32), depth, option).table().totals
        assert (totals.parameters, totals.macs) == (parameters, cost)


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("vgg11", 9_220_480),
        ("vgg13", 9_404_992),
        ("vgg16_c", 9_996_096),
        ("vgg16", 14_714_688),
        ("vgg19", 20_024_384),
    ],
)
def test_vgg_without_its_linear_layers(name, weights):
    steps = load(name).trace.steps
    assert sum(s.parameters for s in steps if isinstance(s.operation, Conv2d)) == weights


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        (
            "alexnet",
            (34_944, 307_456, 885_120, 663_936, 442_624, 37_752_832, 16_781_312, 4_097_000),
        ),
        (
            "alexnet_owt",
            (23_296, 307_392, 663_936, 884_992, 590_080, 37_752_832, 16_781_312, 4_097_000),
        ),
        ("all_cnn_c", (2_688, 83_040, 83_040, 166_080, 331_968, 331_968, 331_968, 37_056, 1_930)),
        ("nin", (14_592, 30_880, 15_456, 460_992, 37_056, 37_056, 331_968, 37_056, 1_930)),
    ],
)
def test_parameters_layer_by_layer(name, layers):
    assert tuple(s.parameters for s in load(name).trace.steps if s.parameters) == layers


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("googlenet", {"aux1": (3_188_840, 4_169_728), "aux2": (3_190_888, 4_202_496)}),
        ("googlenet_bn", {"aux1": (3_188_968, 4_169_728), "aux2": (3_191_016, 4_202_496)}),
    ],
)
def test_each_head_of_googlenet(name, heads):
    steps = load(name).trace.steps
    for head, counts in heads.items():
        inside = [step for step in steps if step.path.startswith(head)]
        assert (sum(s.parameters for s in inside), sum(s.macs for s in inside)) == counts


@pytest.mark.parametrize(
    ("base", "plain", "convolved"),
    [("a", 856_612, 1_271_620), ("b", 902_980, 1_317_988), ("c", 972_100, 1_387_108)],
)
def test_all_cnn_with_the_classes_of_cifar_100(base, plain, convolved):
    for variant in ("model", "strided_cnn"):
        assert _parameters(load(f"{variant}_{base}", num_classes=100)) == plain
    for variant in ("convpool_cnn", "all_cnn"):
        assert _parameters(load(f"{variant}_{base}", num_classes=100)) == convolved


# the columns of output sizes that the papers print
SIZES = {
    "zfnet": {  # Figure 3 and the text
        "conv1": "96x110x110",
        "norm1": "96x55x55",
        "conv2": "256x26x26",
        "norm2": "256x13x13",
        "conv4": "384x13x13",
        "pool5": "256x6x6",
    },
    "googlenet": {  # Table 1
        "conv1": "64x112x112",
        "pool1": "64x56x56",
        "conv2": "192x56x56",
        "pool2": "192x28x28",
        "inception3a": "256x28x28",
        "inception3b": "480x28x28",
        "pool3": "480x14x14",
        "inception4a": "512x14x14",
        "inception4b": "512x14x14",
        "inception4c": "512x14x14",
        "inception4d": "528x14x14",
        "inception4e": "832x14x14",
        "pool4": "832x7x7",
        "inception5a": "832x7x7",
        "inception5b": "1024x7x7",
        "average": "1024x1x1",
    },
    "inception_v3": {  # the released network's own names of its sizes
        "conv1a": "32x149x149",
        "conv2b": "64x147x147",
        "pool2": "64x73x73",
        "conv4a": "192x71x71",
        "mixed5b": "256x35x35",
        "mixed5d": "288x35x35",
        "mixed6a": "768x17x17",
        "mixed6e": "768x17x17",
        "mixed7a": "1280x8x8",
        "mixed7c": "2048x8x8",
    },
    "alexnet": {"conv1": "96x55x55", "pool1": "96x27x27", "pool2": "256x13x13", "pool5": "256x6x6"},
    "vgg16": {
        f"block{n}": f"{c}x{224 >> n}x{224 >> n}"
        for n, c in enumerate((64, 128, 256, 512, 512), start=1)
    },
    "resnet34_a": {"conv1": "64x112x112", "stage2": "64x56x56", "stage5": "512x7x7"},
    "resnet152_v1": {  # Table 1
        "conv1": "64x112x112",
        "stage2": "256x56x56",
        "stage3": "512x28x28",
        "stage4": "1024x14x14",
        "stage5": "2048x7x7",
    },
    "resnet56": {"stage1": "16x32x32", "stage2": "32x16x16", "stage3": "64x8x8"},
}
SIZES |= {  # "global averaging over 6x6 spatial dimensions"
    f"{variant}_{base}": {"block1": "96x16x16", "block2": "192x8x8", "conv3": "10x6x6"}
    for variant in ("model", "strided_cnn", "convpool_cnn", "all_cnn")
    for base in "abc"
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_those_that_the_paper_prints(name):
    architecture = load(name)
    assert {path: _shape(architecture, path) for path in SIZES[name]} == SIZES[name]


def test_strides_of_a_bottleneck():
    """Where the paper's ResNet-50 and the libraries' differ, and nowhere else."""

    def strides(architecture: Architecture) -> dict[str, int]:
        return {
            step.path: step.operation.stride
            for step in architecture.trace.steps
            if isinstance(step.operation, Conv2d)
        }

    published, shipped = strides(load("resnet50_v1")), strides(load("resnet50"))
    differs = {path for path in published if published[path] != shipped[path]}
    assert differs == {
        f"stage{stage}.block1.body.conv{conv}" for stage in (3, 4, 5) for conv in (1, 2)
    }
    assert {published[path] for path in differs if path.endswith("conv1")} == {2}
    assert {shipped[path] for path in differs if path.endswith("conv2")} == {2}


@pytest.mark.parametrize(
    ("plain", "residual"), [("plain34", "resnet34_a"), ("plain20", "resnet20")]
)
def test_plain_networks_differ_by_their_shortcuts_only(plain, residual):
    def weighted(name: str) -> list[tuple[object, int]]:
        return [(s.operation, s.parameters) for s in load(name).trace.steps if s.parameters]

    assert weighted(plain) == weighted(residual)
