"""Top activations of each unit, compared with sorting all activations."""

import numpy as np
import pytest
import torch

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import activations, build
from convscope.visuals.methods.units import top_patches
from convscope.visuals.methods.units.receptive_field import field_of
from convscope.visuals.top_activations import most_selective, top_activations


def prepared(raw_NCHW):
    return raw_NCHW.float() / 128 - 1


@pytest.fixture(scope="module")
def network():
    return build(convscope.load("lenet5"), seed=0).eval()


@pytest.fixture(scope="module")
def split():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (30, 1, 32, 32), generator=generator, dtype=torch.uint8)
    images[20] = images[3]  # equal images tie
    return Split(images, torch.arange(30) % 10)


@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_top_activations_equal_sorting(network, split, batch_size):
    top = top_activations(network, split, prepared, layer="tanh2", batch_size=batch_size)
    with torch.no_grad(), activations(network, ["tanh2"]) as seen:
        network(prepared(split.images_NCHW))
    maps = seen["tanh2"].double()
    best_NK, place_NK = maps.flatten(2).max(2)
    assert top.num_images == 30
    assert torch.allclose(top.mean_K, best_NK.mean(0))
    for unit in range(16):
        order = sorted(range(30), key=lambda n, k=unit: (-float(best_NK[n, k]), n))[:9]
        assert top.values_TK[:, unit].tolist() == pytest.approx(
            [float(best_NK[n, unit]) for n in order], abs=1e-5
        )
        if batch_size == 50:  # the same numbers to the last bit
            assert top.images_TK[:, unit].tolist() == order
            places = [divmod(int(place_NK[n, unit]), 10) for n in order]
            rows, columns = top.rows_TK[:, unit].tolist(), top.columns_TK[:, unit].tolist()
            assert list(zip(rows, columns, strict=True)) == places


def test_few_images_give_few_patches(network):
    split = Split(torch.zeros(2, 1, 32, 32, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64))
    sheet = top_patches.compute(network, split=split, preprocessing=prepared, unit=3)
    assert len(sheet.items) == 2
    assert len(sheet.items[0].tiles) == 2


def test_patches_are_crops_of_the_images(network, split):
    sheet = top_patches.compute(
        network, split=split, preprocessing=prepared, layer="tanh1", units=(0, 5)
    )
    assert len(sheet.items) == 4
    pictures, projections = sheet.items[0], sheet.items[1]
    assert pictures.tiles.shape == (9, 5, 5, 3)  # conv1 is 5 x 5
    assert projections.tiles.shape == (9, 5, 5)
    top = top_activations(network, split, prepared, layer="tanh1")
    index, row, column = (int(x[0, 0]) for x in (top.images_TK, top.rows_TK, top.columns_TK))
    assert "Default" not in sheet.caption
    # without a Normalize each image is spread from black to white
    image = split.images_NCHW[index, 0].double()
    spread = (image - image.min()) / (image.max() - image.min()) * 255
    padded = np.full((36, 36), 128.0)
    field = field_of(network, "tanh1")
    top_left = field.rows.span(row)[0] + 2, field.cols.span(column)[0] + 2
    padded[2:34, 2:34] = spread
    expected = padded[top_left[0] : top_left[0] + 5, top_left[1] : top_left[1] + 5]
    assert np.abs(pictures.tiles[0, ..., 0] - expected).max() <= 1


def test_outside_of_the_image_is_grey():
    network = build(convscope.load("all_cnn_c"), seed=0)  # padded: fields hang over the edges
    field = field_of(network, "block1.relu2")
    image = np.zeros((32, 32, 3), np.uint8)
    patch = top_patches.crop_to_field(image, field, (0, 0), fill=128)
    assert patch.shape == (5, 5, 3)
    assert (patch[:2] == 128).all()
    assert (patch[2:, 2:] == 0).all()
    middle = top_patches.crop_to_field(image, field, (16, 16), fill=128)
    assert (middle == 0).all()
    whole = field_of(network, "block2.down")
    assert 16 < whole.rows.size < 32
    assert (
        top_patches.crop_to_field(image, whole, (3, 3), fill=128).shape[:2]
        == (whole.rows.size,) * 2
    )
    assert top_patches.crop_to_field(image[:16, :16], whole, (3, 3), fill=128).shape[:2] == (16, 16)


def test_most_selective_units(network, split):
    top = top_activations(network, split, prepared, layer="tanh2")
    flat = top._replace(values_TK=top.values_TK.clone(), mean_K=top.mean_K.clone())
    flat.values_TK[:, 5] = flat.mean_K[5] + 100
    assert 5 in most_selective(flat, 1)
    assert most_selective(flat, 4) == tuple(sorted(most_selective(flat, 4)))


def test_patches_of_a_vector(network, split):
    sheet = top_patches.compute(network, split=split, preprocessing=prepared, layer="tanh4", unit=2)
    assert sheet.items[0].tiles.shape[1:3] == (32, 32)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"unit": 16}, "unit=16"),
        ({"units": (-1,)}, "unit=-1"),
        ({"num_units": 0}, "num_units=0"),
        ({"num_units": 17}, "17 units"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"layer": "tanh9"}, "tanh"),
    ],
)
def test_invalid_inputs_are_rejected(network, split, wrong, word):
    with pytest.raises(InputError, match=word):
        top_patches.compute(
            network, split=split, preprocessing=prepared, **({"layer": "tanh2"} | wrong)
        )


def test_an_empty_split_is_rejected(network):
    empty = Split(torch.zeros(0, 1, 32, 32, dtype=torch.uint8), torch.zeros(0, dtype=torch.int64))
    with pytest.raises(InputError, match="no images"):
        top_patches.compute(network, split=empty, preprocessing=prepared)
