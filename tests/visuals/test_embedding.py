"""Principal components compared with eigenvectors of the covariance; default layer."""

import numpy as np
import pytest
import torch

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.methods.network import embedding
from convscope.visuals.methods.network.embedding import (
    last_input,
    neighbour_embedding,
    principal_components,
    spread_points,
)


def test_principal_components_equal_eigenvectors_of_the_covariance():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 5)) @ np.diag([5, 3, 1, 0.5, 0.1]) @ rng.normal(size=(5, 5))
    plane = principal_components(features)
    values, vectors = np.linalg.eigh(np.cov(features.T))
    expected = (features - features.mean(0)) @ vectors[:, ::-1][:, :2]
    for axis in (0, 1):
        same = np.abs(plane.points_N2[:, axis] - expected[:, axis]).max()
        turned = np.abs(plane.points_N2[:, axis] + expected[:, axis]).max()
        assert min(same, turned) < 1e-8
    assert plane.shares == pytest.approx((values[::-1] / values.sum())[:2])


def test_the_sign_does_not_depend_on_the_order_of_the_images():
    features = np.random.default_rng(1).normal(size=(50, 4))
    forth, back = principal_components(features), principal_components(features[::-1])
    assert np.allclose(forth.points_N2, back.points_N2[::-1])


@pytest.mark.parametrize(
    "features", [np.zeros((2, 4)), np.ones((9, 4)), np.random.default_rng(0).normal(size=(9, 1))]
)
def test_unsuitable_features_are_rejected(features):
    with pytest.raises(InputError):
        principal_components(features)


def test_spread_points_are_distinct_and_far_apart():
    points = np.random.default_rng(0).normal(size=(100, 2))
    taken = spread_points(points, 10)
    assert len(set(taken)) == 10
    assert spread_points(points, 0) == []
    among = np.linalg.norm(points[taken][:, None] - points[taken], axis=2)
    assert among[np.triu_indices(10, 1)].min() > 0.5


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("lenet5", "tanh4"),
        ("lenet5_1998", "f6_squash"),
        ("resnet20", "flatten"),
        ("all_cnn_c", "relu2"),
    ],
)
def test_input_of_the_last_layer(name, layer):
    network = build(convscope.load(name), seed=0)
    image = torch.zeros(1, *network.architecture.input)
    assert last_input(network, image).name == layer


def test_equal_images_have_equal_points():
    network = build(convscope.load("lenet5"), seed=0)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (25, 1, 32, 32), generator=generator, dtype=torch.uint8)
    images[7] = images[3]
    split = Split(images, torch.arange(25) % 10)
    result = embedding.compute(
        network, split=split, preprocessing=lambda x: x.float() / 255, num_images=20, batch_size=7
    )
    assert result.points.shape == (20, 2)
    assert np.allclose(result.points[7], result.points[3], atol=1e-5)
    assert result.groups == tuple(i % 10 for i in range(20))
    assert result.thumbnails.shape == (20, 32, 32, 3)
    bare = embedding.compute(
        network, split=split, preprocessing=lambda x: x.float() / 255, num_thumbnails=0
    )
    assert bare.thumbnails is None


def test_neighbours_stay_together_with_t_sne():
    """Three groups in ten dimensions: the nearest neighbours in the plane are of the same group."""
    pytest.importorskip("sklearn")
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(3), 20)
    features = generator.normal(size=(60, 10)) + 6 * np.eye(3, 10)[groups]
    points = neighbour_embedding(features, perplexity=8, seed=0)
    distances = np.linalg.norm(points[:, None] - points, axis=2) + 1e9 * np.eye(60)
    assert (groups[distances.argmin(1)] == groups).all()
    assert points.tobytes() == neighbour_embedding(features, perplexity=8, seed=0).tobytes()
    with pytest.raises(InputError, match="perplexity=60"):
        neighbour_embedding(features, perplexity=60, seed=0)
