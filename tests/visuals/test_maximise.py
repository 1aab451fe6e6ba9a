"""Activation maximisation: rising scores, reproducible images, Fourier parametrisation."""

import numpy as np
import pytest
import torch

import convscope
from convscope.data.sets.mnist import MNIST
from convscope.errors import InputError
from convscope.layers.torch.preprocess import Normalize
from convscope.network import build
from convscope.visuals.fourier_image import FourierImages, randomly_transformed
from convscope.visuals.methods.units import maximise


@pytest.fixture(scope="module")
def network():
    return build(convscope.load("lenet5"), seed=0)


@pytest.fixture(scope="module")
def trained():
    """LeNet-5 after 90 training steps."""
    network = build(convscope.load("lenet5"), seed=0)
    normalise = Normalize(MNIST.mean, MNIST.std)
    split = MNIST.split("test")
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    for step in range(90):
        at = slice(step * 64, step * 64 + 64)
        raw_NCHW = torch.nn.functional.pad(split.images_NCHW[at], (2, 2, 2, 2))
        logits = network(normalise(raw_NCHW))
        loss = torch.nn.functional.cross_entropy(logits, split.labels_N[at])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval(), normalise


def curves(sheet):
    return [np.array(series.y) for series in sheet.items[1].series]


def test_the_image_of_a_class_is_classified_as_that_class(trained):
    network, normalise = trained
    sheet = maximise.compute(network, preprocessing=normalise, num_images=10, steps=100)
    assert "10 of 10 are classified as their class" in sheet.items[0].caption
    tiles = torch.from_numpy(np.array(sheet.items[0].tiles))[:, None]
    with torch.no_grad():
        assert network(normalise(tiles)).argmax(1).tolist() == list(range(10))
    for values in curves(sheet):
        assert values[-10:].mean() > values[:3].mean() + 1


@pytest.mark.parametrize("layer", ["conv1", "tanh2", "fc1"])
def test_the_score_of_a_unit_rises(network, layer):
    sheet = maximise.compute(network, layer=layer, unit=2, steps=30)
    (values,) = curves(sheet)
    assert values[-5:].mean() > values[0]
    assert "Maximising image of unit 2" in sheet.items[0].title


def test_the_seed_determines_the_images(network):
    one = maximise.compute(network, target=3, steps=3, seed=1)
    assert one == maximise.compute(network, target=3, steps=3, seed=1)
    assert one != maximise.compute(network, target=3, steps=3, seed=2)


def test_the_global_generator_is_unchanged(network):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    maximise.compute(network, target=3, steps=2)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_dead_unit_is_an_error():
    dead = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(72, 2)
    )
    with torch.no_grad():
        dead[0].weight.zero_()
        dead[0].bias.fill_(-1)
    with pytest.raises(InputError, match="zero from every random start"):
        maximise.compute(dead, torch.zeros(1, 1, 8, 8), layer="1", unit=0, steps=3)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"target": 10}, "target=10"),
        ({"layer": "conv2", "unit": 16}, "unit=16"),
        ({"unit": 1}, "without a layer"),
        ({"steps": 0}, "steps=0"),
        ({"layer": "conv9"}, "conv"),
    ],
)
def test_invalid_inputs_are_rejected(network, wrong, word):
    with pytest.raises(InputError, match=word):
        maximise.compute(network, **wrong)


def test_a_torch_module_needs_an_image_for_its_size():
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 2))
    with pytest.raises(InputError, match="size of the images"):
        maximise.compute(module)


def fourier_images(shape, amplitude=0.0, mean=0.5):
    generator = torch.Generator().manual_seed(0)
    mean_C = torch.full((shape[1],), mean)
    return FourierImages(shape, generator=generator, mean_C=mean_C, amplitude=amplitude)


@pytest.mark.parametrize("shape", [(1, 1, 7, 9), (2, 3, 8, 8), (1, 3, 5, 4)])
def test_fourier_images_start_at_the_mean(shape):
    images = fourier_images(shape, mean=0.25).pixels()
    assert images.shape == shape
    assert torch.allclose(images, torch.full(shape, 0.25), atol=1e-6)


def test_fourier_images_have_little_high_frequency():
    image = fourier_images((1, 1, 64, 64), amplitude=0.1).pixels()[0, 0].logit()
    power = torch.fft.rfft2(image.detach()).abs()
    assert power[1:4, 1:4].mean() > 5 * power[16:32, 16:32].mean()


def test_random_transformation_is_small_and_seeded():
    image = torch.zeros(1, 1, 33, 33)
    image[0, 0, 14:19, 14:19] = 1
    first = randomly_transformed(image, generator=torch.Generator().manual_seed(0))
    again = randomly_transformed(image, generator=torch.Generator().manual_seed(0))
    assert torch.equal(first, again)
    assert not torch.equal(first, image)
    rows = torch.arange(33.0)
    centre = (first[0, 0].sum(1) * rows).sum() / first.sum()
    assert abs(float(centre) - 16) < 0.06 * 33 + 1
    frozen = randomly_transformed(image, generator=torch.Generator(), shift=0, degrees=0, scale=0)
    assert torch.allclose(frozen, image, atol=1e-5)
