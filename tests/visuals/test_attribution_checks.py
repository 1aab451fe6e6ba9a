"""Checks of attributions: compared with SciPy and scikit-image, and on known good and bad maps."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity
from torch import nn

from convscope.errors import InputError
from convscope.network import build
from convscope.payload import from_json
from convscope.visuals import VISUALS
from convscope.visuals.checks import deletion as deletion_curves
from convscope.visuals.checks.checks import METHODS, _summary, check, list_checked
from convscope.visuals.checks.deletion import Curve
from convscope.visuals.checks.randomisation import Similarity, cascade, map_ssim, rank_correlation
from convscope.zoo import load
from convscope.zoo.papers.classic.lenet import lenet5


@pytest.mark.parametrize("levels", [3, 10**6])
def test_rank_correlation_equals_scipy(levels):
    random = np.random.default_rng(levels)
    a = random.integers(0, levels, (9, 7)).astype(np.float32)
    b = (a + random.integers(0, levels, (9, 7))).astype(np.float32)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a.ravel(), b.ravel()).statistic)
    assert rank_correlation(a, a) == pytest.approx(1)
    assert rank_correlation(a, -a) == pytest.approx(-1)
    assert rank_correlation(a, np.ones_like(a)) is None


@pytest.mark.parametrize(("height", "width"), [(40, 31), (11, 30)])
def test_map_ssim_equals_scikit_image(height, width):
    random = np.random.default_rng(height)
    a = random.random((height, width), np.float32)
    b = (0.7 * a + 0.3 * random.random((height, width), np.float32)).astype(np.float32)
    _, at_each = structural_similarity(
        a.astype(np.float64),
        b.astype(np.float64),
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    assert map_ssim(a, b) == pytest.approx(at_each[5:-5, 5:-5].mean(), abs=1e-7)
    assert map_ssim(a, a) == pytest.approx(1)
    assert -1 <= map_ssim(a[:4, :6], b[:4, :6]) < 1  # a window of 3 x 3


def test_square_means_and_relevance_order():
    values = np.arange(35, dtype=np.float32).reshape(5, 7)
    means = deletion_curves.square_means(values, side=2)
    assert means.shape == (3, 4)
    assert means[0, 0] == values[:2, :2].mean()
    assert means[2, 3] == values[4, 6]
    result = deletion_curves.relevance_order(means, np.random.default_rng(0))
    assert result[0] == 11
    assert sorted(result) == list(range(12))
    flat = deletion_curves.relevance_order(np.zeros((3, 4)), np.random.default_rng(0))
    assert sorted(flat) == list(range(12))
    assert list(flat) != sorted(flat)  # ties are in random order


@pytest.fixture
def corner():
    """A network whose class 0 depends on one corner of the image."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(32 * 32, 2, bias=False))
    weight = torch.zeros(2, 32, 32)
    weight[0, :8, :8] = 0.1
    with torch.no_grad():
        network[1].weight.copy_(weight.view(2, -1))
    return network, torch.ones(1, 1, 32, 32), weight[0].numpy()


def test_deletion_and_insertion_of_good_and_bad_maps(corner):
    network, image, right = corner
    options = {"target": 0, "steps": 16, "seed": 0}
    empty, curve = torch.zeros_like(image), deletion_curves.order_curve
    good = curve(network, image, empty, right, **options)
    bad = curve(network, image, empty, -right, **options)
    assert good.area < good.random_area < bad.area
    assert good.by_map_S[1] == pytest.approx(0.5)  # the corner is a sixteenth
    assert good.by_map_S[0] == good.at_random_S[0] == pytest.approx(1 / (1 + np.exp(-6.4)))
    image = image * (torch.arange(32) % 2 * 2 - 1.0)  # stripes, which a blur takes away
    flat = nn.Sequential(nn.Flatten(), nn.Linear(32 * 32, 2, bias=False))
    with torch.no_grad():
        flat[1].weight.copy_(network[1].weight * image.view(1, -1))
    blurred = deletion_curves.blurred(image)
    good = curve(flat, blurred, image, right, **options)
    bad = curve(flat, blurred, image, -right, **options)
    assert good.area > good.random_area > bad.area
    assert good.by_map_S[0] == pytest.approx(0.5, abs=0.02)


def test_area_under_a_line():
    assert deletion_curves.area(np.linspace(0, 1, 5), np.linspace(0, 1, 5)) == 0.5


def test_blurring_keeps_a_constant_image_and_removes_details():
    flat = torch.full((1, 3, 20, 30), 2.5)
    assert torch.allclose(deletion_curves.blurred(flat), flat)
    fine = torch.randn(1, 1, 32, 32)
    assert deletion_curves.blurred(fine).std() < fine.std() / 5
    assert deletion_curves.blurred(torch.ones(1, 1, 1, 4)).shape == (1, 1, 1, 4)


