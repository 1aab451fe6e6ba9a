"""Properties of all attributions: unchanged network, rejected inputs, number of passes."""

import inspect
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convscope.errors import InputError
from convscope.network import build
from convscope.payload import from_json
from convscope.shapes import CHW
from convscope.visuals.attribution.layers import default_layer
from convscope.visuals.attribution.score import class_name
from convscope.visuals.methods.prediction import (
    grad_cam,
    grad_cam_pp,
    guided_backprop,
    guided_grad_cam,
    integrated_gradients,
    layer_cam,
    occlusion,
    saliency,
    smooth_grad,
)
from convscope.visuals.methods.units import deconvnet
from convscope.zoo import load
from convscope.zoo.papers.classic.alexnet import alexnet, alexnet_owt
from convscope.zoo.papers.classic.lenet import lenet5, lenet5_1998
from convscope.zoo.papers.inception.googlenet import googlenet

CAMS = (grad_cam, grad_cam_pp, layer_cam)
ONE_PASS = (saliency, guided_backprop, deconvnet, *CAMS)
METHODS = (*ONE_PASS, guided_grad_cam, integrated_gradients, smooth_grad, occlusion)
NAMES = [method.__name__.rpartition(".")[2] for method in METHODS]
QUICK = {"steps": 4, "samples": 3, "size": 16, "stride": 16}
NETWORKS = {
    "lenet5": lenet5,
    "lenet5_1998": lenet5_1998,
    "resnet20": partial(load, "resnet20"),
    "all_cnn_c": partial(load, "all_cnn_c"),
    "googlenet": lambda: googlenet(num_classes=4, input=CHW(3, 64, 64)),
    "efficientnet_lite0": lambda: load("efficientnet_lite0", num_classes=4, input=CHW(3, 64, 64)),
    "alexnet": lambda: alexnet(num_classes=4, input=CHW(3, 67, 67)),
}
WITHOUT_RELU = ("lenet5", "lenet5_1998")


def options(function, **more):
    parameters = inspect.signature(function).parameters
    return {name: value for name, value in (QUICK | more).items() if name in parameters}


def random_image(network, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, *network.architecture.input, generator=generator)


@pytest.fixture(scope="module")
def networks():
    return {name: build(make(), seed=0) for name, make in NETWORKS.items()}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_network_is_unchanged_and_result_reproducible(method, name, networks):
    network = networks[name].train()
    network.requires_grad_(True)
    next(network.parameters()).requires_grad_(False)
    image = random_image(network)
    if name in WITHOUT_RELU and method in (guided_backprop, guided_grad_cam):
        with pytest.raises(InputError, match="needs ReLUs; this network has none, only Tanh"):
            method.compute(network, image)
        return
    before = {key: value.clone() for key, value in network.state_dict().items()}
    labels = tuple("abcdefghij")[: network.architecture.num_classes]
    payload = method.compute(network, image, **options(method.compute, labels=labels))
    again = method.compute(network, image, **options(method.compute, labels=labels))
    assert payload == again
    assert from_json(payload.to_json()) == payload
    assert payload.caption
    assert all(part.training for part in network.modules())
    requires_grad = [parameter.requires_grad for parameter in network.parameters()]
    assert requires_grad == [False] + [True] * (len(requires_grad) - 1)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert not any(part._forward_hooks for part in network.modules())
    assert image.grad is None
    assert not image.requires_grad


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_attribute_has_the_size_of_the_image(method, networks):
    network = networks["resnet20"]
    result = method.attribute(network, random_image(network), **options(method.attribute))
    assert result.shape[0] == 1
    assert result.shape[1] in (1, 3)
    assert result.shape[2:] == (32, 32)
    assert not result.requires_grad


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_works_with_gradients_disabled(method, networks):
    network = networks["resnet20"]
    image = random_image(network)
    expected = method.attribute(network, image, **options(method.attribute, target=1))
    with torch.no_grad():
        result = method.attribute(network, image, **options(method.attribute, target=1))
    assert torch.equal(result, expected)
    with torch.inference_mode():
        result = method.attribute(network, image.clone(), **options(method.attribute, target=1))
    assert torch.equal(result.clone(), expected)


class Counted(nn.Module):
    """Counter of forward passes and images."""

    def __init__(self, network):
        super().__init__()
        self.network, self.passes, self.images = network, 0, 0

    def forward(self, x):
        self.passes += 1
        self.images += len(x)
        return self.network(x)


