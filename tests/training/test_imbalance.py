"""Runs on classes of different sizes: weights of the loss, balanced batches."""

from dataclasses import replace

import pytest
import torch

from convscope.errors import InputError
from convscope.training.prepare import make_job
from convscope.training.recipe.recipe import Recipe
from convscope.training.start import resume, start
from tests.training.test_start import Fake

SETTINGS = [
    ["loss.class_weights=balanced"],
    ["loss.class_weights=[1, 2, 0.5]"],
    ["sampler=balanced"],
    ["sampler=balanced", "loss.class_weights=balanced", "accumulate=2"],
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_resumed_run_equals_one_that_was_never_stopped(tiny, tmp_path, settings):
    recipe = tiny.recipe().override(settings)
    list(start(tiny.architecture(), Fake(tiny), recipe, tmp_path / "whole"))
    events = start(tiny.architecture(), Fake(tiny), recipe, tmp_path / "parts")
    for event in events:
        if getattr(event, "step", 0) >= 15:
            break
    events.close()
    list(resume(tmp_path / "parts", data=Fake(tiny)))
    for name in ("events.jsonl", "model.safetensors"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()
    plain = tmp_path / "plain"
    list(start(tiny.architecture(), Fake(tiny), tiny.recipe(), plain))
    assert (plain / "events.jsonl").read_bytes() != (tmp_path / "whole/events.jsonl").read_bytes()


def test_the_loss_of_a_job_is_weighted(tiny):
    data = Fake(tiny)
    recipe = tiny.recipe().override(["loss.class_weights=balanced"])
    job = make_job(tiny.architecture(), data, recipe)
    labels = data.split("train").labels_N
    counts = torch.bincount(labels, minlength=3)
    assert job.class_weights_K.tolist() == pytest.approx((96 / (3 * counts)).tolist())
    assert replace(job, class_weights_K=None) != job
    assert make_job(tiny.architecture(), data, tiny.recipe()).class_weights_K is None


@pytest.mark.parametrize("weights", ["[1, 2]", "[1, 2, 3, 4]"])
def test_one_weight_for_each_class(tiny, tmp_path, weights):
    recipe = tiny.recipe().override([f"loss.class_weights={weights}"])
    with pytest.raises(InputError, match="class weights for the 3 classes of fake") as caught:
        start(tiny.architecture(), Fake(tiny), recipe, tmp_path / "run")
    assert "balanced" in caught.value.fix


@pytest.mark.parametrize("text", ["[1, 2, 0]", "[1, 2, -1]", "[1, 2, 1e400]", "fair", "{}"])
def test_weights_that_are_none(text):
    with pytest.raises(InputError, match="class_weights"):
        Recipe(epochs=1, lr=0.1).override([f"loss.class_weights={text}"])


def test_a_loss_without_weights_says_which_one_has_them():
    recipe = Recipe(epochs=1, lr=0.1).override(["loss.type=RbfMap"])
    with pytest.raises(InputError, match="RbfMap has no setting 'class_weights'") as caught:
        recipe.override(["loss.class_weights=balanced"])
    assert "CrossEntropy" in caught.value.expected