def test_a_map_that_ignores_the_weights_stays_similar():
    network = build(lenet5(), seed=0)
    image = np.abs(np.random.default_rng(0).normal(size=(32, 32))).astype(np.float32)
    left = cascade(network, lambda _: image, most=4, seed=0)
    assert [point.rank_correlation for point in left] == [pytest.approx(1)] * 4
    assert [point.ssim for point in left] == [pytest.approx(1)] * 4
    assert [point.path for point in left] == ["fc2", "fc1", "conv2", "conv1"]


def test_shuffling_permutes_the_elements_of_each_weight():
    network = build(lenet5(), seed=0)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    seen = []

    def look(shuffled):
        seen.append({key: value.clone() for key, value in shuffled.state_dict().items()})
        return np.ones((4, 4), np.float32)

    cascade(network, look, most=5, seed=0)
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    first, last = seen[1], seen[-1]
    assert torch.equal(first["conv1.weight"], before["conv1.weight"])
    assert not torch.equal(first["fc2.weight"], before["fc2.weight"])
    for key, value in before.items():
        assert not torch.equal(last[key], value)
        assert torch.equal(last[key].flatten().sort().values, value.flatten().sort().values)


def test_a_zero_or_non_finite_map_has_no_similarity():
    network = build(lenet5(), seed=0)
    maps = iter([np.ones((8, 8)), np.zeros((8, 8))])

    def look(_):
        try:
            return next(maps).astype(np.float32)
        except StopIteration:
            raise InputError("the gradients are not finite") from None

    left = cascade(network, look, most=2, seed=0)
    assert [(point.rank_correlation, point.ssim) for point in left] == [(None, None)] * 2


def small_network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            *(nn.Conv2d(3, 6, 3, stride=2), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 5 * 5, 10)),
        )


@pytest.mark.parametrize("method", METHODS)
def test_every_method_can_be_checked(method):
    network = small_network().train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    state = torch.random.get_rng_state()
    image = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        sheet = check(network, image, method, steps=3, labels=tuple("abcdefghij"))
    assert [item.kind for item in sheet.items] == ["curves", "curves", "curves", "table"]
    assert from_json(sheet.to_json()) == sheet
    assert [len(series.x) for item in sheet.items[:2] for series in item.series] == [4] * 4
    assert sheet.items[2].series[0].y[0] == 1.0
    assert sheet == check(network, image, method, steps=3, labels=tuple("abcdefghij"))
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert network.training
    assert torch.equal(state, torch.random.get_rng_state())


def test_guided_backprop_depends_little_on_the_last_layer():
    """As Adebayo et al. 2018 report."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = nn.Sequential(
            *(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU()),
            *(nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1)),
            *(nn.Flatten(), nn.Linear(32, 10)),
        )
        image = torch.randn(1, 1, 28, 28)
    left = {}
    for method in ("guided_backprop", "saliency"):
        rows = {row[0]: row[1] for row in check(network, image, method, steps=2).items[3].rows}
        left[method] = rows["rank correlation, last layer shuffled"]
    assert left["guided_backprop"] > left["saliency"] + 0.2


def test_summary_names_failed_checks():
    good = Curve(np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    bad = Curve(np.array([0.0, 1.0]), np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    gone, same = Similarity("fc", 1, None, None), Similarity("fc", 1, 0.99, 0.99)
    assert "All checks passed" in _summary(good, bad, gone, gone)
    for curves, similarity, word in [
        ((bad, bad), (gone, gone), "Deletion"),
        ((good, good), (gone, gone), "Insertion"),
        ((good, bad), (same, gone), "does not depend on the class"),
        ((good, bad), (gone, same), "depends on the image"),
    ]:
        assert word in _summary(*curves, *similarity)


def test_the_layer_is_passed_to_class_activation_maps():
    network, image = build(load("resnet20"), seed=0), torch.randn(1, 3, 32, 32)
    first = check(network, image, "grad_cam", steps=2, layer="stage1.relu1")
    assert first != check(network, image, "grad_cam", steps=2)
    with pytest.raises(InputError, match="did you mean stage1"):
        check(network, image, "grad_cam", layer="stage1.relu")


def test_invalid_inputs_are_rejected():
    network, image = build(lenet5(), seed=0), torch.zeros(1, 1, 32, 32)
    with pytest.raises(InputError, match="did you mean saliency"):
        check(network, image, "salience")
    with pytest.raises(InputError, match="needs ReLUs"):
        check(network, image, "guided_backprop")
    with pytest.raises(InputError, match="at least 1"):
        check(network, image, "saliency", steps=0)
    with pytest.raises(InputError, match="a class from 0 to 9"):
        check(network, image, "saliency", target=10)
    with pytest.raises(InputError, match="no weights to shuffle"):
        cascade(nn.Flatten(), lambda _: np.ones((2, 2), np.float32), most=2, seed=0)


def test_checked_methods_are_visuals():
    assert list_checked() == sorted(METHODS)
    assert set(METHODS) <= set(VISUALS)
