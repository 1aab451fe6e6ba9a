"""Occlusion: score, strongest channel and predicted class with a square at each position."""

import numpy as np
import pytest
import torch
from torch import nn

from convscope.errors import InputError
from convscope.network import build
from convscope.render import payloads
from convscope.render.marks import Image, leaves
from convscope.visuals.methods.prediction import occlusion
from convscope.zoo.papers.classic.lenet import lenet5

IMAGE = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def network():
    return build(lenet5(), seed=0).eval()


def channel_sums_and_logits(network, image):
    """Sums of the channels of tanh2, and the logits."""
    sums, x = None, image
    for name, layer in network.named_children():
        x = layer(x)
        sums = x[0].sum((1, 2)) if name == "tanh2" else sums
    return sums, x[0]


def test_each_position_equals_a_forward_pass(network):
    result = occlusion.occluded(
        network, IMAGE, layer="tanh2", target=6, size=10, stride=7, fill=0.3
    )
    starts = [0, 7, 14, 21, 28]
    assert result.rows == result.columns == tuple((a, min(a + 10, 32)) for a in starts)
    with torch.no_grad():
        whole_K = channel_sums_and_logits(network, IMAGE)[0]
        best = int(whole_K.argmax())
        assert result.channel.unit == best
        assert result.channel.sum == pytest.approx(float(whole_K[best]), rel=1e-5)
        for r, top in enumerate(starts):
            for q, left in enumerate(starts):
                hidden = IMAGE.clone()
                hidden[:, :, top : top + 10, left : left + 10] = 0.3
                sums_K, logits_K = channel_sums_and_logits(network, hidden)
                assert result.channel.sums_RQ[r, q] == pytest.approx(float(sums_K[best]), rel=1e-4)
                assert result.scores_RQ[r, q] == pytest.approx(float(logits_K[6]), abs=1e-5)
                assert result.classes_RQ[r, q] == int(logits_K.argmax())


def test_the_three_payloads(network):
    sheet = occlusion.compute(network, IMAGE, size=8, stride=4, labels=tuple("abcdefghij"))
    decrease, strongest, predicted = sheet.items
    assert decrease.values.shape == strongest.values.shape == (32, 32)
    assert decrease.scale.colours == "blue-white-red"
    assert predicted.tiles.shape == (1, 32, 32, 3)
    assert "Default layer: tanh2" in strongest.caption
    assert "49" in sheet.caption
    colours = {tuple(pixel) for pixel in predicted.tiles.reshape(-1, 3).tolist()}
    assert colours == {tuple(bytes.fromhex(entry.colour[1:])) for entry in predicted.legend}
    assert all("class" in entry.name for entry in predicted.legend)


def test_panels_over_a_photo_have_one_size_and_show_it_once(network):
    photo = np.random.default_rng(0).integers(0, 256, (90, 90, 3)).astype(np.uint8)
    sheet = occlusion.compute(network, IMAGE, size=8, stride=4, underlay=photo)
    assert np.array_equal(sheet.items[0].tiles[0], photo)
    drawings = [payloads.drawing(item) for item in sheet.items]
    sizes = {
        (mark.width, mark.height)
        for drawing in drawings
        for mark in leaves(drawing.marks)
        if isinstance(mark, Image) and mark.height > 20  # no colour bar
    }
    assert sizes == {(400, 400)}
    assert len(sheet.items) == 4


def test_only_the_relevant_pixel_lowers_the_score():
    """A network whose score depends on a single pixel."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    nn.init.zeros_(network[1].weight)
    with torch.no_grad():
        network[1].weight[0, 8 * 5 + 2] = 1.0
    image = torch.ones(1, 1, 8, 8)
    result = occlusion.attribute(network, image, target=0, size=1, stride=1)
    expected = torch.zeros(8, 8)
    expected[5, 2] = 1.0
    assert torch.equal(result[0, 0], expected)
    sheet = occlusion.compute(network, image, target=0, size=2, stride=1)
    assert len(sheet.items) == 2  # no layer with maps to watch
    assert np.unravel_index(sheet.items[0].values.argmax(), (8, 8)) == (5, 2)


def test_many_classes_are_counted():
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 16, bias=False))
    with torch.no_grad():
        network[1].weight.copy_(-torch.eye(16))
    sheet = occlusion.compute(network, torch.arange(16.0).view(1, 1, 4, 4) + 1, size=1, stride=1)
    counts = [entry.name.rpartition(": ")[2] for entry in sheet.items[-1].legend]
    assert sum(map(int, counts)) == 16
    assert "9 other classes: 9" in [entry.name for entry in sheet.items[-1].legend]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 33}, "at most 32"),
        ({"size": 0}, "at least 1"),
        ({"size": 4, "stride": 5}, "never be hidden"),
        ({"stride": -1}, "at least 1"),
        ({"fill": float("inf")}, "a finite number"),
        ({"layer": "conv9"}, "did you mean conv"),
        ({"target": 10}, "a class from 0 to 9"),
    ],
)
def test_invalid_settings_are_rejected(network, options, message):
    with pytest.raises(InputError, match=message):
        occlusion.compute(network, IMAGE, **options)
