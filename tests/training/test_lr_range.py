import math
from dataclasses import replace

import pytest
import torch

from convscope.errors import InputError
from convscope.network import build
from convscope.payload import Curves
from convscope.training.fine_tune import FineTune
from convscope.training.lr_range import LrRange, Smoothed, lr_range_test
from convscope.training.recipe.optim import SGD


def ranged(tiny, **options):
    made = options.pop("made", None) or tiny.recipe(batch_size=8, optimiser=SGD(weight_decay=0.0))
    return lr_range_test(tiny.job(made), made, **options)


def test_it_rises_until_it_blows_up(tiny):
    made = tiny.recipe(optimiser=SGD(weight_decay=0.0))
    job = tiny.job(made)
    data = tiny.samples(96, seed=1)
    wrong = tiny.samples(96, seed=9).labels_N  # every third, not to be learnt by heart
    labels = torch.where(torch.arange(96) % 3 == 0, wrong, data.labels_N)
    data = replace(data, labels_N=labels)
    job = replace(job, batches=tiny.Batches(data, batch_size=8, seed=3))
    found = lr_range_test(job, made, low=1e-4, high=1e3, steps=100)
    assert found.ended.startswith("ended at")
    assert len(found.lrs) == len(found.losses) == len(found.smoothed) < 100
    assert found.lrs[0] == 1e-4
    ratios = [b / a for a, b in zip(found.lrs, found.lrs[1:], strict=False)]
    assert ratios == pytest.approx([(1e7) ** (1 / 99)] * len(ratios))
    assert 1e-4 < found.steepest < 10
    lowest = found.smoothed.index(min(found.smoothed))
    assert found.tenth == found.lrs[lowest] / 10
    assert found.steepest < found.lrs[lowest]


def test_it_is_a_function_of_the_seed(tiny):
    torch.manual_seed(1)
    first = ranged(tiny, steps=20)
    before = torch.get_rng_state()
    assert ranged(tiny, steps=20) == first
    assert torch.equal(torch.get_rng_state(), before)
    assert ranged(tiny, made=tiny.recipe(seed=4), steps=20).losses != first.losses


def test_the_first_losses_are_those_of_a_plain_loop(tiny):
    """The oracle: five steps written out."""
    made = tiny.recipe(optimiser=SGD(momentum=0.9, nesterov=False), ema=None)
    found = lr_range_test(tiny.job(made), made, low=0.01, high=1.0, steps=10)
    job, losses = tiny.job(made), []
    optimiser = torch.optim.SGD(job.network.parameters(), lr=0.0, momentum=0.9)
    job.network.train()
    for t in range(5):
        optimiser.param_groups[0]["lr"] = 0.01 * 100 ** (t / 9)
        torch.manual_seed((made.seed << 32) + t)
        batch = job.batches.batch(0, t)
        x = job.preprocessing(batch.images_NCHW).contiguous(memory_format=torch.channels_last)
        loss = torch.nn.functional.cross_entropy(job.network(x), batch.labels_N)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert list(found.losses[:5]) == pytest.approx(losses, rel=1e-5)


def test_default_is_an_epoch_within_bounds(tiny):
    found = ranged(tiny, low=1e-7, high=1e-6)  # nothing blows up; an epoch has 12 steps
    assert len(found.lrs) == 60
    assert found.ended == "60 steps"


def test_a_loss_that_never_falls_suggests_nothing(tiny):
    found = LrRange((0.1, 0.2), (1.0, 2.0), (1.0, 1.5), "2 steps", None, None)
    assert "never decreased" in found.advice()
    rising = ranged(tiny, low=1e3, high=1e9, steps=10)
    assert rising.steepest is None
    assert rising.tenth is None


def test_numbers_that_are_not_finite_end_it(tiny):
    made = tiny.recipe(optimiser=SGD(momentum=0, nesterov=False))
    found = lr_range_test(tiny.job(made), made, low=1e-3, high=1e38, steps=10)
    assert all(map(math.isfinite, found.losses))
    assert len(found.losses) < 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"low": 1.0, "high": 0.1}, "a range from 1 to 0.1"),
        ({"low": 0.0}, "a range from 0"),
        ({"low": -1.0}, "a range from -1"),
        ({"high": math.inf}, "to inf"),
        ({"low": math.nan}, "a range from nan"),
        ({"steps": 9}, "9 steps"),
        ({"steps": 0}, "0 steps"),
        ({"steps": 10**9}, "1,000,000,000 steps"),
    ],
)
def test_ranges_that_cannot_be(tiny, options, message):
    with pytest.raises(InputError, match=message):
        ranged(tiny, **options)


def test_asked_to_stop(tiny):
    asked = iter([False, False, True])
    found = ranged(tiny, steps=20, stop_requested=lambda: next(asked))
    assert len(found.losses) == 3
    assert found.ended.startswith("stopped at")


def test_fine_tuning_is_tested_with_everything_free(tiny):
    made = tiny.recipe(fine_tune=FineTune(frozen_epochs=2, lr_decay=0.5))
    network = build(tiny.architecture(), seed=3)
    before = network.conv.weight.detach().clone()
    lr_range_test(tiny.job(made, network=network), made, low=1e-3, high=1e-2, steps=10)
    assert not torch.equal(network.conv.weight, before)


def test_accumulated_parts_give_the_loss_of_the_batch(tiny):
    whole = ranged(tiny, made=tiny.recipe(accumulate=1), steps=10)
    parts = ranged(tiny, made=tiny.recipe(accumulate=2), steps=10)
    assert parts.losses[0] == pytest.approx(whole.losses[0], rel=0.3)  # dropout, batch norm


def test_the_curve(tiny):
    found = ranged(tiny, low=1e-4, high=1e3, steps=60)
    curves = found.curves("tiny on noise")
    assert isinstance(curves, Curves)
    assert curves.x_scale == "log"
    assert curves.series[0].x == found.lrs
    for rate in (found.steepest, found.tenth):
        assert f"{rate:.2g}," in curves.caption
    assert curves.caption.endswith(".")
    assert curves.png().startswith(b"\x89PNG")


def test_smoothing_has_no_weight_on_the_start():
    mean = Smoothed(0.9)
    for _ in range(3):
        mean.add(2.0)
    assert mean.values == pytest.approx([2.0, 2.0, 2.0])
    mean.add(3.0)
    weights = [0.9**3, 0.9**2, 0.9, 1.0]
    expected = sum(w * v for w, v in zip(weights, [2, 2, 2, 3], strict=True)) / sum(weights)
    assert mean.values[-1] == pytest.approx(expected)
