"""Attributions compared with Captum, on networks where every ReLU is a module of its own."""

from functools import partial

import captum.attr
import pytest
import torch
from torch import nn

from convscope.network import build, module_at
from convscope.shapes import CHW
from convscope.visuals.methods.prediction import (
    grad_cam,
    guided_backprop,
    guided_grad_cam,
    integrated_gradients,
    occlusion,
    saliency,
)
from convscope.visuals.methods.units import deconvnet
from convscope.zoo import load
from convscope.zoo.papers.classic.alexnet import alexnet
from convscope.zoo.papers.inception.googlenet import googlenet

pytestmark = pytest.mark.filterwarnings("ignore:Setting:UserWarning")  # Captum tells of hooks

NETWORKS = {
    "alexnet": lambda: alexnet(num_classes=10, input=CHW(3, 67, 67)),
    "googlenet": lambda: googlenet(num_classes=10, input=CHW(3, 64, 64)),
    "resnet20": partial(load, "resnet20"),
    "vgg11": partial(load, "vgg11", num_classes=10, input=CHW(3, 32, 32)),
}
LAYERS = {
    "alexnet": "relu5",
    "googlenet": "inception4e",
    "resnet20": "stage3.relu3",
    "vgg11": "block4.relu2",
}
TARGET = 3


class Logits(nn.Module):
    """A network with one output and one argument, as Captum requires."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)


def _lively(module):
    """Weights as after training: signals keep their scale and no normalisation is the identity."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight)
        if module.bias is not None:
            nn.init.normal_(module.bias, std=0.2)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.uniform_(module.running_var, 0.5, 2)
        nn.init.normal_(module.running_mean)
        nn.init.normal_(module.weight)
        nn.init.normal_(module.bias)


@pytest.fixture(params=NETWORKS)
def case(request):
    network = build(NETWORKS[request.param](), seed=1).eval()
    with torch.random.fork_rng():
        torch.manual_seed(2)
        for module in network.modules():
            _lively(module)
        image = torch.randn(1, *network.architecture.input)
    return network, image, request.param


def close(ours, theirs, tolerance=1e-5):
    theirs = theirs.detach()
    scale = float(theirs.abs().max())
    assert scale > 0
    assert float((ours - theirs).abs().max()) <= tolerance * scale


def wanting(image):
    return image.clone().requires_grad_()


def test_saliency(case):
    network, image, _ = case
    theirs = captum.attr.Saliency(network).attribute(wanting(image), target=TARGET, abs=False)
    close(saliency.attribute(network, image, target=TARGET), theirs)


def test_integrated_gradients(case):
    network, image, _ = case
    theirs = captum.attr.IntegratedGradients(network).attribute(
        wanting(image), target=TARGET, n_steps=20
    )
    ours = integrated_gradients.attribute(network, image, target=TARGET, steps=20)
    close(ours, theirs.float())


def test_guided_backprop(case):
    network, image, _ = case
    theirs = captum.attr.GuidedBackprop(Logits(network)).attribute(wanting(image), target=TARGET)
    close(guided_backprop.attribute(network, image, target=TARGET), theirs)


def test_deconvnet_of_a_class(case):
    network, image, _ = case
    theirs = captum.attr.Deconvolution(Logits(network)).attribute(wanting(image), target=TARGET)
    close(deconvnet.attribute(network, image, target=TARGET), theirs)


def test_deconvnet_of_a_unit(case):
    network, image, name = case
    (ours,) = deconvnet.projections(network, image, layer=LAYERS[name], units=[5])
    wrapped = Logits(network)
    theirs = captum.attr.NeuronDeconvolution(
        wrapped, module_at(wrapped.network, LAYERS[name])
    ).attribute(wanting(image), neuron_selector=(5, *ours.position))
    close(ours.signal_CHW, theirs[0] * ours.value)


def test_grad_cam(case):
    network, image, name = case
    layer = module_at(network, LAYERS[name])
    theirs = captum.attr.LayerGradCam(network, layer).attribute(
        wanting(image), target=TARGET, relu_attributions=True
    )
    ours = grad_cam.compute(network, image, layer=LAYERS[name], target=TARGET)
    close(torch.tensor(ours.values), theirs[0, 0])


def test_guided_grad_cam(case):
    network, image, name = case
    wrapped = Logits(network)
    theirs = captum.attr.GuidedGradCam(wrapped, module_at(wrapped.network, LAYERS[name])).attribute(
        wanting(image), target=TARGET, interpolate_mode="bilinear"
    )
    ours = guided_grad_cam.attribute(network, image, target=TARGET, layer=LAYERS[name])
    close(ours, theirs)


def test_occlusion(case):
    network, image, _ = case
    side = image.shape[2]
    size, stride = side // 3, side // 4  # the last square hangs over the edge
    theirs = captum.attr.Occlusion(network).attribute(
        image,
        target=TARGET,
        sliding_window_shapes=(3, size, size),
        strides=(3, stride, stride),
        baselines=0.25,
    )
    ours = occlusion.attribute(network, image, target=TARGET, size=size, stride=stride, fill=0.25)
    close(ours, theirs[:, :1], tolerance=1e-4)  # differences of large logits
    assert torch.equal(theirs[:, 0], theirs[:, 2])
