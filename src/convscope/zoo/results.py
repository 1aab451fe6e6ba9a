"""Published error rates, by architecture, each with its protocol. From the papers' own tables."""

from convscope.arch import Result

VAL, TEST = "ILSVRC-2012 validation", "ILSVRC-2012 test"
CIFAR = "CIFAR-10"


def _imagenet(
    top1: float | None,
    top5: float | None,
    protocol: str,
    source: str,
    *,
    split: str = VAL,
    ensemble: int = 1,
) -> Result:
    return Result(
        data="ImageNet",
        split=split,
        top1=top1,
        top5=top5,
        protocol=protocol,
        ensemble=ensemble,
        source=source,
    )


def _cifar(top1: float, source: str, protocol: str = "whole image") -> Result:
    return Result(data=CIFAR, split="test", top1=top1, protocol=protocol, source=source)


def _vgg(top1: float, top5: float, train: str, test: str) -> Result:
    return _imagenet(
        top1, top5, f"dense at {test}, trained at {train}, one scale", "VGG paper, Table 3"
    )


def _vgg_scales(top1: float, top5: float, train: str, test: str) -> Result:
    return _imagenet(top1, top5, f"dense at {test}, trained at {train}", "VGG paper, Table 4")


def _retrained(top1: float, top5: float, source: str) -> Result:
    """A library's own training of the paper's network, which is not the paper's result."""
    return _imagenet(top1, top5, "retrained, 1 crop", source)


def _resnet(top1: float, top5: float) -> Result:
    return _imagenet(top1, top5, "10 crops", "ResNet paper, Table 3")


