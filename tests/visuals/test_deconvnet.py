"""Deconvnet compared with an implementation layer by layer; rejected inputs."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convscope.errors import InputError
from convscope.network import build
from convscope.shapes import CHW
from convscope.visuals.methods.units import deconvnet
from convscope.zoo import load
from convscope.zoo.papers.classic.alexnet import alexnet
from convscope.zoo.papers.classic.lenet import lenet5, lenet5_1998
from convscope.zoo.papers.inception.googlenet import googlenet


def random_image(network, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, *network.architecture.input, generator=generator)


def lively(network):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
                nn.init.normal_(module.bias, std=0.1)
    return network


def response_norm_back(norm, x, signal):
    """Transposed derivative of y = x / d^beta, d = k + alpha / size * (sum of x^2 nearby)."""

    def nearby(values):
        around = norm.size // 2
        padded = F.pad(values, (0, 0, 0, 0, around, around))
        return torch.stack([padded[:, i : i + values.shape[1]] for i in range(norm.size)]).sum(0)

    alpha = norm.alpha / norm.size
    base = norm.k + alpha * nearby(x**2)
    through = nearby(signal * x * base ** (-norm.beta - 1))
    return signal * base**-norm.beta - 2 * alpha * norm.beta * x * through


def unpooled(pool, x, signal):
    """Max unpooling; the sum where windows overlap."""
    _, positions = F.max_pool2d(x, pool.kernel_size, pool.stride, return_indices=True)
    flat = torch.zeros_like(x).flatten(2)
    flat.scatter_add_(2, positions.flatten(2), signal.flatten(2))
    if pool.kernel_size == pool.stride:
        assert torch.equal(
            flat.view_as(x), F.max_unpool2d(signal, positions, pool.stride, output_size=x.shape)
        )
    return flat.view_as(x)


def step_back(layer, x, y, signal):
    match layer:
        case nn.MaxPool2d():
            return unpooled(layer, x, signal)
        case nn.AvgPool2d():
            return signal.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4
        case nn.ReLU():
            return signal.clamp(min=0)  # independent of the forward input
        case nn.Tanh():
            return signal * (1 - y**2)
        case nn.LocalResponseNorm():
            return response_norm_back(layer, x, signal)
        case nn.Conv2d():
            over = [
                (x.shape[d] + 2 * layer.padding[d - 2] - layer.kernel_size[d - 2])
                % layer.stride[d - 2]
                for d in (2, 3)
            ]
            return F.conv_transpose2d(
                signal, layer.weight, None, layer.stride, layer.padding, over, layer.groups
            )
    raise AssertionError(layer)


def layer_by_layer(network, image, path, unit):
    """Run forward keeping every input, then project one unit's strongest activation back."""
    kept, x = [], image
    with torch.no_grad():
        for name, layer in network.named_children():
            y = layer(x)
            kept.append((layer, x, y))
            x = y
            if name == path:
                break
        place = divmod(int(x[0, unit].argmax()), x.shape[3])
        signal = torch.zeros_like(x)
        signal[0, unit, place[0], place[1]] = x[0, unit, place[0], place[1]]
        for layer, x, y in reversed(kept):
            signal = step_back(layer, x, y, signal)
    return signal, place


@pytest.mark.parametrize("path", ["conv2", "pool2", "relu5"])
def test_alexnet_layer_by_layer(path):
    network = lively(build(alexnet(num_classes=10, input=CHW(3, 99, 131)), seed=0)).eval()
    image = random_image(network)
    for unit in (0, 17, 40):
        expected, place = layer_by_layer(network, image, path, unit)
        (projection,) = deconvnet.projections(network, image, layer=path, units=[unit])
        assert projection.position == place
        scale = float(expected.abs().max())
        assert (scale > 0) == (projection.value != 0)
        assert torch.allclose(projection.signal_CHW, expected[0], atol=2e-5 * scale, rtol=0)
    assert projection.operations.relus == {"conv2": 1, "pool2": 2, "relu5": 5}[path]


@pytest.mark.parametrize("path", ["conv1", "tanh2", "pool2", "tanh3"])
def test_lenet5_layer_by_layer(path):
    network = build(lenet5(), seed=0).eval()
    image = random_image(network)
    expected, place = layer_by_layer(network, image, path, 3)
    (projection,) = deconvnet.projections(network, image, layer=path, units=[3])
    assert projection.position == place
    scale = float(expected.abs().max())
    assert torch.allclose(projection.signal_CHW, expected[0], atol=1e-5 * scale, rtol=0)


def test_max_unpooling_where_windows_do_not_overlap():
    network = nn.Sequential(
        *(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 3), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3 * 16, 5)),
    ).eval()
    image = torch.randn(1, 2, 22, 22, generator=torch.Generator().manual_seed(5))
    expected, _ = layer_by_layer(network, image, "5", 1)
    (projection,) = deconvnet.projections(network, image, layer="5", units=[1])
    assert expected.any()
    assert torch.allclose(projection.signal_CHW, expected[0], atol=1e-6)


