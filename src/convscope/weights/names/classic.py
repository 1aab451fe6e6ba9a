"""Names of the layers of AlexNet and VGG in other libraries."""

from collections.abc import Mapping
from functools import partial

from convscope.arch import Architecture
from convscope.arch.fold import layers
from convscope.weights.names.namer import Namer, Rename, same

VGG_HEAD = {"fc1": "classifier.0", "fc2": "classifier.3", "fc3": "classifier.6"}
VGG_TIMM_HEAD = {"fc1": "pre_logits.fc1", "fc2": "pre_logits.fc2", "fc3": "head.fc"}
VGG_KERAS_HEAD = {"fc1": "fc1", "fc2": "fc2", "fc3": "predictions"}
ALEXNET = {
    "conv1": "features.0",
    "conv2": "features.3",
    "conv3": "features.6",
    "conv4": "features.8",
    "conv5": "features.10",
    "fc6": "classifier.1",
    "fc7": "classifier.4",
    "fc8": "classifier.6",
}


def alexnet(path: str) -> str:
    """Return the number in torchvision's two Sequentials."""
    return ALEXNET[path]


def vgg_features(architecture: Architecture, *, head: Mapping[str, str]) -> Rename:
    """Number the layers of all blocks as one Sequential, pools and ReLUs included."""
    paths = [path for path, _ in layers(architecture.block) if "." in path]
    places = {path: f"features.{number}" for number, path in enumerate(paths)}
    return (places | dict(head)).__getitem__


def vgg_keras(path: str) -> str:
    """`block1.conv2` is block1_conv2."""
    return VGG_KERAS_HEAD.get(path) or path.replace(".", "_")


VGGS = tuple(f"vgg{depth}{norm}" for depth in (11, 13, 16, 19) for norm in ("", "_bn"))

TORCHVISION: Mapping[str, Namer] = {
    **same(alexnet, ("alexnet_owt",)),
    **{name: partial(vgg_features, head=VGG_HEAD) for name in VGGS},
}
TIMM: Mapping[str, Namer] = {name: partial(vgg_features, head=VGG_TIMM_HEAD) for name in VGGS}
KERAS: Mapping[str, Namer] = same(vgg_keras, ("vgg16", "vgg19"))
