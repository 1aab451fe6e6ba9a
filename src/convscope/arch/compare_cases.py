"""Predefined comparisons of the lecture."""

from collections.abc import Callable
from dataclasses import dataclass

from convscope.arch.architecture import Architecture
from convscope.arch.block import AnyBlock, Chain, Concat
from convscope.arch.compare import Comparison, Measured, measure_architecture, measure_block
from convscope.errors import unknown_name
from convscope.layers import (
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    LocallyConnected2d,
    MaxPool2d,
    ReLU,
)
from convscope.shapes import CHW, Shape

HD_PHOTO = CHW(3, 1080, 1920)  # 6,220,800 numbers
INCEPTION_3A = CHW(192, 28, 28)


@dataclass(frozen=True)
class Sample:
    """A block with its input shape."""

    name: str
    block: AnyBlock
    input_shape: Shape


@dataclass(frozen=True)
class Case:
    """A predefined comparison: blocks or names of architectures, with notes on the result."""

    name: str
    title: str
    subjects: tuple[Sample | str, ...]
    notes: tuple[str, ...]


def _unit(channels: int, kernel: int, padding: int = 0) -> Chain:
    return Chain(conv=Conv2d(channels, kernel, padding=padding), relu=ReLU())


THREES_OR_FIVE = Case(
    name="two_3x3_or_5x5",
    title="Two 3x3 convolutions or one 5x5 (VGG), 64 channels of 56x56",
    subjects=(
        Sample("one 5x5", _unit(64, 5, 2), CHW(64, 56, 56)),
        Sample("two 3x3", Chain(first=_unit(64, 3, 1), second=_unit(64, 3, 1)), CHW(64, 56, 56)),
    ),
    notes=(
        "Both have a receptive field of 5x5 pixels: 5 = 3 + 3 - 1.",
        "Weights: 2 * 9 * C^2 = 18 C^2 against 25 C^2, 28 % fewer, and one ReLU more.",
        "Training needs more memory: one extra activation is stored.",
    ),
)

INCEPTION = Case(
    name="inception_naive_or_reduced",
    title="Inception module (3a) of GoogLeNet: naive or with 1x1 reductions, on 192x28x28",
    subjects=(
        Sample(
            "naive",
            Concat(
                ones=_unit(64, 1),
                threes=_unit(128, 3, 1),
                fives=_unit(32, 5, 2),
                pool=MaxPool2d(3, stride=1, padding=1),
            ),
            INCEPTION_3A,
        ),
        Sample(
            "reduced",
            Concat(
                ones=_unit(64, 1),
                threes=Chain(reduce=_unit(96, 1), conv=_unit(128, 3, 1)),
                fives=Chain(reduce=_unit(16, 1), conv=_unit(32, 5, 2)),
                pool=Chain(pool=MaxPool2d(3, stride=1, padding=1), project=_unit(32, 1)),
            ),
            INCEPTION_3A,
        ),
    ),
    notes=(
        "1x1 convolutions reduce the channels first, so that 3x3 and 5x5 cost less.",
        "Pooling keeps the number of channels, so the output of a naive module grows (192 -> 416 "
        "here) and the next module costs more; the 1x1 projection keeps the output at 256.",
    ),
)

POOLING_OR_STRIDE = Case(
    name="pooling_or_stride",
    title="Is pooling needed? Striving for simplicity (All-CNN), CIFAR-10",
    subjects=("model_c", "strided_cnn_c", "convpool_cnn_c", "all_cnn_c"),
    notes=(
        "Strided-CNN removes the pooling and gives the convolution before it stride 2: fewer "
        "MACs, no additional weights.",
        "All-CNN replaces each pooling by a convolution with stride 2. ConvPool has the same "
        "number of weights and keeps the pooling: the control experiment.",
        "Printed errors: Model C 9.74 %, Strided 10.19 %, ConvPool 9.31 %, All-CNN 9.08 % "
        "(Springenberg et al. 2015, Table 3, without augmentation).",
        "The paper prints 1.3 M parameters for Model C and Strided-CNN-C; its own layers "
        "give 954,730.",
    ),
)

MLP_OR_CNN = Case(
    name="mlp_or_cnn",
    title="A multilayer perceptron or a convolution on one 1920x1080 photo with 3 channels",
    subjects=(
        Sample(
            "MLP, 100 units",
            Chain(flatten=Flatten(), hidden=Linear(100), relu=ReLU(), output=Linear(10)),
            HD_PHOTO,
        ),
        Sample(
            "CNN, 100 channels",
            Chain(
                conv=Conv2d(100, 3, padding=1),
                relu=ReLU(),
                pool=GlobalAvgPool2d(),
                flatten=Flatten(),
                output=Linear(10),
            ),
            HD_PHOTO,
        ),
    ),
    notes=(
        "1920 * 1080 * 3 = 6,220,800 inputs; times 100 hidden units are 622,080,000 weights, "
        "and 100 biases. The output layer adds 1,010.",
        "The convolution has 3 * 3 * 3 * 100 = 2,700 weights and 100 biases: each is used "
        "at 2,073,600 positions.",
        "Weight sharing saves weights, not MACs: the convolution has 9 times as many MACs, "
        "because it is computed at every position, and its feature maps need most of the memory. "
        "Strides and pooling reduce both.",
    ),
)

SHARED_OR_NOT = Case(
    name="local_or_shared_or_full",
    title="Convolution, local connection, full connection: 1x32x32 to 6x28x28 (C1 of LeNet-5)",
    subjects=(
        Sample("convolution", Conv2d(6, 5), CHW(1, 32, 32)),
        Sample("locally connected", LocallyConnected2d(6, 5), CHW(1, 32, 32)),
        Sample(
            "fully connected", Chain(flatten=Flatten(), full=Linear(6 * 28 * 28)), CHW(1, 32, 32)
        ),
    ),
    notes=(
        "Convolution and local connection have the same number of MACs (117,600); they differ "
        "in weight sharing: one kernel for 784 positions, or 784 kernels.",
        "Full connection: each of the 4,704 units reads all 1,024 pixels.",
    ),
)

CASES = (THREES_OR_FIVE, INCEPTION, POOLING_OR_STRIDE, MLP_OR_CNN, SHARED_OR_NOT)


def compare_case(name: str, *, load: Callable[[str], Architecture]) -> Comparison:
    """Return a predefined comparison by name.

    Args:
        load: loads an architecture by name, as `convscope.load`.

    Raises:
        InputError: an unknown name; the message suggests the nearest ones.
    """
    cases = {case.name: case for case in CASES}
    if name not in cases:
        raise unknown_name("case", name, cases, see="convscope compare --cases")
    case = cases[name]
    entries = tuple(_entry(subject, load) for subject in case.subjects)
    return Comparison(entries, title=case.title, notes=case.notes)


def _entry(subject: Sample | str, load: Callable[[str], Architecture]) -> Measured:
    if isinstance(subject, str):
        return measure_architecture(load(subject))
    return measure_block(subject.name, subject.block, subject.input_shape)
