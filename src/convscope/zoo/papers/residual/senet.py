"""SE-ResNet: squeeze-and-excitation scales each channel by what all channels hold."""

from convscope.arch import Architecture, Fact, Paper, Result
from convscope.layers import MaxPool2d
from convscope.shapes import CHW
from convscope.zoo.papers.residual.resnext import Bottleneck, bottleneck_blocks
from convscope.zoo.publication import Publication, family, imagenet

PAPER = Paper(
    title="Squeeze-and-excitation networks",
    authors="Hu, Shen, Sun",
    year=2018,
    url="https://arxiv.org/abs/1709.01507",
)
INPUT = CHW(3, 224, 224)
REDUCTION = 16
PAPERS = Bottleneck(64, reduction=REDUCTION, stride_in_first=True)
# layers, kind of block; the stem's pool is Caffe's, without padding and rounded up
NETWORKS = {
    "se_resnet50": (50, PAPERS),
    "se_resnet101": (101, PAPERS),
    "se_resnet152": (152, PAPERS),
    "se_resnext50_32x4d": (50, Bottleneck(128, 32, REDUCTION)),
    "se_resnext101_32x4d": (101, Bottleneck(128, 32, REDUCTION)),
}
TIMM = {
    "se_resnet50": 28_088_024,
    "se_resnet101": 49_326_872,
    "se_resnet152": 66_821_848,
    "se_resnext50_32x4d": 27_559_896,
    "se_resnext101_32x4d": 48_955_416,
}


def _senet(name: str, num_classes: int, input: CHW, depth: int, kind: Bottleneck) -> Architecture:
    """Table 1: ResNet and ResNeXt with a gate at the end of each block."""
    pool = MaxPool2d(3, stride=2, ceil_mode=True)
    source = f"timm, parameters of legacy_{name.replace('se_', 'se')}"
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=bottleneck_blocks(kind, depth, num_classes, pool),
        paper=PAPER,
        facts=(Fact(quantity="parameters", value=TIMM[name], source=source),),
    )


def _summary(depth: int, kind: Bottleneck) -> str:
    if kind.groups == 1:
        return f"ResNet of {depth} layers with squeeze-and-excitation in each block."
    return f"ResNeXt of {depth} layers with squeeze-and-excitation in each block."


def _released(top1: float, top5: float) -> Result:
    """Weights that the authors trained again, for longer than in the paper."""
    return imagenet(top1, top5, "1 crop", "the authors' repository")


PUBLICATION = Publication(
    networks=family(_senet, NETWORKS, _summary, num_classes=1000, input=INPUT),
    results={
        "se_resnet50": (_released(22.37, 6.36),),
        "se_resnet101": (_released(21.75, 5.72),),
        "se_resnet152": (_released(21.34, 5.54),),
        "se_resnext50_32x4d": (_released(20.97, 5.54),),
        "se_resnext101_32x4d": (_released(19.81, 4.96),),
    },
)