RESULTS: dict[str, tuple[Result, ...]] = {
    "lenet5_1998": (
        Result(data="MNIST", split="test", top1=0.95, protocol="whole image", source="LeCun 1998"),
        Result(
            data="MNIST",
            split="test",
            top1=0.8,
            protocol="whole image, trained with distortions",
            source="LeCun 1998",
        ),
    ),
    "alexnet": (
        _imagenet(40.7, 18.2, "10 crops", "AlexNet paper, Table 2"),
        _imagenet(38.1, 16.4, "10 crops", "AlexNet paper, Table 2", ensemble=5),
        _imagenet(None, 16.4, "10 crops", "AlexNet paper, Table 2", split=TEST, ensemble=5),
        _imagenet(
            36.7, 15.4, "10 crops, two of them pre-trained on Fall 2011", "Table 2", ensemble=7
        ),
        _imagenet(
            None, 15.3, "10 crops, two of them pre-trained", "Table 2", split=TEST, ensemble=7
        ),
        Result(
            data="ImageNet",
            split="ILSVRC-2010 test",
            top1=37.5,
            top5=17.0,
            protocol="10 crops",
            source="AlexNet paper, section 6",
        ),
        _retrained(42.9, 19.8, "Caffe's bvlc_alexnet, 57.1 / 80.2"),
    ),
    "alexnet_owt": (
        _imagenet(43.478, 20.934, "1 crop", "torchvision's published weights, 56.522 / 79.066"),
    ),
    "zfnet": (
        _imagenet(38.4, 16.5, "10 crops", "ZFNet paper, Table 2"),
        _imagenet(36.7, 15.3, "10 crops", "ZFNet paper, Table 2", ensemble=5),
    ),
    "vgg11": (
        _vgg(29.6, 10.4, "256", "256"),
        _retrained(30.980, 11.372, "torchvision, 69.020 / 88.628"),
    ),
    "vgg11_lrn": (_vgg(29.7, 10.5, "256", "256"),),
    "vgg13": (
        _vgg(28.7, 9.9, "256", "256"),
        _vgg_scales(28.2, 9.6, "256", "224, 256 and 288"),
        _retrained(30.072, 10.754, "torchvision, 69.928 / 89.246"),
    ),
    "vgg16_c": (
        _vgg(28.1, 9.4, "256", "256"),
        _vgg(28.1, 9.3, "384", "384"),
        _vgg(27.3, 8.8, "256 to 512", "384"),
        _vgg_scales(27.7, 9.2, "256", "224, 256 and 288"),
        _vgg_scales(27.8, 9.2, "384", "352, 384 and 416"),
        _vgg_scales(26.3, 8.2, "256 to 512", "256, 384 and 512"),
    ),
    "vgg16": (
        _vgg(27.0, 8.8, "256", "256"),
        _vgg(26.8, 8.7, "384", "384"),
        _vgg(25.6, 8.1, "256 to 512", "384"),
        _vgg_scales(26.6, 8.6, "256", "224, 256 and 288"),
        _vgg_scales(26.5, 8.6, "384", "352, 384 and 416"),
        _vgg_scales(24.8, 7.5, "256 to 512", "256, 384 and 512"),
        _imagenet(24.6, 7.5, "150 crops", "VGG paper, Table 5"),
        _imagenet(24.4, 7.2, "dense and 150 crops", "VGG paper, Table 5"),
        _retrained(28.408, 9.618, "torchvision, 71.592 / 90.382"),
    ),
    "vgg19": (
        _vgg(27.3, 9.0, "256", "256"),
        _vgg(26.9, 8.7, "384", "384"),
        _vgg(25.5, 8.0, "256 to 512", "384"),
        _vgg_scales(26.9, 8.7, "256", "224, 256 and 288"),
        _vgg_scales(26.7, 8.6, "384", "352, 384 and 416"),
        _vgg_scales(24.8, 7.5, "256 to 512", "256, 384 and 512"),
        _imagenet(24.6, 7.4, "150 crops", "VGG paper, Table 5"),
        _imagenet(24.4, 7.1, "dense and 150 crops", "VGG paper, Table 5"),
        _retrained(27.624, 9.124, "torchvision, 72.376 / 90.876"),
    ),
    "vgg11_bn": (_imagenet(29.630, 10.190, "1 crop", "torchvision, 70.370 / 89.810"),),
    "vgg13_bn": (_imagenet(28.414, 9.626, "1 crop", "torchvision, 71.586 / 90.374"),),
    "vgg16_bn": (_imagenet(26.640, 8.484, "1 crop", "torchvision, 73.360 / 91.516"),),
    "vgg19_bn": (_imagenet(25.782, 8.158, "1 crop", "torchvision, 74.218 / 91.842"),),
    "googlenet": (
        _imagenet(None, 10.07, "1 crop", "GoogLeNet paper, Table 3"),
        _imagenet(None, 9.15, "10 crops", "GoogLeNet paper, Table 3"),
        _imagenet(None, 7.89, "144 crops", "GoogLeNet paper, Table 3"),
        _imagenet(None, 8.09, "1 crop", "GoogLeNet paper, Table 3", ensemble=7),
        _imagenet(None, 7.62, "10 crops", "GoogLeNet paper, Table 3", ensemble=7),
        _imagenet(None, 6.67, "144 crops", "GoogLeNet paper, Table 3", ensemble=7),
        _retrained(31.3, 11.1, "Caffe's bvlc_googlenet, 68.7 / 88.9"),
    ),
    "googlenet_bn": (_imagenet(30.222, 10.470, "1 crop", "torchvision, 69.778 / 89.530"),),
    "inception_v3": (
        _imagenet(21.2, 5.6, "1 crop, 48,238 images", "Inception v3 paper, abstract"),
        _imagenet(19.47, 4.48, "12 crops", "Inception v3 paper, Table 4"),
        _imagenet(18.77, 4.2, "144 crops", "Inception v3 paper, Table 4"),
        _imagenet(None, 3.46, "144 crops", "Inception v3 paper, Table 5", ensemble=4),
        _imagenet(None, 3.58, "144 crops", "Inception v3 paper, Table 5", split=TEST, ensemble=4),
        _retrained(22.706, 6.550, "torchvision, 77.294 / 93.450"),
    ),
    "plain18": (_imagenet(27.94, None, "10 crops", "ResNet paper, Table 2"),),
    "resnet18_a": (_imagenet(27.88, None, "10 crops", "ResNet paper, Table 2"),),
    "plain34": (_resnet(28.54, 10.02),),
    "resnet34_a": (_resnet(25.03, 7.76),),
    "resnet34": (
        _resnet(24.52, 7.46),
        _imagenet(21.84, 5.71, "dense at five scales", "ResNet paper, Table 4"),
        _retrained(26.686, 8.580, "torchvision, 73.314 / 91.420"),
    ),
    "resnet34_c": (
        _resnet(24.19, 7.40),
        _imagenet(21.53, 5.60, "dense at five scales", "ResNet paper, Table 4"),
    ),
    "resnet50_v1": (
        _imagenet(24.7, 7.8, "1 crop", "the authors' repository"),
        _resnet(22.85, 6.71),
        _imagenet(20.74, 5.25, "dense at five scales", "ResNet paper, Table 4"),
    ),
    "resnet101_v1": (
        _imagenet(23.6, 7.1, "1 crop", "the authors' repository"),
        _resnet(21.75, 6.05),
        _imagenet(19.87, 4.60, "dense at five scales", "ResNet paper, Table 4"),
    ),
    "resnet152_v1": (
        _imagenet(23.0, 6.7, "1 crop", "the authors' repository"),
        _resnet(21.43, 5.71),
        _imagenet(19.38, 4.49, "dense at five scales", "ResNet paper, Table 4"),
    ),
    "resnet18": (_imagenet(30.242, 10.922, "1 crop", "torchvision, 69.758 / 89.078"),),
    "resnet50": (_imagenet(23.870, 7.138, "1 crop", "torchvision V1, 76.130 / 92.862"),),
    "resnet101": (_imagenet(22.626, 6.454, "1 crop", "torchvision V1, 77.374 / 93.546"),),
    "resnet152": (_imagenet(21.688, 5.954, "1 crop", "torchvision V1, 78.312 / 94.046"),),
    "resnet20": (_cifar(8.75, "ResNet paper, Table 6"),),
    "resnet32": (_cifar(7.51, "ResNet paper, Table 6"),),
    "resnet44": (_cifar(7.17, "ResNet paper, Table 6"),),
    "resnet56": (_cifar(6.97, "ResNet paper, Table 6"),),
    "resnet110": (_cifar(6.43, "ResNet paper, Table 6", "whole image, best of 5 (6.61 +- 0.16)"),),
    "model_a": (_cifar(12.47, "All-CNN paper, Table 3"),),
    "strided_cnn_a": (_cifar(13.46, "All-CNN paper, Table 3"),),
    "convpool_cnn_a": (_cifar(10.21, "All-CNN paper, Table 3"),),
    "all_cnn_a": (_cifar(10.30, "All-CNN paper, Table 3"),),
    "model_b": (_cifar(10.20, "All-CNN paper, Table 3"),),
    "strided_cnn_b": (_cifar(10.98, "All-CNN paper, Table 3"),),
    "convpool_cnn_b": (_cifar(9.33, "All-CNN paper, Table 3"),),
    "all_cnn_b": (_cifar(9.10, "All-CNN paper, Table 3"),),
    "model_c": (_cifar(9.74, "All-CNN paper, Table 3"),),
    "strided_cnn_c": (_cifar(10.19, "All-CNN paper, Table 3"),),
    "convpool_cnn_c": (_cifar(9.31, "All-CNN paper, Table 3"),),
    "all_cnn_c": (
        _cifar(9.08, "All-CNN paper, Table 3"),
        _cifar(7.25, "All-CNN paper, Table 4", "whole image, trained with flips and shifts"),
    ),
    "efficientnet_lite0": (
        _imagenet(24.9, None, "crops not stated", "the authors' repository, 75.1"),
    ),
}
