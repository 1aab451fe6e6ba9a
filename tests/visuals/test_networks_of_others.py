"""Networks of others by what they run: in place, reused, out of order, with a softmax inside."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, weight_norm

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.attribution.layers import default_layer
from convscope.visuals.call import Inputs, look_all
from convscope.visuals.checks.checks import check
from convscope.visuals.checks.randomisation import cascade
from convscope.visuals.forward import compute_scores
from convscope.visuals.methods.network import embedding, gradient_flow
from convscope.visuals.methods.prediction import saliency
from convscope.visuals.methods.units.filters import first_convolution
from convscope.visuals.methods.units.maximise import compute as maximise
from tests.visuals.foreign import (
    BasicBlock,
    Body,
    Bottleneck,
    ChannelsLast,
    HeadRegisteredFirst,
    ModelOutput,
    ResNet,
    Siamese,
    Unet,
    Vit,
)


def image(side=16, channels=3):
    return torch.randn(1, channels, side, side)


def table(payload):
    """The rows of the last table of a sheet, by layer."""
    rows = payload.items[-1]
    return {row[1]: dict(zip(rows.columns, row, strict=True)) for row in rows.rows}


@pytest.fixture
def pair():
    """The same network with and without operations in place."""
    network, plain = ResNet(inplace=True).eval(), ResNet(inplace=False).eval()
    plain.load_state_dict(network.state_dict())
    return network, plain, image(32)


def test_operations_in_place_change_no_visual(pair):
    network, plain, x = pair
    assert default_layer(network, x) == default_layer(plain, x) == "layer2.0"
    for method in ("grad_cam", "guided_backprop", "occlusion", "activation_stats", "gradient_flow"):
        assert convscope.look(network, method, x) == convscope.look(plain, method, x), method


def test_grad_cam_of_a_residual_network_is_that_of_the_blocks_end(pair):
    network, _, x = pair
    maps = network.layer2(network.layer1(network.maxpool(F.relu(network.bn1(network.conv1(x))))))
    maps = maps.detach().requires_grad_()
    score = network.fc(maps.mean((2, 3)))[0, 2]
    (gradient,) = torch.autograd.grad(score, maps)
    expected = (gradient.mean((2, 3), keepdim=True) * maps).sum(1).clamp(min=0)[0]
    result = convscope.look(network, "grad_cam", x, target=2)
    np.testing.assert_allclose(result.values, expected.detach(), atol=1e-6)


def test_dead_units_behind_a_relu_in_place_are_counted():
    network = nn.Sequential(
        nn.Conv2d(3, 14, 3), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    nn.init.constant_(network[0].bias, -100)
    stats = table(convscope.look(network, "activation_stats", image()))
    assert stats["1"]["dead units"] == 14
    assert stats["0"]["dead units"] == 0
    assert stats["1"]["zeros"] == 1


def test_every_run_of_a_reused_layer_has_its_row():
    network = nn.Sequential(Bottleneck(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))
    x = image(8, channels=8)
    for method in ("activation_stats", "gradient_flow"):
        rows = table(convscope.look(network, method, x))
        assert list(rows) == [
            *("0.conv1", "0.relu, run 1", "0.conv2", "0.relu, run 2", "0.conv3", "0.relu, run 3"),
            *("1", "2", "3"),
        ]
    second = convscope.look(network, "feature_maps", x, layer="0.relu, run 2")
    with pytest.raises(InputError, match="more than once") as raised:
        convscope.look(network, "feature_maps", x, layer="0.relu")
    assert "layer='0.relu, run 3'" in raised.value.fix
    flow = table(gradient_flow.compute(network, x, target=1))
    network.eval()
    y = network[0].relu(network[0].conv1(x)).detach().requires_grad_()
    z = network[0].conv3(F.relu(network[0].conv2(y)))
    logits = network[3](F.relu(z + x).mean((2, 3)))
    (gradient,) = torch.autograd.grad(F.cross_entropy(logits, torch.tensor([1])), y)
    np.testing.assert_allclose(second.tiles, F.relu(network[0].conv2(y))[0].detach(), atol=1e-6)
    expected = float(gradient.square().mean().sqrt())
    assert flow["0.relu, run 1"]["at the outputs"] == pytest.approx(expected, rel=1e-4)


def test_the_default_layer_may_be_the_last_run_of_a_reused_layer():
    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.relu = nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(inplace=True)

        def forward(self, x):
            for _ in range(3):
                x = self.relu(self.conv(x))
            return x.mean((2, 3))

    network, x = Recurrent(), image()
    maps = x
    for _ in range(3):
        maps = F.relu(network.conv(maps))
    result = convscope.look(network, "grad_cam", x, target=1)
    assert result.title == "Grad-CAM at relu, run 3"
    np.testing.assert_allclose(result.values, maps[0, 1].detach() / 256, atol=1e-6)


def test_the_first_convolution_is_the_first_that_runs():
    network = HeadRegisteredFirst()
    assert first_convolution(network, image()) == "stem"
    assert first_convolution(network) == "stem"
    for given in (image(), None):
        assert "stem, the first convolution" in convscope.look(network, "filters", given).caption
    assert "of stem" in convscope.look(network, "feature_maps", image()).title


def test_the_first_convolution_without_an_image_whatever_the_input():
    """A pass that fails later still shows which convolution comes first."""
    network = nn.Module()
    network.late, network.early = nn.Conv2d(4, 2, 3), nn.Conv2d(2, 4, 3)
    network.forward = lambda x: nn.Linear(7, 2)(network.late(network.early(x)).flatten(1))
    assert first_convolution(network) == "early"
    network.forward = lambda x, y: x
    with pytest.raises(InputError, match="not known without an image"):
        first_convolution(network)


def test_the_randomisation_check_starts_at_the_last_layer_that_runs():
    network, x = ResNet(head_first=True), image(32)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    ones = np.ones((4, 4), np.float32)
    similar = cascade(network, lambda _: ones, most=100, seed=0, image_NCHW=x)
    assert similar[0].path == "fc"
    assert similar[-1].path == "conv1"
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    head = HeadRegisteredFirst()
    paths = [s.path for s in cascade(head, lambda _: ones, most=9, seed=0, image_NCHW=x)]
    assert paths == ["head", "stem"]  # the convolution that never runs is left out


def test_weights_outside_of_modules_are_shuffled():
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.kernel = nn.Parameter(torch.randn(4, 3, 3, 3))
            self.unused = nn.Parameter(torch.randn(3))

        def forward(self, x):
            return F.conv2d(x, self.kernel).relu().mean((2, 3))

    network, x = Functional(), image()
    kernel = network.kernel.detach().clone()
    sheet = check(network, x, "saliency", steps=2)
    assert "the network's own weights" in sheet.items[2].caption
    assert torch.equal(network.kernel, kernel)
    assert convscope.look(network, "saliency", x).values.any()


@pytest.fixture
def split():
    pixels = torch.randint(0, 256, (12, 3, 16, 16), dtype=torch.uint8)
    return {"data": Split(pixels, torch.arange(12) % 3), "preprocessing": lambda x: x.float() / 255}


def test_the_embedding_is_the_input_of_the_last_weights(split):
    class Relu(Body):
        def logits(self, x):
            return self.classifier(F.relu(self.features[0](x)).mean((2, 3)))

    network = Relu()
    result = convscope.look(network, "embedding", **split)
    assert "the input of classifier" in result.caption
    x = split["preprocessing"](split["data"].images_NCHW)
    features = F.relu(network.features[0](x)).mean((2, 3)).detach().double().numpy()
    expected = embedding.principal_components(features).points_N2
    np.testing.assert_allclose(result.points, expected, atol=1e-5)


def _by_hand(z):
    e = (z - z.max(1, keepdim=True).values).exp()
    return e / e.sum(1, keepdim=True)


def _in_place(z):
    e = z.clone()
    e -= e.max()
    e.exp_()
    e /= e.sum(1, keepdim=True)
    return e


SOFTMAXES = {
    "module": nn.Softmax(1),
    "function": lambda z: F.softmax(z, dim=1),
    "method": lambda z: z.softmax(-1),
    "log": lambda z: z.log_softmax(1),
    "log module": nn.LogSoftmax(1),
    "view": lambda z: z.softmax(1).view(len(z), 4),
    "reshape": lambda z: z[:, :, None, None].softmax(1).reshape(len(z), -1),
    "four axes": lambda z: z[:, :, None, None].softmax(1),
    "squeeze": lambda z: z.unsqueeze(2).softmax(1).squeeze(2),
    "flatten": lambda z: nn.Flatten()(nn.Softmax2d()(z[:, :, None, None])),
    "permute": lambda z: z.t().softmax(0).permute(1, 0),
    "times 1": lambda z: z.softmax(1) * 1.0,
    "percent": lambda z: 100 * z.softmax(1),
    "clone": lambda z: z.softmax(1).clone().contiguous(),
    "to": lambda z: z.softmax(1).to(torch.float64).float(),
    "clamped": lambda z: z.softmax(1).clamp(1e-7, 1 - 1e-7),
    "clamped in place": lambda z: z.softmax(1).clamp_(1e-7),
    "log of softmax": lambda z: (z.softmax(1) + 1e-9).log(),
    "exp of log": lambda z: z.log_softmax(1).exp(),
    "temperature": lambda z: (z / 1.0).softmax(1),
    "by hand": _by_hand,
    "by hand, in place": _in_place,
    "by hand, plain": lambda z: z.exp() / z.exp().sum(1, keepdim=True),
    "by hand, times": lambda z: z.exp() * (1 / z.exp().sum(1, keepdim=True)),
    "by hand, normalised": lambda z: F.normalize(z.exp(), p=1, dim=1),
    "log by hand": lambda z: z - z.logsumexp(1, keepdim=True),
    "dropout": lambda z: nn.Dropout(0.5).eval()(z.softmax(1)),
    "twice": lambda z: z.softmax(1).softmax(1),
    "named input": lambda z: torch.softmax(input=z, dim=1),
    "selected": lambda z: z.softmax(1).index_select(1, torch.arange(4)),
    "rounded": lambda z: z.softmax(1).round(decimals=3),
    "distribution": lambda z: torch.distributions.Categorical(logits=z).probs,
}


@pytest.mark.parametrize("name", SOFTMAXES)
def test_a_softmax_inside_is_undone(name):
    network, x = Body(SOFTMAXES[name]), image()
    logits = network.logits(x)
    scores = compute_scores(network, x)
    assert scores.noun == "logit"
    torch.testing.assert_close(scores.values_NK, logits)
    torch.testing.assert_close(scores.probabilities(), logits.softmax(1))
    x.requires_grad_()
    (expected,) = torch.autograd.grad(network.logits(x)[0, 2], x)
    result = saliency.attribute(network, x.detach(), target=2)
    torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-7)
    caption = saliency.compute(network, x.detach(), target=2).caption
    assert f"logit of class 2, {float(logits[0, 2].detach()):.4g}" in caption


def test_all_methods_agree_with_and_without_a_softmax(split):
    network, soft, x = Body(), Body(nn.Softmax(1)), image()
    soft.load_state_dict(network.state_dict())
    for method in ("integrated_gradients", "smooth_grad", "grad_cam", "occlusion", "gradient_flow"):
        soft_payload, payload = (convscope.look(n, method, x) for n in (soft, network))
        assert soft_payload.to_json().replace("end", "") == payload.to_json().replace("end", "")
    gallery = [convscope.look(n, "confusion_gallery", **split) for n in (soft, network)]
    assert gallery[0] == gallery[1]
    checks = [check(n, x, "saliency", steps=3) for n in (soft, network)]
    assert checks[0].items[0] == checks[1].items[0]


SIGMOIDS = {
    "module": nn.Sigmoid(),
    "function": torch.sigmoid,
    "log": F.logsigmoid,
    "in place": lambda z: z.clone().sigmoid_().mul_(1.0),
    "by hand": lambda z: 1 / (1 + torch.exp(-z)),
    "by hand, exp": lambda z: torch.exp(z) / (1 + torch.exp(z)),
    "by hand, tanh": lambda z: 0.5 * (1 + torch.tanh(z / 2)),
    "named input": lambda z: torch.sigmoid(input=z),
    "piecewise": F.hardsigmoid,
    "rsub": lambda z: torch.rsub(torch.rsub(z.sigmoid(), 1), 1),
    "reversed twice": lambda z: 1 - (1 - z.sigmoid()),
    "clamped": lambda z: z.sigmoid().clamp(1e-6, 1 - 1e-6),
}


@pytest.mark.parametrize("name", SIGMOIDS)
@pytest.mark.parametrize("classes", [4, 1])
def test_a_sigmoid_inside_is_undone(name, classes):
    network, x = Body(SIGMOIDS[name], classes), image()
    logits = network.logits(x)
    scores = compute_scores(network, x)
    if classes == 1:
        logits = torch.cat([-logits, logits], 1)
    torch.testing.assert_close(scores.values_NK, logits)
    torch.testing.assert_close(scores.probabilities(), logits.sigmoid())


@pytest.mark.parametrize("end", [lambda z: z, torch.sigmoid, lambda z: z[:, 0]])
def test_one_output_has_two_classes(end, split):
    network, x = Body(end, 1), image()
    z = float(network.logits(x).detach())
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(network.logits(x).sum(), x)
    x = x.detach()
    for target, sign in ((1, 1), (0, -1)):
        torch.testing.assert_close(saliency.attribute(network, x, target=target), sign * gradient)
        flow = gradient_flow.compute(network, x, target=target)
        expected = F.binary_cross_entropy_with_logits(torch.tensor(z), torch.tensor(float(target)))
        assert f"loss {float(expected):.4g}" in flow.items[0].caption
        assert table(flow)["classifier"]["at the outputs"] > 0
    assert f"class {int(z > 0)}" in saliency.compute(network, x).caption
    with pytest.raises(InputError, match="a class from 0 to 1"):
        saliency.compute(network, x, target=2)
    sheet = maximise(network, x, steps=2)
    assert "100.0%" not in sheet.items[0].caption
    assert sheet.items[0].labels == ("class 0", "class 1")
    two = {"data": Split(split["data"].images_NCHW, torch.arange(12) % 2)}
    assert (
        "of 12 images"
        in convscope.look(network, "confusion_gallery", **split | two).items[-1].caption
    )
    flat = nn.Sequential(Body(classes=1), nn.Flatten(0))
    assert table(convscope.look(flat, "activation_stats", **split | two))["1"]["units"] == 1
    curves = check(network, x, "occlusion", target=1, steps=2).items[0]
    assert curves.series[0].y[0] == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-4)


def test_probabilities_without_logits_are_refused_and_named():
    network, x = Body(lambda z: (z**2 + 0.1) / (z**2 + 0.1).sum(1, keepdim=True)), image()
    for method in ("saliency", "grad_cam", "integrated_gradients", "maximise", "smooth_grad"):
        with pytest.raises(InputError, match="outputs are probabilities"):
            convscope.look(network, method, x)
    sheet = convscope.look(network, "occlusion", x)
    assert "Score: probability of class" in sheet.items[0].caption
    assert sheet.items[0].scale.label == "decrease of the probability"
    loss = -float(network(x)[0, 2].detach().log())
    assert f"loss {loss:.4g}" in gradient_flow.compute(network, x, target=2).items[0].caption


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (lambda z: z.argmax(1), "output holds int64"),
        (lambda z: z > 0, "output holds bool"),
        (lambda z: z.to(torch.complex64), "output holds complex64"),
        (lambda z: z.softmax(0), "not over the classes"),
        (lambda z: z[:, :1].softmax(1), "not over the classes"),
        (lambda z: z.softmax(1).detach(), "probabilities"),
        (lambda z: z[:, :, None, None].expand(-1, -1, 3, 3), "output=lambda"),
    ],
)
def test_outputs_that_are_no_scores_are_refused(end, message):
    with pytest.raises(InputError, match=message) as raised:
        convscope.look(Body(end), "saliency", image())
    assert raised.value.fix


@pytest.mark.parametrize("num", [1, 3])
def test_probabilities_in_another_order_than_the_softmax_are_not_its_logits(num):
    def end(z):
        weighted = z.softmax(1) * torch.tensor([1e-3, 1e3, 1e-3, 1e3])
        return weighted / weighted.sum(1, keepdim=True)

    network = Body(end)
    images = torch.cat([image()] * num)
    scores = compute_scores(network, images)
    assert scores.noun == "probability"
    torch.testing.assert_close(scores.values_NK, network(images))


def test_a_weight_after_a_sigmoid_is_not_undone():
    """Features squashed by a sigmoid, then weighted: the outputs are the scores."""
    weight = torch.randn(1, 4)
    network, x = Body(lambda z: z.sigmoid() * weight + 3), image()
    torch.testing.assert_close(compute_scores(network, x).values_NK, network(x))


def test_channels_last_maps_are_read_as_such(split):
    network, x = ChannelsLast().eval(), image(32)
    assert default_layer(network, x) == "mlp.1"
    maps = network.stem(x).permute(0, 2, 3, 1)
    inner = network.mlp(network.norm(maps)).detach().requires_grad_()
    score = network.head((maps + inner).mean((1, 2)))[0, 1]
    (gradient,) = torch.autograd.grad(score, inner)
    expected = (gradient.mean((1, 2)) * inner).sum(-1).clamp(min=0)[0]
    result = convscope.look(network, "grad_cam", x, layer="mlp", target=1)
    np.testing.assert_allclose(result.values, expected.detach(), atol=1e-6)
    assert "12 channels of 8 x 8" in result.caption
    assert (
        "12 channels of 8 x 8" in convscope.look(network, "feature_maps", x, layer="norm").caption
    )
    assert table(convscope.look(network, "activation_stats", x))["mlp.0"]["units"] == 12
    assert convscope.look(network, "top_patches", layer="mlp", unit=11, **split).items
    with pytest.raises(InputError, match="a unit from 0 to 11"):
        convscope.look(network, "maximise", x, layer="mlp", unit=12)


def test_more_channels_than_positions_stay_channels_first():
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Hardswish(), nn.Flatten())
    for size in ((4, 4), (9, 4)):
        result = convscope.look(network, "feature_maps", torch.randn(1, 3, *size), layer="1")
        assert result.tiles.shape == (4, *size)


def tokens_to_maps(t):
    return t[:, 1:].unflatten(1, (4, 4)).permute(0, 3, 1, 2)


def test_tokens_need_a_reshape():
    network, x = Vit().eval(), image()
    for given in (None, "blocks.1"):
        with pytest.raises(InputError, match="tokens, not feature maps") as raised:
            convscope.look(network, "grad_cam", x, layer=given)
        assert "t[:, 1:].unflatten(1, (4, 4)).permute(0, 3, 1, 2)" in raised.value.fix
    result = convscope.look(network, "grad_cam", x, layer="conv_proj")
    assert result.values.shape == (4, 4)
    assert len(convscope.look(network, "occlusion", x).items) == 2  # the score needs no layer
    reshaped = convscope.look(network, "grad_cam", x, reshape=tokens_to_maps)
    assert reshaped.values.shape == (4, 4)
    assert "Default layer: blocks.0" in reshaped.caption
    with pytest.raises(InputError, match="reshape= failed"):
        convscope.look(
            network, "grad_cam", x, layer="blocks.0", reshape=lambda t: t.unflatten(1, (5, 5))
        )
    with pytest.raises(InputError, match="reshape= made"):
        convscope.look(network, "grad_cam", x, layer="blocks.0", reshape=lambda t: t)


def test_outputs_of_several_parts_are_selected():
    x = image()
    logits = {
        "dict": (Body(lambda z: {"logits": z, "features": z * 2}), "logits"),
        "tuple": (Body(lambda z: (z, z * 2)), 0),
        "dataclass": (Body(lambda z: ModelOutput(z, z * 2)), "logits"),
        "function": (Body(lambda z: {"a": [z]}), lambda y: y["a"][0]),
    }
    for name, (network, output) in logits.items():
        result = convscope.look(network, "saliency", x, target=1, output=output)
        x.requires_grad_()
        (expected,) = torch.autograd.grad(network.logits(x)[0, 1], x)
        x = x.detach()
        np.testing.assert_allclose(result.values, expected.abs().amax(1)[0], atol=1e-7), name
    with pytest.raises(InputError, match="output is a dict") as raised:
        convscope.look(logits["dict"][0], "saliency", x)
    assert "'logits': (1, 4)" in raised.value.given
    assert raised.value.fix == "select one: output='logits'"
    with pytest.raises(InputError, match="did you mean logits"):
        convscope.look(logits["dict"][0], "saliency", x, output="logit")
    only = Body(lambda z: ModelOutput(z))
    assert convscope.look(only, "saliency", x).values.any()


def test_a_position_of_a_segmentation():
    network, x = Unet(), image()
    with pytest.raises(InputError, match="has the shape"):
        convscope.look(network, "saliency", x, output="out")
    result = convscope.look(network, "saliency", x, target=1, output=lambda y: y["out"][:, :, 8, 8])
    rows = np.nonzero(result.values.sum(1))[0]
    assert 8 - 3 <= rows.min() <= rows.max() <= 8 + 3


def test_further_inputs():
    network, left, right = Siamese(), image(), image()
    ways = [
        (right,),
        {"right": right},
        lambda x: (x, right.expand(len(x), -1, -1, -1)),
        lambda x: {"left": x, "right": right.expand(len(x), -1, -1, -1)},
    ]
    left.requires_grad_()
    (expected,) = torch.autograd.grad(network(left, right)[0, 1], left)
    left = left.detach()
    for inputs in ways:
        for method in ("saliency", "occlusion", "integrated_gradients", "grad_cam"):
            payload = convscope.look(network, method, left, target=1, inputs=inputs)
            if method == "saliency":
                np.testing.assert_allclose(payload.values, expected.abs().amax(1)[0], atol=1e-7)
            if method == "grad_cam":
                assert "at body" in payload.title
    maps = convscope.look(network, "feature_maps", left, layer="body", inputs=(right,))
    np.testing.assert_allclose(maps.tiles, network.body(left)[0].detach(), atol=1e-6)
    with pytest.raises(InputError, match="does not accept images") as raised:
        convscope.look(network, "saliency", left)
    assert "inputs=" in raised.value.fix


class Failing(nn.Module):
    """A module whose own code raises."""

    def __init__(self, error):
        super().__init__()
        self.conv, self.error = nn.Conv2d(3, 2, 3), error

    def forward(self, x):
        self.conv(x)
        raise self.error


ERRORS = (AssertionError, ValueError, TypeError, IndexError, AttributeError, KeyError)


@pytest.mark.parametrize("kind", [*ERRORS, RuntimeError, NotImplementedError, ZeroDivisionError])
def test_errors_of_the_modules_own_code_are_sentences(kind):
    network, x = Failing(kind("three colours only")), image()
    for method in convscope.list_visuals():
        if method in ("filters", "top_patches", "embedding", "confusion_gallery"):
            continue
        with pytest.raises(InputError, match="does not accept images of 3x16x16") as raised:
            convscope.look(network, method, x, layer=None)
        assert f"{kind.__name__}: " in raised.value.given
        assert "three colours only" in raised.value.given
        assert "test_networks_of_others.py, line" in raised.value.given
    with pytest.raises(InputError, match=kind.__name__):
        convscope.look(Failing(kind()), "saliency", x)


def test_errors_of_a_backward_pass_are_sentences():
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            raise KeyError("no gradient here")

    network, x = Body(Broken.apply), image()
    for method in ("saliency", "grad_cam", "gradient_flow", "integrated_gradients", "maximise"):
        with pytest.raises(InputError, match="backward pass of the network failed: KeyError"):
            convscope.look(network, method, x)


def test_one_failing_visual_does_not_lose_the_others(monkeypatch):
    from convscope.visuals.methods.prediction import occlusion

    def broken(*_, **__):
        raise LookupError("a bug")

    monkeypatch.setattr(occlusion, "_positions", broken)
    methods = ["saliency", "occlusion", "grad_cam"]
    payloads, skipped = look_all(Inputs(Body(), image_NCHW=image()), methods=methods)
    assert list(payloads) == ["saliency", "grad_cam"]
    assert "LookupError: a bug" in skipped["occlusion"]


def test_ordinary_values_are_taken():
    network, x = Body(), image()
    three = convscope.look(network, "saliency", x, target=3)
    logits = network(x)
    logits[0, 3] += 100
    targets = (np.int64(3), np.uint8(3), torch.tensor(3), logits.argmax(), logits.argmax(1), "3")
    for target in (*targets, np.array([3]), logits.detach().numpy().argmax(1)):
        assert convscope.look(network, "saliency", x, target=target) == three
    names = {"a": 0, "b": 1, "c": 2, "d": 3}
    for labels in (names, {v: k for k, v in names.items()}, {"1": "b", "0": "a"}):
        payload = convscope.look(network, "saliency", x, target="b", labels=labels)
        assert "class 1 (b)" in payload.caption
    with pytest.raises(InputError, match="names by the numbers 0 to 1"):
        convscope.look(network, "saliency", x, labels={"a": 0, "b": 2})
    layer = convscope.look(network, "grad_cam", x, layer=network.features[1])
    assert layer == convscope.look(network, "grad_cam", x, layer="features.1")
    for unit in (2, np.int64(2), torch.tensor(2)):
        payload = convscope.look(
            network,
            "maximise",
            x,
            layer="features",
            unit=unit,
            settings={"steps": np.int32(2), "seed": torch.tensor(0)},
        )
        assert payload.items[0].labels == ("unit 2",)
    for bad in (1.5, [1], np.array([1, 2]), True, nn.ReLU()):
        with pytest.raises(InputError, match="target="):
            convscope.look(network, "saliency", x, target=bad)
    with pytest.raises(InputError, match="a module inside the network"):
        convscope.look(network, "grad_cam", x, layer=nn.ReLU())


def test_images_in_other_forms_are_taken(tmp_path):
    from PIL import Image

    network = Body()
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    expected = convscope.look(network, "saliency", x)
    for prepared in (
        x[0],
        x.numpy(),
        x[0].permute(1, 2, 0),
        x[0].permute(1, 2, 0).numpy(),
        x.double(),
    ):
        assert convscope.look(network, "saliency", prepared) == expected
    raw = (pixels, Image.fromarray(pixels), tmp_path / "x.png", str(tmp_path / "x.png"))
    for value in (*raw, torch.from_numpy(pixels)):
        payload = convscope.look(
            network, "saliency", value, preprocessing=lambda p: p.float() / 255
        )
        assert payload == expected
        if not isinstance(value, torch.Tensor):
            with pytest.raises(InputError, match="preprocessing="):
                convscope.look(network, "saliency", value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_preprocessing_of_others(tmp_path):
    network, pixels = Body(), np.zeros((16, 16, 3), np.uint8)
    expected = convscope.look(network, "saliency", torch.zeros(1, 3, 16, 16))

    def needs_a_picture(picture):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(picture)}")

    for accepted in (lambda p: p[0].float(), lambda p: p.float().numpy()):
        payload = convscope.look(network, "saliency", pixels, preprocessing=accepted)
        assert payload == expected
    for refused in (needs_a_picture, lambda p: None, "imagenet"):
        with pytest.raises(InputError, match="the function preprocessing=") as raised:
            convscope.look(network, "saliency", pixels, preprocessing=refused)
        assert "preprocessing(image)" in raised.value.fix
        data = Split(torch.zeros(4, 3, 16, 16, dtype=torch.uint8), torch.zeros(4).long())
        with pytest.raises(InputError, match="the function preprocessing="):
            convscope.look(network, "embedding", data=data, preprocessing=refused)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_images_have_the_type_of_the_weights(split, dtype):
    network = Body().to(dtype)
    for method in ("embedding", "activation_stats", "gradient_flow", "confusion_gallery"):
        assert convscope.look(network, method, **split).title


def test_feature_maps_of_a_first_convolution_that_runs_twice_are_those_of_its_first_run():
    class Twice(Body):
        def forward(self, x):
            return super().forward(x) + super().forward(-x)

    network, x = Twice(), image()
    once = convscope.look(network, "feature_maps", x, layer="features.0, run 1")
    np.testing.assert_array_equal(convscope.look(network, "feature_maps", x).tiles, once.tiles)


def test_a_run_that_does_not_happen_is_refused():
    class Twice(Body):
        def forward(self, x):
            return super().forward(self.features[0](x)[:, :3])

    network = Twice()
    network.features[0] = nn.Conv2d(3, 3, 3, padding=1)
    network.classifier = nn.Linear(3, 4)
    with pytest.raises(InputError, match=r"features\.0 runs 2 times"):
        convscope.look(network, "grad_cam", image(), layer="features.0, run 3")
    lenet = build(convscope.load("lenet5"))
    with pytest.raises(InputError, match="tanh2 runs once"):
        convscope.look(lenet, "grad_cam", torch.rand(1, 1, 32, 32), layer="tanh2, run 2")


@pytest.mark.filterwarnings("ignore:`torch.jit")  # deprecated, and given once per process
def test_scripted_modules():
    network, x = Body().eval(), image()
    soft = nn.Sequential(
        *network.features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), network.classifier
    )
    expected = convscope.look(soft, "saliency", x)
    for scripted in (torch.jit.trace(soft, x), torch.jit.script(soft)):
        np.testing.assert_allclose(
            convscope.look(scripted, "saliency", x).values, expected.values, rtol=1e-4, atol=1e-7
        )
        assert convscope.look(scripted, "saliency", x, output=lambda y: y).values.any()
        with pytest.raises(InputError, match="scripted or traced"):
            convscope.look(scripted, "grad_cam", x)
        look_all(Inputs(scripted, image_NCHW=x))


def test_lazy_layers_are_refused():
    network = nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3))
    for method in ("saliency", "grad_cam", "filters", "feature_maps"):
        with pytest.raises(InputError, match="lazy layers have no values"):
            convscope.look(network, method, image())


def test_weights_without_values_are_refused():
    with torch.device("meta"):
        network = Body()
    with pytest.raises(InputError, match="meta device"):
        convscope.look(network, "saliency", image())

    class Exported(Body):
        def train(self, mode=True):
            raise NotImplementedError("eval is not supported yet")

    with pytest.raises(InputError, match="evaluation mode: NotImplementedError"):
        convscope.look(Exported(), "saliency", image())


def test_names_by_number():
    names = {1: "dog", 0: "cat", 3: "owl", 2: "fox"}
    caption = convscope.look(Body(), "saliency", image(), labels=names, target="fox").caption
    assert "class 2 (fox)" in caption


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_wrappers_keep_the_paths():
    network, x = ResNet().eval(), image(32)
    expected = convscope.look(network, "grad_cam", x, layer="layer1")
    for wrapped, prefix in (
        (nn.DataParallel(network), "module."),
        (torch.compile(network), "_orig_mod."),
    ):
        assert convscope.look(wrapped, "grad_cam", x, layer="layer1") == expected
        assert convscope.look(wrapped, "grad_cam", x, layer=f"{prefix}layer1") == expected
        assert convscope.look(wrapped, "grad_cam", x, layer=network.layer1) == expected


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("normalise", [weight_norm, parametrizations.weight_norm])
def test_weights_that_are_computed(normalise):
    network, x = Body(), image()
    normalise(network.features[0])
    rows = table(convscope.look(network, "gradient_flow", x, target=1))
    weight = network.features[0].weight.detach().requires_grad_()
    maps = F.conv2d(x, weight, network.features[0].bias, padding=1).relu()
    loss = F.cross_entropy(network.classifier(maps.mean((2, 3))), torch.tensor([1]))
    (gradient,) = torch.autograd.grad(loss, weight)
    expected = float(gradient.square().mean().sqrt())
    assert rows["features.0"]["at the weights"] == pytest.approx(expected, rel=1e-4)
    assert check(network, x, "grad_cam", steps=2).items
    assert convscope.look(network, "filters", x).tiles.any()


SUBJECTS = {
    "half": lambda: ResNet().half(),
    "bfloat16": lambda: ResNet().bfloat16(),
    "double": lambda: ResNet().double(),
    "training": lambda: ResNet().train(),
    "no gradients": lambda: ResNet().requires_grad_(False),
    "one layer": lambda: nn.Conv2d(3, 4, 32),
    "identity": nn.Identity,
    "complex": lambda: ResNet().to(torch.complex64),
    "empty": nn.Sequential,
    "vit": Vit,
    "channels last": ChannelsLast,
    "unet": Unet,
    "siamese": Siamese,
    "block": lambda: BasicBlock(3),
    "memory format": lambda: ResNet().to(memory_format=torch.channels_last),
    "embedding": lambda: nn.Embedding(3, 2),
    "lstm": lambda: nn.LSTM(32, 4),
    "attention": lambda: nn.MultiheadAttention(32, 2),
}


@pytest.mark.filterwarnings("ignore:Casting complex:UserWarning")
@pytest.mark.filterwarnings("ignore:Complex modules:UserWarning")
@pytest.mark.parametrize("name", SUBJECTS)
def test_no_module_ends_in_a_traceback(name):
    """Every visual answers or raises InputError, and the module is as before."""
    network, x = SUBJECTS[name](), image(32)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    training = [part.training for part in network.modules()]
    methods = [m for m in convscope.list_visuals() if m not in ("maximise", "occlusion")]
    quick = {"smooth_grad": {"samples": 2}, "integrated_gradients": {"steps": 2}}
    answered = 0
    for method in methods:
        try:
            convscope.look(network, method, x, settings=quick.get(method))
            answered += 1
        except InputError:
            pass
    assert answered >= 8 or name not in ("half", "double", "training", "no gradients")
    assert training == [part.training for part in network.modules()]
    state = network.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in before.items())
    assert not any(part._forward_hooks for part in network.modules())


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_quantised_layers():
    """Layers before them are shown; methods that need gradients are refused."""
    from torch.ao import quantization

    network = quantization.quantize_dynamic(Body().eval(), {nn.Linear}, dtype=torch.qint8)
    x = image()
    assert convscope.look(network, "feature_maps", x).tiles.any()
    assert convscope.look(network, "occlusion", x).items
    for method in ("saliency", "grad_cam", "gradient_flow"):
        with pytest.raises(InputError, match=r"no gradient|no layer"):
            convscope.look(network, method, x)
