"""Which recipe `convscope train ARCH DATA` takes when none is named."""

from convscope.shapes import CHW

GENERAL = "general"
PHOTOS = "photos"
IMAGENET_IMAGES = 1_000_000  # fewer, and a paper's recipe for ImageNet has too few steps

# (architecture, data set)
CHOICES: dict[tuple[str, str], str] = {
    ("lenet5", "mnist"): "lenet5_mnist_quick",
    ("lenet5", "fashion_mnist"): "lenet5_mnist",
    ("lenet5_1998", "mnist"): "lenet5_1998_mnist",
    ("lenet5_1998", "fashion_mnist"): "lenet5_1998_mnist",
    ("conv5_bn", "fashion_mnist"): "fashion_mnist_quick",
    ("conv5_bn", "mnist"): "fashion_mnist_quick",
    ("resnet20", "cifar10"): "resnet_cifar10",
    ("resnet32", "cifar10"): "resnet_cifar10",
    ("resnet44", "cifar10"): "resnet_cifar10",
    ("resnet56", "cifar10"): "resnet_cifar10",
    ("resnet110", "cifar10"): "resnet110_cifar10",
    ("plain20", "cifar10"): "resnet_cifar10",
    ("plain32", "cifar10"): "resnet_cifar10",
    ("plain44", "cifar10"): "resnet_cifar10",
    ("plain56", "cifar10"): "resnet_cifar10",
    ("all_cnn_a", "cifar10"): "all_cnn_cifar10",
    ("all_cnn_b", "cifar10"): "all_cnn_cifar10",
    ("all_cnn_c", "cifar10"): "all_cnn_cifar10",
    ("convpool_cnn_a", "cifar10"): "all_cnn_cifar10",
    ("convpool_cnn_b", "cifar10"): "all_cnn_cifar10",
    ("convpool_cnn_c", "cifar10"): "all_cnn_cifar10",
    ("strided_cnn_a", "cifar10"): "all_cnn_cifar10",
    ("strided_cnn_b", "cifar10"): "all_cnn_cifar10",
    ("strided_cnn_c", "cifar10"): "all_cnn_cifar10",
    ("model_a", "cifar10"): "all_cnn_cifar10",
    ("model_b", "cifar10"): "all_cnn_cifar10",
    ("model_c", "cifar10"): "all_cnn_cifar10",
}
# the paper's recipe where the data are as many photos as ImageNet has; names begin so
IMAGENET: tuple[tuple[str, str], ...] = (
    ("alexnet", "alexnet_imagenet"),
    ("zfnet", "alexnet_imagenet"),
    ("vgg", "vgg_imagenet"),
    ("googlenet", "googlenet_imagenet"),
    ("inception_v3", "inception_v3_imagenet"),
    ("resnet", "resnet_imagenet"),
    ("plain", "resnet_imagenet"),
)


def choose(architecture: str, data: str, *, shape: CHW | None, num_images: int) -> str:
    """The name of the recipe for a pair; `general` or `photos`, which claim nothing, for others.

    Args:
        shape: of every image; None for photos, which have sizes of their own.
        num_images: of the training split.
    """
    if found := CHOICES.get((architecture, data)):
        return found
    if shape is not None:
        return GENERAL
    of_paper = (name for start, name in IMAGENET if architecture.startswith(start))
    return next(of_paper, PHOTOS) if num_images >= IMAGENET_IMAGES else PHOTOS
