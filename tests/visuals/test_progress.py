"""Progress of visuals: steps are reported to whoever shows them, and to nobody otherwise."""

import pytest
import torch

import convscope
from convscope.network import build
from convscope.visuals import VISUALS, in_reading_order
from convscope.visuals.methods.prediction import occlusion, smooth_grad
from convscope.visuals.methods.units import maximise, receptive_field
from convscope.visuals.progress import reported, reported_to


def test_steps_are_reported_and_without_a_reader_nothing_happens():
    seen = []
    with reported_to(lambda done, num: seen.append((done, num))):
        assert list(reported("abc", 2)) == ["a", "b", "c"]  # one more than was known
    assert seen == [(1, 2), (2, 2), (3, 3)]
    assert list(reported("abc", 3)) == ["a", "b", "c"]
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("visual", "settings"),
    [
        (smooth_grad, {"samples": 20}),
        (occlusion, {}),
        (maximise, {"steps": 3}),
        (receptive_field, {"num_images": 2}),
    ],
)
def test_slow_visuals_report_their_last_step(visual, settings):
    network, image = build(convscope.load("lenet5"), seed=0), torch.zeros(1, 1, 32, 32)
    seen = []
    with reported_to(lambda done, num: seen.append((done, num))):
        visual.compute(network, image, **settings)
    assert seen
    assert seen[-1][0] == seen[-1][1]


def test_the_reading_order_holds_each_visual_once_and_group_by_group():
    order = in_reading_order()
    assert sorted(order) == sorted(VISUALS)
    groups = [VISUALS[name] for name in order]
    assert groups == sorted(groups, key=["prediction", "units", "network"].index)
