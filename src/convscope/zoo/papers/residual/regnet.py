"""RegNet: stages whose widths and depths follow one line; Y adds squeeze-and-excitation."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper, Residual, Result
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    ReLU,
)
from convscope.shapes import CHW
from convscope.zoo.papers.residual.resnet import conv
from convscope.zoo.papers.residual.resnext import squeeze_excitation
from convscope.zoo.publication import (
    Erratum,
    Publication,
    family,
    imagenet,
    retrained,
    torchvision_facts,
)

PAPER = Paper(
    title="Designing network design spaces",
    authors="Radosavovic, Kosaraju, Girshick, He, Dollár",
    year=2020,
    url="https://arxiv.org/abs/2003.13678",
)
INPUT = CHW(3, 224, 224)
STEM = 32
STEP = 8  # widths are multiples of it
SQUEEZED = 0.25  # of the channels that enter a block


class Line(NamedTuple):
    """Parameters of a network, equations 2 to 4: u_j = initial + slope * j, j < depth.

    Attributes:
        ratio: widths of successive stages are powers of it, times `initial`.
        group_width: channels of one group of the 3x3.
    """

    depth: int
    initial: int
    slope: float
    ratio: float
    group_width: int


X = {
    "regnetx_200mf": Line(13, 24, 36.44, 2.49, 8),
    "regnetx_400mf": Line(22, 24, 24.48, 2.54, 16),
    "regnetx_800mf": Line(16, 56, 35.73, 2.28, 16),
    "regnetx_1_6gf": Line(18, 80, 34.01, 2.25, 24),
    "regnetx_3_2gf": Line(25, 88, 26.31, 2.25, 48),
    "regnetx_8gf": Line(23, 80, 49.56, 2.88, 120),
    "regnetx_16gf": Line(22, 216, 55.59, 2.1, 128),
    "regnetx_32gf": Line(23, 320, 69.86, 2.0, 168),
}
Y = {
    "regnety_200mf": Line(13, 24, 36.44, 2.49, 8),
    "regnety_400mf": Line(16, 48, 27.89, 2.09, 8),
    "regnety_800mf": Line(14, 56, 38.84, 2.4, 16),
    "regnety_1_6gf": Line(27, 48, 20.71, 2.65, 24),
    "regnety_3_2gf": Line(21, 80, 42.63, 2.66, 24),
    "regnety_8gf": Line(17, 192, 76.82, 2.19, 56),
    "regnety_16gf": Line(18, 200, 106.23, 2.48, 112),
    "regnety_32gf": Line(20, 232, 115.89, 2.53, 232),
}
ROUNDED_UP = ("regnetx_400mf", "regnety_800mf", "regnety_8gf")
NEAREST = {f"{name}_pycls": (X | Y)[name] for name in ROUNDED_UP}
"""The paper's own networks, where torchvision rounds a width to another multiple of the groups."""

NETWORKS = {
    **{name: (line, False, False) for name, line in X.items()},
    **{name: (line, True, False) for name, line in Y.items()},
    **{name: (line, "regnety" in name, True) for name, line in NEAREST.items()},
}
# torchvision's num_params, MACs, and its _ops in G
TORCHVISION = {
    "regnetx_400mf": (5_495_976, 413_812_608, "0.414"),
    "regnetx_800mf": (7_259_656, 799_699_712, "0.800"),
    "regnetx_1_6gf": (9_190_136, 1_602_849_792, "1.603"),
    "regnetx_3_2gf": (15_296_552, 3_176_621_952, "3.177"),
    "regnetx_8gf": (39_572_648, 7_995_132_416, "7.995"),
    "regnetx_16gf": (54_278_536, 15_940_755_456, "15.941"),
    "regnetx_32gf": (107_811_560, 31_735_929_792, "31.736"),
    "regnety_400mf": (4_344_144, 401_842_848, "0.402"),
    "regnety_800mf": (6_432_512, 833_856_256, "0.834"),
    "regnety_1_6gf": (11_202_430, 1_612_076_160, "1.612"),
    "regnety_3_2gf": (19_436_338, 3_176_482_752, "3.176"),
    "regnety_8gf": (39_381_472, 8_473_070_592, "8.473"),
    "regnety_16gf": (83_590_140, 15_911_510_272, "15.912"),
    "regnety_32gf": (145_046_770, 32_279_552_832, "32.280"),
}
TIMM = {
    "regnetx_200mf": (2_684_792, "regnetx_002"),
    "regnety_200mf": (3_162_996, "regnety_002"),
    "regnetx_400mf_pycls": (5_157_512, "regnetx_004"),
    "regnety_800mf_pycls": (6_263_168, "regnety_008"),
    "regnety_8gf_pycls": (39_180_068, "regnety_080"),
}


def _widths(line: Line) -> list[int]:
    """Return the width of each block: the line in powers of `ratio`, to multiples of 8."""
    widths = []
    for place in range(line.depth):
        size = line.initial + line.slope * place
        power = round(math.log(size / line.initial) / math.log(line.ratio))
        widths.append(round(line.initial * line.ratio**power / STEP) * STEP)
    return widths


