"""Activation statistics compared with NumPy over all images at once; dead units."""

import numpy as np
import pytest
import torch

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import activations, build
from convscope.visuals.methods.network import activation_stats


def prepared(raw_NCHW):
    return raw_NCHW.float() / 255


@pytest.fixture(scope="module")
def split():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (130, 1, 32, 32), generator=generator, dtype=torch.uint8)
    return Split(images, torch.arange(130) % 10)


def rows(sheet):
    return {row[1]: row for row in sheet.items[-1].rows}


@pytest.mark.parametrize("num_images", [1, 100, 120, 1000])
def test_statistics_equal_numpy_over_all_images(split, num_images):
    network = build(convscope.load("lenet5"), seed=0).eval()
    sheet = activation_stats.compute(
        network, split=split, preprocessing=prepared, num_images=num_images
    )
    paths = ["conv1", "tanh2", "pool2", "fc2"]
    with torch.no_grad(), activations(network, paths) as seen:
        network(prepared(split.images_NCHW[:num_images]))
    for path in paths:
        values = seen[path].double().numpy()
        row = rows(sheet)[path]
        assert row[3] == pytest.approx(values.mean(), abs=1e-6)
        assert row[4] == pytest.approx(values.std(), rel=1e-5)
        assert row[5] == (values == 0).mean()
    assert f"over {min(num_images, 130)} image" in sheet.items[0].caption


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e5, 1e6])
def test_deviation_of_numbers_far_from_zero(offset):
    """NumPy in float64 over all batches at once; batches of different means."""
    generator = torch.Generator().manual_seed(1)
    raw_NCHW = torch.randn(230, 2, 4, 4, generator=generator).mul(3).round()
    raw_NCHW += torch.arange(230)[:, None, None, None] // 100  # each batch has a mean of its own
    module = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Flatten())

    class Images:
        labels_N = torch.zeros(230, dtype=torch.int64)

        def __len__(self):
            return 230

        def inputs(self, preprocessing, *, batch_size, device):
            for part in raw_NCHW.split(batch_size):
                yield preprocessing(part), torch.zeros(len(part))

    sheet = activation_stats.compute(
        module, split=Images(), preprocessing=lambda x: x + offset, num_images=230
    )
    expected = (raw_NCHW + offset).double().numpy()
    assert rows(sheet)["0"][3] == pytest.approx(expected.mean(), rel=1e-12)
    assert rows(sheet)["0"][4] == pytest.approx(expected.std(), rel=1e-9)


def test_dead_units_have_a_constant_activation():
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 2)
    )
    with torch.no_grad():
        module[0].weight.abs_()[1:3] = 0
        module[0].bias.zero_()
        module[0].bias[1], module[0].bias[2] = -1, 5  # off, and stuck
    sheet = activation_stats.compute(module, torch.rand(3, 1, 8, 8))
    assert rows(sheet)["1"][6] == 2
    assert rows(sheet)["1"][5] >= 0.25
    assert rows(sheet)["3"][6] == 0


def test_dead_units_are_unknown_for_one_value_per_unit():
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 3))
    sheet = activation_stats.compute(module, torch.rand(1, 1, 2, 2))
    assert rows(sheet)["1"][6] is None


def test_histograms_sum_to_one(split):
    network = build(convscope.load("lenet5"), seed=0)
    histograms = activation_stats.compute(network, split=split, preprocessing=prepared).items[1]
    for series in histograms.series:
        assert sum(series.y) == pytest.approx(1, abs=1e-4)
    deep = build(convscope.load("resnet20"), seed=0)
    sheet = activation_stats.compute(deep, torch.randn(2, 3, 32, 32))
    assert len(sheet.items[1].series) == activation_stats.MAX_HISTOGRAMS
    assert sheet.items[1].series[0].name == "conv1"


def test_batch_size_limits_memory():
    shapes = {"a": (1, 64, 112, 112), "b": (1, 1000)}
    size = activation_stats._batch_size(shapes)
    assert 1 <= size * 64 * 112 * 112 * 8 <= activation_stats.MAX_BYTES
    assert activation_stats._batch_size({"a": (1, 10)}) == 100
    assert activation_stats._batch_size({"a": (1, 1 << 30)}) == 1


def test_invalid_inputs_are_rejected(split):
    network = build(convscope.load("lenet5"), seed=0)
    with pytest.raises(InputError, match="neither"):
        activation_stats.compute(network)
    with pytest.raises(InputError, match="num_images=0"):
        activation_stats.compute(network, split=split, preprocessing=prepared, num_images=0)
    with torch.no_grad():
        network.get_parameter("conv2.bias").fill_(np.nan)
    with pytest.raises(InputError, match="conv2"):
        activation_stats.compute(network, split=split, preprocessing=prepared)
