"""Choice of the recipe for `convscope train ARCH DATA` without --recipe."""

from convscope.shapes import CHW

GENERAL = "general"
PHOTOS = "photos"
IMAGENET_IMAGES = 1_000_000  # with fewer, a paper's recipe for ImageNet has too few steps

_RESNETS = ("resnet20", "resnet32", "resnet44", "resnet56")
# those with a warm-up: the paper trains 1202 layers "as described above", after that of 110
_DEEP_RESNETS = ("resnet110", "resnet110_b", "resnet1202")
_WIDE_RESNETS = ("wrn40_1", "wrn40_2", "wrn40_4", "wrn16_8", "wrn28_10", "wrn28_10_dropout")
_PLAIN = ("plain20", "plain32", "plain44", "plain56")
_ALL_CNNS = ("model", "strided_cnn", "convpool_cnn", "all_cnn")

# (architecture, data set)
CHOICES: dict[tuple[str, str], str] = {
    ("lenet5", "mnist"): "lenet5_mnist_quick",
    ("lenet5", "fashion_mnist"): "lenet5_mnist",
    ("lenet5_1998", "mnist"): "lenet5_1998_mnist",
    ("lenet5_1998", "fashion_mnist"): "lenet5_1998_mnist",
    ("conv5_bn", "fashion_mnist"): "fashion_mnist_quick",
    ("conv5_bn", "mnist"): "fashion_mnist_quick",
    **{(name, "cifar10"): "resnet110_cifar10" for name in _DEEP_RESNETS},
    **{(name, "cifar10"): "resnet_cifar10" for name in (*_RESNETS, *_PLAIN)},
    **{(f"{name}_b", "cifar10"): "resnet_cifar10" for name in _RESNETS},
    **{(name, "cifar10"): "wide_resnet_cifar10" for name in _WIDE_RESNETS},
    **{(f"{name}_{size}", "cifar10"): "all_cnn_cifar10" for name in _ALL_CNNS for size in "abc"},
}
# the paper's recipe by the start of the name, for as many photos as ImageNet has
IMAGENET: dict[str, str] = {
    "alexnet": "alexnet_imagenet",
    "zfnet": "alexnet_imagenet",
    "vgg": "vgg_imagenet",
    "googlenet": "googlenet_imagenet",
    "inception_v3": "inception_v3_imagenet",
    "resnet": "resnet_imagenet",
    "plain": "resnet_imagenet",
}


def choose(architecture: str, data: str, *, shape: CHW | None, num_images: int) -> str:
    """Return the name of the recipe for a pair; `general` or `photos` if there is no tested one.

    Args:
        shape: of every image; None for photos, whose sizes differ.
        num_images: of the training split.
    """
    if name := CHOICES.get((architecture, data)):
        return name
    if shape is not None:
        return GENERAL
    if num_images < IMAGENET_IMAGES:
        return PHOTOS
    of_paper = (name for start, name in IMAGENET.items() if architecture.startswith(start))
    return next(of_paper, PHOTOS)