def _to_groups(width: int, group_width: int, nearest: bool) -> int:
    """Return a multiple of the group width.

    Args:
        nearest: the nearest one, as pycls; torchvision takes the next one if the nearest is
            below 90 % of the width.
    """
    if nearest:
        return round(width / group_width) * group_width
    rounded = max(group_width, int(width + group_width / 2) // group_width * group_width)
    return rounded + group_width if rounded < 0.9 * width else rounded


def _stage_sizes(line: Line, nearest: bool) -> list[tuple[int, int, int]]:
    """Return blocks, width and group width of each stage."""
    stages = []
    for width, blocks in groupby(_widths(line)):
        group_width = min(line.group_width, width)
        number = sum(1 for _ in blocks)
        stages.append((number, _to_groups(width, group_width, nearest), group_width))
    return stages


def _block(before: int, width: int, group_width: int, stride: int, gated: bool) -> Residual:
    """Figure 4: 1x1, grouped 3x3, 1x1 of one width."""
    groups = width // group_width
    grouped = Conv2d(width, 3, stride=stride, padding=1, groups=groups, bias=False)
    parts: dict[str, AnyBlock] = {
        "conv1": conv(width, 1),
        "norm1": BatchNorm2d(),
        "relu1": ReLU(),
        "conv2": grouped,
        "norm2": BatchNorm2d(),
        "relu2": ReLU(),
    }
    if gated:
        parts["se"] = squeeze_excitation(width, round(SQUEEZED * before))
    parts |= {"conv3": conv(width, 1), "norm3": BatchNorm2d()}
    project = Chain(conv=conv(width, 1, stride), norm=BatchNorm2d())
    return Residual(Chain(**parts), project if before != width or stride != 1 else Identity())


def _stages(sizes: Sequence[tuple[int, int, int]], gated: bool) -> dict[str, AnyBlock]:
    """Return the stages; the first block of each halves the size."""
    stages: dict[str, AnyBlock] = {}
    before = STEM
    for place, (blocks, width, group_width) in enumerate(sizes, start=1):
        parts: dict[str, AnyBlock] = {}
        for number in range(1, blocks + 1):
            stride = 2 if number == 1 else 1
            parts[f"block{number}"] = _block(before, width, group_width, stride, gated)
            parts[f"relu{number}"] = ReLU()
            before = width
        stages[f"stage{place}"] = Chain(**parts)
    return stages


def _facts(name: str) -> tuple[Fact, ...]:
    if name in TORCHVISION:
        return torchvision_facts(*TORCHVISION[name])
    value, theirs = TIMM[name]
    return (Fact(quantity="parameters", value=value, source=f"timm, parameters of {theirs}"),)


def _regnet(
    name: str, num_classes: int, input: CHW, line: Line, gated: bool, nearest: bool
) -> Architecture:
    """Figure 3: a stem, four stages, and the classifier."""
    differs = (
        "a width is rounded up to a multiple of the groups, as in torchvision: "
        f"{name}_pycls is the paper's network",
    )
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            stem=Chain(conv=conv(STEM, 3, 2), norm=BatchNorm2d(), relu=ReLU()),
            **_stages(_stage_sizes(line, nearest), gated),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=_facts(name),
        differs_from_paper=differs if name in ROUNDED_UP else (),
    )


def _summary(line: Line, gated: bool, nearest: bool) -> str:
    sizes = _stage_sizes(line, nearest)
    blocks, first, last = line.depth, sizes[0][1], sizes[-1][1]
    if nearest:
        return f"RegNet of {blocks} blocks, {first} to {last} channels, as in the paper's code."
    if gated:
        return f"RegNetY, with squeeze-and-excitation: {blocks} blocks, {first} to {last} channels."
    return f"RegNetX of {blocks} blocks, {first} to {last} channels."


# top-1 error of pycls' model zoo (mean of 5 trainings), torchvision V1's top-1 and top-5 error
ERRORS = {
    "regnetx_400mf": (None, 27.166, 9.050),
    "regnetx_800mf": (24.8, 24.788, 7.652),
    "regnetx_1_6gf": (23.0, 22.960, 6.560),
    "regnetx_3_2gf": (21.7, 21.636, 6.008),
    "regnetx_8gf": (20.7, 20.656, 5.314),
    "regnetx_16gf": (20.0, 19.942, 5.056),
    "regnetx_32gf": (19.5, 19.378, 4.752),
    "regnety_400mf": (25.9, 25.954, 8.284),
    "regnety_800mf": (None, 23.580, 6.864),
    "regnety_1_6gf": (22.0, 22.050, 6.034),
    "regnety_3_2gf": (21.0, 21.052, 5.424),
    "regnety_8gf": (None, 19.968, 4.952),
    "regnety_16gf": (19.6, 19.576, 4.760),
    "regnety_32gf": (19.0, 19.122, 4.660),
    "regnetx_200mf": (31.1, None, None),
    "regnety_200mf": (29.6, None, None),
    "regnetx_400mf_pycls": (27.3, None, None),
    "regnety_800mf_pycls": (23.7, None, None),
    "regnety_8gf_pycls": (20.1, None, None),
}


def _results(name: str) -> tuple[Result, ...]:
    authors, top1, top5 = ERRORS[name]
    results = []
    if authors is not None:
        results.append(imagenet(authors, None, "1 crop, mean of 5 trainings", "pycls' model zoo"))
    if top1 is not None and top5 is not None:
        source = f"torchvision V1, {100 - top1:.3f} / {100 - top5:.3f}"
        results.append(retrained(top1, top5, source))
    return tuple(results)


PUBLICATION = Publication(
    networks=family(_regnet, NETWORKS, _summary, num_classes=1000, input=INPUT),
    results={name: _results(name) for name in ERRORS},
    errata=(
        Erratum(
            "RegNetX-400MF, RegNetY-800MF and 8GF, parameters",
            "5.2, 6.3 and 39.2 million (the paper's code); 5.50, 6.43 and 39.38 million "
            "(torchvision)",
            "regnetx_400mf, regnety_800mf and regnety_8gf are torchvision's; the names that end "
            "in _pycls are the paper's",
            "the paper's code takes the nearest multiple of the group width, torchvision the next "
            "one where the nearest is below 90 % of the width",
            "pycls' model zoo; torchvision",
        ),
    ),
)
