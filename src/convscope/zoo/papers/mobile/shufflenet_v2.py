"""ShuffleNet V2: half of the channels pass each unit unchanged, then all are shuffled."""

from convscope.arch import AnyBlock, Architecture, Chain, Concat, Paper
from convscope.layers import (
    BatchNorm2d,
    ChannelShuffle,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    ReLU,
    SelectChannels,
)
from convscope.shapes import CHW
from convscope.zoo.papers.mobile.inverted_residual import Style, unit
from convscope.zoo.publication import (
    Publication,
    by_torchvision,
    family,
    imagenet,
    millions,
    multiply_adds,
    torchvision_facts,
)

PAPER = Paper(
    title="ShuffleNet V2: practical guidelines for efficient CNN architecture design",
    authors="Ma, Zhang, Zheng, Sun",
    year=2018,
    url="https://arxiv.org/abs/1807.11164",
)
INPUT = CHW(3, 224, 224)
STYLE = Style(activation=ReLU())
UNITS = (4, 8, 4)  # of the stages 2, 3 and 4, the first with a stride of 2


def _depthwise(width: int, stride: int) -> dict[str, AnyBlock]:
    conv = Conv2d(width, 3, stride=stride, padding=1, groups=width, bias=False)
    return {"depthwise": Chain(conv=conv, norm=BatchNorm2d())}


def _branch(half: int, stride: int) -> dict[str, AnyBlock]:
    """Figure 3 (c), right: 1x1, depthwise 3x3, 1x1."""
    return {
        "reduce": unit(half, STYLE),
        **_depthwise(half, stride),
        "project": unit(half, STYLE),
    }


def _down(before: int, half: int) -> Concat:
    """Figure 3 (d): both branches read all channels, at half the size."""
    left = {**_depthwise(before, 2), "project": unit(half, STYLE)}
    return Concat(left=Chain(**left), right=Chain(**_branch(half, 2)))


def _basic(half: int) -> Concat:
    """Figure 3 (c): one half of the channels passes unchanged."""
    right = Chain(split=SelectChannels(half), **_branch(half, 1))
    return Concat(left=SelectChannels(0, half), right=right)


def _shufflenet(
    name: str, num_classes: int, input: CHW, widths: tuple[int, int, int], head: int
) -> Architecture:
    """Return a column of Table 5."""
    stages: dict[str, AnyBlock] = {}
    before = 24
    for number, (units, width) in enumerate(zip(UNITS, widths, strict=True), start=2):
        blocks: dict[str, AnyBlock] = {}
        for place in range(1, units + 1):
            half = width // 2
            blocks[f"unit{place}"] = _down(before, half) if place == 1 else _basic(half)
            blocks[f"shuffle{place}"] = ChannelShuffle(2)
        stages[f"stage{number}"] = Chain(**blocks)
        before = width
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=unit(24, STYLE, 3, stride=2),
            pool1=MaxPool2d(3, stride=2, padding=1),
            **stages,
            conv5=unit(head, STYLE),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=torchvision_facts(*TORCHVISION[name]),
    )


TORCHVISION = {  # num_params, and _ops in G with 3 decimals
    "shufflenet_v2_x0_5": (1_366_792, 40_476_448, "0.040"),
    "shufflenet_v2_x1_0": (2_278_604, 144_907_992, "0.145"),
    "shufflenet_v2_x1_5": (3_503_624, 295_759_392, "0.296"),
    "shufflenet_v2_x2_0": (7_393_996, 583_253_464, "0.583"),
}
NETWORKS = {  # Table 5: channels of the stages 2 to 4, and of conv5
    "shufflenet_v2_x0_5": ((48, 96, 192), 1024),
    "shufflenet_v2_x1_0": ((116, 232, 464), 1024),
    "shufflenet_v2_x1_5": ((176, 352, 704), 1024),
    "shufflenet_v2_x2_0": ((244, 488, 976), 2048),
}


def _summary(widths: tuple[int, int, int], _head: int) -> str:
    return f"ShuffleNet V2 with {', '.join(map(str, widths))} channels in its three stages."


TABLE = {  # parameters and multiply-adds in millions, top-1 and top-5 error
    "shufflenet_v2_x0_5": ("1.4", "41", 38.9, 17.4),
    "shufflenet_v2_x1_0": ("2.3", "146", 30.6, 11.1),
    "shufflenet_v2_x1_5": ("3.5", "299", 27.4, 9.4),
    "shufflenet_v2_x2_0": ("7.4", "591", 25.0, 7.6),
}
RETRAINED = {
    "shufflenet_v2_x0_5": by_torchvision(60.552, 81.746),
    "shufflenet_v2_x1_0": by_torchvision(69.362, 88.316),
    "shufflenet_v2_x1_5": by_torchvision(72.996, 91.086),
    "shufflenet_v2_x2_0": by_torchvision(76.23, 93.006),
}
NOT_SAID = "convolutions and the linear layer; the source does not say how it counted"

PUBLICATION = Publication(
    networks=family(_shufflenet, NETWORKS, _summary, num_classes=1000, input=INPUT),
    printed={
        name: (
            *millions("README", f"{parameters}M", float(parameters), tolerance=0.05),
            *multiply_adds("README", f"{macs}M", float(macs), why=NOT_SAID),
        )
        for name, (parameters, macs, _, _) in TABLE.items()
    },
    results={
        name: (
            imagenet(top1, top5, "crops not stated", "the authors' repository"),
            RETRAINED[name],
        )
        for name, (_, _, top1, top5) in TABLE.items()
    },
)
