"""The content of a report from an untrained network and a split."""

import torch

from convscope import lang
from convscope.arch import Chain
from convscope.data import Split
from convscope.evaluate.protocol import evaluate
from convscope.layers import CenterCrop, Normalize
from convscope.network import build, build_block
from convscope.report.gather import Names, gather, pixels
from convscope.report.page import page
from convscope.shapes import CHW
from convscope.zoo.papers.classic.lenet import lenet5


def gathered():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (30, 1, 28, 28), generator=generator, dtype=torch.uint8)
    split = Split(images, torch.arange(30) % 10)
    chain = Chain(crop=CenterCrop(32), normalize=Normalize((0.13,), (0.31,)))
    preprocessing = build_block(chain, CHW(1, 28, 28))
    network = build(lenet5(), seed=0)
    evaluation = evaluate(network, preprocessing, split)
    content = gather(
        Names("lenet5", "noise", "test"),
        network=network,
        preprocessing=preprocessing,
        split=split,
        evaluation=evaluation,
    )
    return content, split, evaluation


def test_shows_the_misclassified_images():
    content, split, evaluation = gathered()
    assert content.mistake_images is not None
    first = evaluation.mistakes[0].index
    assert torch.equal(torch.tensor(content.mistake_images.tiles[0]), split.images_NCHW[first, 0])


def test_shows_every_layer_and_every_row():
    content, _, _ = gathered()
    paths = [stage.path for stage in content.example.stages]
    assert paths[:3] == ["conv1", "tanh1", "pool1"]
    assert paths[-1] == "fc2"
    assert "flatten" not in paths
    assert content.parameters == 61706
    assert len(content.layers.rows) == 12
    assert len(content.kernels.tiles) == 6
    assert "61,706" in page(content)


def test_the_report_opens_in_the_language_in_use(monkeypatch):
    monkeypatch.setattr(lang, "_language", "zh")
    monkeypatch.setenv(lang.ENVIRONMENT, "zh")
    content, _, _ = gathered()
    assert content.language == "zh"
    assert 'id="show-zh" checked' in page(content)


def test_colour_pictures():
    images = torch.zeros(2, 3, 4, 5, dtype=torch.uint8)
    images[:, 0] = 255
    grid = pixels(list(images))
    assert grid.pixels()[0, 0, 0].tolist() == [255, 0, 0]
    assert pixels([]) is None


def test_small_photos_of_several_sizes_become_tiles_of_one():
    sizes = ((52, 52), (68, 40), (300, 200))
    grid = pixels([torch.full((3, *size), 9, dtype=torch.uint8) for size in sizes])
    assert len(grid.tiles) == 3
    assert set(grid.tiles.ravel().tolist()) == {9}


def test_photos_become_thumbnails_of_their_centre():
    white = torch.full((3, 400, 600), 255, dtype=torch.uint8)
    white[:, :, :90] = 0  # beside the middle square of 400
    grid = pixels([white, torch.zeros(3, 97, 300, dtype=torch.uint8)])
    assert grid.tiles.shape == (2, 96, 96, 3)
    assert grid.tiles[0].min() > 250
    assert grid.tiles[1].max() == 0