@pytest.mark.parametrize("method", ONE_PASS, ids=[m.__name__.rpartition(".")[2] for m in ONE_PASS])
def test_one_forward_and_one_backward_pass(method, networks, monkeypatch):
    network = networks["resnet20"]
    backward, counted = torch.autograd.grad, SimpleNamespace(num=0)

    def grad(*args, **kwargs):
        counted.num += 1
        return backward(*args, **kwargs)

    monkeypatch.setattr(torch.autograd, "grad", grad)
    runs = []
    handle = network.register_forward_hook(lambda *_: runs.append(1))
    method.compute(network, random_image(network))
    handle.remove()
    assert (len(runs), counted.num) == (1, 1)


def test_occlusion_runs_one_image_per_position(networks):
    counted = Counted(networks["resnet20"])
    image = random_image(networks["resnet20"])
    made = occlusion.occluded(counted, image, layer=None, target=None, size=8, stride=4, fill=0.0)
    assert made.scores_RQ.numel() == 49
    assert counted.images == 49 + 2  # the image itself, and one that compares the engine
    assert counted.passes == 4


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
@pytest.mark.parametrize(
    ("image", "message"),
    [
        (torch.zeros(2, 3, 32, 32), "one image"),
        (torch.zeros(3, 32, 32), "one image"),
        (torch.zeros(1, 3, 33, 32), "3x32x32, the input of resnet20"),
        (torch.zeros(1, 1, 32, 32), "3x32x32"),
        (torch.zeros(1, 3, 32, 32, dtype=torch.uint8), "preprocessing"),
        (torch.full((1, 3, 32, 32), torch.nan), "not finite"),
        (np.zeros((1, 3, 32, 32)), "a tensor"),
    ],
)
def test_invalid_images_are_rejected(method, image, message, networks):
    with pytest.raises(InputError, match=message):
        method.compute(networks["resnet20"], image)


@pytest.mark.parametrize("target", [-1, 10, 1.0, True])
@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_unknown_classes_are_rejected(method, target, networks):
    if method is deconvnet:
        return
    network = networks["resnet20"]
    with pytest.raises(InputError, match="a class from 0 to 9"):
        method.compute(network, random_image(network), target=target)


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_non_finite_weights_are_rejected(method):
    network = build(load("resnet20"), seed=0)
    nn.init.constant_(network.conv1.weight, torch.inf)
    with pytest.raises(InputError, match="finite"):
        method.compute(network, random_image(network))


def test_the_caption_names_the_class(networks):
    network = networks["lenet5"].eval()
    image = random_image(network)
    best = int(network(image).argmax())
    digits = tuple(f"digit {n}" for n in range(10))
    predicted = saliency.compute(network, image, labels=digits)
    assert f"class {best} (digit {best})" in predicted.caption
    assert "the predicted class" in predicted.caption
    requested = saliency.compute(network, image, target=3, labels=("only", "two"))
    assert "logit of class 3," in requested.caption
    assert "predicted" not in requested.caption


def test_saliency_is_the_gradient():
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    payload = saliency.compute(network, torch.randn(1, 3, 2, 2), target=1)
    expected = network[1].weight[1].view(3, 2, 2).abs().amax(0)
    assert torch.equal(torch.tensor(payload.values), expected)
    assert payload.scale.low == 0


