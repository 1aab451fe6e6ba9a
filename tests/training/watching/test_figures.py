"""Figures of layers against NumPy in float64, on tensors taken by other hooks."""

import base64

import numpy as np
import pytest
import torch
from torch import nn

from convscope import zoo
from convscope.arch import Architecture, Chain
from convscope.layers import (
    Conv2d,
    Flatten,
    Hardsigmoid,
    Linear,
    ReLU,
    ReLU6,
    ScaledTanh,
    Sigmoid,
    Tanh,
)
from convscope.layers.entries import LAYERS
from convscope.network import build
from convscope.shapes import CHW
from convscope.training.watching.capture import Capture, places_of
from convscope.training.watching.frames import frame, picture
from convscope.training.watching.handful import choose
from convscope.training.watching.records import NUM_BINS
from convscope.training.watching.sampling import OutputSample, WeightSample, spread_positions
from convscope.training.watching.statistics import histogram, saturated, tame


def small(*layers, size=8):
    names = [f"layer{number}" for number in range(len(layers))]
    parts = dict(zip(names, layers, strict=True))
    block = Chain(**parts, flatten=Flatten(), fc=Linear(3))
    return Architecture(name="small", input=CHW(2, size, size), num_classes=3, block=block)


def captured(network, inputs_NCHW, labels_N, *, parts=1, lr=0.1):
    """Make one step of SGD; return the rows, and what an independent observer saw."""
    seen = {"outputs": {}, "gradients": {}}

    def keep(path, output):
        seen["outputs"][path] = output.detach().clone()
        output.register_hook(lambda g: seen["gradients"].__setitem__(path, g.clone()))

    places = places_of(network)
    hooks = [
        place.module.register_forward_hook(lambda _, __, y, path=place.about.path: keep(path, y))
        for place in places
    ]
    capture = Capture(places, {}, 1.0)
    capture.open()
    optimiser = torch.optim.SGD(network.parameters(), lr=lr)
    chunks = zip(inputs_NCHW.chunk(parts), labels_N.chunk(parts), strict=True)
    for images, labels in chunks:
        (nn.functional.cross_entropy(network(images), labels) / parts).backward()
    seen["before"] = {n: p.detach().double().numpy().copy() for n, p in network.named_parameters()}
    seen["slopes"] = {n: p.grad.double().numpy().copy() for n, p in network.named_parameters()}
    capture.before_update()
    nn.utils.clip_grad_norm_(network.parameters(), 1e9)
    optimiser.step()
    seen["after"] = {n: p.detach().double().numpy().copy() for n, p in network.named_parameters()}
    rows = capture.figures()
    capture.close()
    for hook in hooks:
        hook.remove()
    assert capture.failure is None
    return dict(zip([p.about.path for p in places], rows, strict=True)), places, seen