def test_a_batch_equals_single_images():
    network = lively(build(alexnet(num_classes=10, input=CHW(3, 67, 67)), seed=0))
    images = torch.cat([random_image(network, seed) for seed in range(3)])
    units, places = [4, 9, 4], [(1, 1), (0, 2), (2, 0)]
    many = deconvnet.projections(network, images, layer="conv3", units=units, positions=places)
    for n, projection in enumerate(many):
        (alone,) = deconvnet.projections(
            network, images[n : n + 1], layer="conv3", units=[units[n]], positions=[places[n]]
        )
        assert (projection.unit, projection.position) == (units[n], places[n])
        assert torch.allclose(projection.signal_CHW, alone.signal_CHW, atol=1e-6)
    default = deconvnet.projections(network, images, layer="conv3")
    assert len({(p.unit, p.position) for p in default}) > 1


def test_the_caption_names_defaults():
    network = lively(build(alexnet(num_classes=10, input=CHW(3, 67, 67)), seed=0))
    image = random_image(network)
    payload = deconvnet.compute(network, image)
    assert payload.tiles.shape == (1, 67, 67, 3)
    assert "Default layer: relu5" in payload.caption
    assert "the one with the strongest activation" in payload.caption
    requested = deconvnet.compute(network, image, layer="relu3", unit=2, place=(1, 0))
    assert "Default" not in requested.caption
    assert requested.caption.startswith(
        "Unit 2 at row 1, column 0 of relu3 (384 channels of 3 x 3)"
    )


def test_units_of_vectors_and_grey_images():
    network = build(lenet5(), seed=0)
    payload = deconvnet.compute(network, random_image(network), layer="fc1", unit=7)
    assert payload.tiles.shape == (1, 32, 32)
    assert payload.caption.startswith("Unit 7 of fc1 (84 units)")
    assert "No ReLU below the layer" in payload.caption
    assert "Ordinary gradient at Tanh" in payload.caption
    paper = build(lenet5_1998(), seed=0)
    assert "Tanh" in deconvnet.compute(paper, random_image(paper)).caption


def test_the_caption_reports_a_zero_activation():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
    nn.init.constant_(network[0].bias, -100)
    payload = deconvnet.compute(network, torch.randn(1, 1, 5, 5), layer="1")
    assert "Activation is 0" in payload.caption
    assert not payload.tiles.any()


def test_the_caption_reports_a_negative_activation():
    network = build(lenet5(), seed=0)
    image = random_image(network)
    worst = int(network.eval()(image).argmin())
    assert "lower it" in deconvnet.compute(network, image, layer="fc2", unit=worst).caption


def test_the_caption_reports_missing_max_pooling():
    network = build(load("resnet20"), seed=0)
    assert "without pooling positions" in deconvnet.compute(network, random_image(network)).caption
    lite = build(load("efficientnet_lite0", num_classes=5, input=CHW(3, 32, 32)), seed=0)
    small = deconvnet.compute(lite, random_image(lite), layer="stage2.block1.expand.relu")
    assert "without pooling positions" in small.caption


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer": "relu9"}, "did you mean relu"),
        ({"layer": "relu5", "unit": 256}, "a unit from 0 to 255"),
        ({"layer": "relu5", "unit": -1}, "a unit from 0 to 255"),
        ({"layer": "relu5", "unit": True}, "a unit from 0 to 255"),
        ({"layer": "relu5", "unit": 0, "place": (3, 0)}, "a row from 0 to 2"),
        ({"layer": "relu5", "unit": 0, "place": (1,)}, "a row and a column"),
        ({"layer": "relu5", "unit": 0, "place": (0, 9)}, "a column from 0 to 2"),
    ],
)
def test_invalid_inputs_are_rejected(options, message):
    network = build(alexnet(num_classes=10, input=CHW(3, 67, 67)), seed=0)
    with pytest.raises(InputError, match=message):
        deconvnet.compute(network, random_image(network), **options)


def test_a_layer_below_the_first_convolution_is_rejected():
    network = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(1, 1, 2), nn.Flatten())
    with pytest.raises(InputError, match="no convolution between 0 and the image"):
        deconvnet.compute(network, torch.randn(1, 1, 4, 4), layer="0")


def test_a_layer_of_an_auxiliary_head_did_not_run():
    network = build(googlenet(num_classes=3, input=CHW(3, 64, 64)), seed=0)
    layer = next(name for name, _ in network.named_modules() if name.startswith("aux1.head."))
    with pytest.raises(InputError, match="did not run"):
        deconvnet.compute(network, random_image(network), layer=layer)