def test_one_channel_is_a_grey_image_and_two_a_heatmap():
    grey = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
    two = nn.Sequential(nn.Conv2d(2, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
    assert guided_backprop.compute(grey, torch.randn(1, 1, 5, 5)).scale.colours == "grey"
    made = guided_backprop.compute(two, torch.randn(1, 2, 5, 5))
    assert (made.kind, made.scale.colours) == ("heatmap", "blue-white-red")


class Functional(nn.Module):
    """ReLU as a function, as in torchvision's GoogLeNet; Captum returns the plain gradient here."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 5)

    def forward(self, x):
        return self.fc(F.relu(self.conv(x), inplace=True).mean((2, 3)))


def test_functional_relu_follows_the_rules_as_a_module_does():
    """Weights of both signs, so that the three rules differ; compared with their formulas."""
    generator = torch.Generator().manual_seed(0)
    network = Functional()
    weight_K = torch.tensor([1.0, -2.0, 3.0, -4.0])
    with torch.no_grad():
        network.conv.weight.copy_(torch.randn(4, 3, 3, 3, generator=generator))
        network.conv.bias.zero_()
        network.fc.weight[2] = weight_K
    image = torch.randn(1, 3, 7, 7, generator=generator)
    as_modules = nn.Sequential(
        network.conv, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), network.fc
    )
    before_NKHW = network.conv(image).detach()  # f, before the ReLU
    signal_NKHW = (weight_K / 25)[None, :, None, None].expand_as(before_NKHW)  # R, from above
    masks = {
        saliency: before_NKHW > 0,
        deconvnet: signal_NKHW > 0,
        guided_backprop: (before_NKHW > 0) & (signal_NKHW > 0),
    }
    assert len({int(mask.sum()) for mask in masks.values()}) == 3
    for method, mask in masks.items():
        expected = F.conv_transpose2d(signal_NKHW * mask, network.conv.weight.detach())
        for module in (network, as_modules):
            result = method.attribute(module, image, target=2)
            torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-6)


class Odd(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


ODD = {
    "where": (lambda x: torch.where(x > 0, x, 0).flatten(1), guided_backprop, "could hide"),
    "softmax over the images": (
        lambda x: x.flatten(1).softmax(0),
        saliency,
        "not over the classes",
    ),
    "unknown probabilities": (
        lambda x: torch.cat([x.mean((1, 2, 3))[:, None].sigmoid()] * 2, 1) / 1e9 + 0.5,
        saliency,
        "outputs are probabilities",
    ),
    "tuple": (lambda x: (x.flatten(1), x), saliency, "output is a tuple"),
    "maps": (lambda x: x, saliency, "output has the shape"),
    "detached": (lambda x: x.detach().flatten(1), saliency, "no gradient flows"),
    "wrong size": (lambda x: x.flatten(1) @ torch.ones(3, 3), saliency, "does not accept images"),
    "flat": (lambda x: x.flatten(1).relu(), grad_cam, "feature maps larger than 1 x 1"),
}


@pytest.mark.parametrize("name", ODD)
def test_unsuitable_networks_are_rejected(name):
    function, method, message = ODD[name]
    with pytest.raises(InputError, match=message):
        method.compute(Odd(function), torch.randn(1, 3, 4, 4))


def test_a_first_layer_in_place_does_not_change_the_image():
    network = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(1, 2, 3), nn.Flatten())
    image = torch.randn(1, 1, 5, 5)
    before = image.clone()
    for method in METHODS:
        method.compute(network, image, **options(method.compute, layer="1", size=3, stride=3))
        assert torch.equal(image, before)


@pytest.mark.parametrize(
    ("make", "layer"),
    [
        (lambda: alexnet(num_classes=4, input=CHW(3, 99, 99)), "relu5"),
        (lambda: alexnet_owt(num_classes=4, input=CHW(3, 96, 96)), "relu5"),
        (NETWORKS["googlenet"], "inception5b"),
        (partial(load, "resnet20"), "stage3.relu3"),
        (lenet5, "tanh2"),
        (lenet5_1998, "s4_squash"),
        (partial(load, "all_cnn_c"), "relu3"),
        (NETWORKS["efficientnet_lite0"], "head.relu"),
    ],
)
def test_default_layer(make, layer):
    network = build(make(), seed=0)
    image = random_image(network)
    assert default_layer(network, image).endswith(layer)
    # by what runs, without knowing the architecture
    assert default_layer(Counted(network), image) == f"network.{default_layer(network, image)}"


def test_default_layer_of_a_residual_block_with_a_reused_relu():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x):
            return self.relu(self.conv2(self.relu(self.conv1(x))) + x)

    network = nn.Sequential(Block(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    image = torch.randn(1, 3, 6, 6)
    assert default_layer(network, image) == "0"
    assert "Default layer: 0," in grad_cam.compute(network, image).caption
    with pytest.raises(InputError, match="more than once"):
        grad_cam.compute(network, image, layer="0.relu")


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (("cat", "dog"), "class 1 (dog)"),
        (("class 0", "class 1"), "class 1"),
        (("0", "1"), "class 1"),
        ((), "class 1"),
    ],
)
def test_a_class_is_named_once(labels, name):
    assert class_name(1, labels) == name