def batch(network, count=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = network.architecture.input
    return (
        torch.randn(count, *shape, generator=generator).contiguous(
            memory_format=torch.channels_last
        ),
        torch.arange(count) % network.architecture.num_classes,
    )


@pytest.mark.parametrize("activation", [ReLU(), Tanh(), ReLU6(), Sigmoid()])
def test_figures_equal_numpy_where_nothing_is_sampled(activation):
    network = build(small(Conv2d(4, 3, padding=1), activation), seed=1)
    network = network.to(memory_format=torch.channels_last)
    rows, places, seen = captured(network, *batch(network))
    for place in places:
        path = place.about.path
        mean, std, dead, shares, rms, _, _, own = rows[path]
        x = seen["outputs"][path].double().numpy()
        g = seen["gradients"][path].double().numpy()
        assert mean == pytest.approx(x.mean(), rel=1e-3, abs=1e-6)
        assert std == pytest.approx(x.std(), rel=1e-3)
        assert dead == pytest.approx((x.reshape(len(x), -1) == 0).all(0).mean(), rel=1e-3)
        assert rms == pytest.approx(np.sqrt((g**2).mean()), rel=1e-3)
        if place.ends is None:
            assert shares == 0
        else:
            low, high = place.ends
            near = (x < low + 0.01 * (high - low)) | (x > high - 0.01 * (high - low))
            assert shares == pytest.approx(near.mean(), rel=1e-3)
        for name, figures in zip(place.about.parameters, own, strict=True):
            size, slope, ratio, _, _ = figures
            after, before = seen["after"][name], seen["before"][name]
            assert size == pytest.approx(np.linalg.norm(after), rel=1e-3)
            assert slope == pytest.approx(np.linalg.norm(seen["slopes"][name]), rel=1e-3)
            change = np.linalg.norm(after - before) / np.linalg.norm(after)
            assert ratio == pytest.approx(change, rel=1e-3)


def test_histograms_count_every_value():
    network = build(small(Conv2d(4, 3), ReLU()), seed=1)
    rows, _, seen = captured(network, *batch(network))
    low, high, counts = rows["layer0"][5]
    x = seen["outputs"]["layer0"].double().numpy()
    expected, _ = np.histogram(x, bins=NUM_BINS, range=(x.min(), x.max()))
    assert (low, high) == (pytest.approx(x.min(), rel=1e-3), pytest.approx(x.max(), rel=1e-3))
    assert sum(counts) == x.size
    assert np.abs(np.array(counts) - expected).max() <= 1  # a value at the edge of a bin


def test_figures_of_large_layers_are_close_to_those_of_all_values():
    network = build(small(Conv2d(48, 3, padding=1), ReLU(), size=32), seed=1)
    network = network.to(memory_format=torch.channels_last)
    rows, _, seen = captured(network, *batch(network, count=80))
    for path in ("layer0", "layer1"):
        x = seen["outputs"][path].double().numpy()
        mean, std, _, _, rms, _, _, _ = rows[path]
        assert mean == pytest.approx(x.mean(), abs=0.05 * x.std())
        assert std == pytest.approx(x.std(), rel=0.05)
        g = seen["gradients"][path].double().numpy()
        assert rms == pytest.approx(np.sqrt((g**2).mean()), rel=0.1)


def test_parts_of_a_batch_keep_the_scale_of_gradients():
    """A part's gradient is that of the whole batch, for the images that both have."""
    network = build(small(Conv2d(4, 3, padding=1), Tanh()), seed=1)
    images, labels = batch(network, count=8)
    whole, _, _ = captured(build(network.architecture, seed=1), images, labels)
    parts, _, _ = captured(build(network.architecture, seed=1), images, labels, parts=2)
    assert parts["layer0"][4] == pytest.approx(whole["layer0"][4], rel=0.3)
    own = [row[7][0][1] for row in (whole["layer0"], parts["layer0"])]
    assert own[0] == pytest.approx(own[1], rel=1e-3)


def test_frozen_parameters_are_left_out():
    network = build(small(Conv2d(4, 3), ReLU()), seed=1)
    network.layer0.weight.requires_grad_(False)
    network.layer0.bias.requires_grad_(False)
    optimised = [p for p in network.parameters() if p.requires_grad]
    capture = Capture(places_of(network), {}, 1.0)
    capture.open()
    images, labels = batch(network)
    nn.functional.cross_entropy(network(images), labels).backward()
    capture.before_update()
    torch.optim.SGD(optimised, lr=0.1).step()
    rows = capture.figures()
    capture.close()
    assert rows[0][7] == [None, None]
    assert rows[-1][7][0] is not None


@pytest.mark.parametrize("name", ["googlenet", "mobilenet_v2", "se_resnet50", "resnet20"])
def test_every_layer_of_branched_networks_is_seen(name):
    architecture = zoo.load(name)
    places = places_of(build(architecture, seed=0))
    steps = architecture.trace.steps
    assert [place.about.path for place in places] == [step.path for step in steps]
    names = [name for place in places for name in place.about.parameters]
    assert sorted(names) == sorted(n for n, _ in build(architecture, seed=0).named_parameters())


def test_ends_belong_to_the_layers_that_saturate():
    for kind in LAYERS:
        layer, _ = kind.examples[0]
        assert (layer.ends() is not None) == kind.saturates, kind.__name__


@pytest.mark.parametrize("layer", [ReLU6(), Tanh(), ScaledTanh(2.0, 0.5), Sigmoid(), Hardsigmoid()])
def test_ends_are_what_the_module_reaches(layer):
    module = layer.build(CHW(1, 1, 2))
    values = module(torch.tensor([[[[-1e5, 1e5]]]])).flatten().tolist()
    assert tuple(values) == pytest.approx(layer.ends())


def test_values_that_are_not_finite_are_tamed():
    values = np.array([np.nan, np.inf, -np.inf, 1.0], np.float32)
    low, high, counts = histogram(tame(values))
    assert np.isfinite([low, high]).all()
    assert sum(counts) == 4
    assert saturated(np.ones(3, np.float32), None) == 0


@pytest.mark.parametrize(
    "shape", [(300, 7), (5, 3, 90, 90), (70, 300, 5, 5), (1, 3, 1, 1), (70, 6, 28, 28)]
)
def test_samples_are_bounded_and_copies(shape):
    for memory in (torch.contiguous_format, torch.channels_last):
        if len(shape) != 4 and memory is torch.channels_last:
            continue
        output = torch.arange(float(np.prod(shape))).reshape(shape).contiguous(memory_format=memory)
        values = OutputSample().take(output)
        assert values.numel() <= 17_000
        assert set(values.flatten().tolist()) <= set(output.flatten().tolist())
        rows = {int(v) // int(np.prod(shape[1:])) for v in values[:, 0].tolist()}
        assert len(rows) == len(values)
        values.fill_(-1)
        assert output.min() >= 0


def test_positions_cover_a_map():
    places = spread_positions(64, 32, 32)
    assert len(set(places.tolist())) == 64
    quarters = {(int(p) // 32 // 8, int(p) % 32 // 8) for p in places}
    assert len(quarters) == 16


def test_a_sample_of_weights_is_the_same_in_every_step():
    weight = torch.randn(64, 32, 5, 5).contiguous(memory_format=torch.channels_last)
    sample = WeightSample(weight)
    first = sample.take(weight)
    assert torch.equal(sample.take(weight + 1), first + 1)


def test_the_handful_has_one_or_two_of_each_class():
    labels = np.repeat(np.arange(10), 50)
    rows = choose(labels, seed=1, most=10)
    assert [labels[row[0]] for row in rows] == list(range(10))
    assert rows == choose(labels, seed=1, most=10)
    assert rows != choose(labels, seed=2, most=10)
    few = choose(np.repeat([0, 1, 2], 9), seed=1, most=10)
    assert len(few) == 6
    assert len({row[0] for row in few}) == 6
    assert len(choose(np.arange(1000), seed=1, most=10)) == 10
    assert choose(np.array([3]), seed=0, most=10) == [[0]]


def test_pictures_are_quantised_with_zero_kept():
    values = torch.tensor([[-2.0, 0.0, 1.0]])
    row = picture("maps", "layer", values, 1, (1, 3))
    numbers = np.frombuffer(base64.b64decode(row["values"]), np.uint8)
    back = (numbers.astype(float) - row["zero"]) * row["scale"]
    assert back == pytest.approx([-2, 0, 1], abs=row["scale"] / 2)
    assert back[1] == 0
    zeros = picture("maps", "layer", torch.zeros(1, 2, 2), 1, (2, 2))
    assert zeros["scale"] == 1.0


def test_a_frame_leaves_the_network_as_it_is():
    network = build(small(Conv2d(4, 3, padding=1), ReLU()), seed=1).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    images, _ = batch(network)
    rows = frame(network, places_of(network), images[:1])
    assert [row["kind"] for row in rows] == ["kernels", "maps"]
    assert rows[0]["shape"] == [4, 2, 3, 3]
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(not module._forward_hooks for module in network.modules())
