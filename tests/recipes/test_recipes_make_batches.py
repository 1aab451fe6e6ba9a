"""Every recipe meets data: one batch, one loss, one step of its optimiser."""

import pytest
import torch

from convscope.arch import Architecture, Chain
from convscope.data import Split
from convscope.layers import Conv2d, Flatten, GlobalAvgPool2d, Linear
from convscope.recipes import RECIPES, load_recipe
from convscope.shapes import CHW
from convscope.training.prepare import make_job

INPUT = CHW(3, 16, 16)


class Colours:
    name, classes, channels, shape = "colours", ("a", "b"), 3, CHW(3, 32, 32)
    mean, std = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)

    def split(self, name):
        generator = torch.Generator().manual_seed(len(name))
        images = torch.randint(0, 256, (12, *self.shape), generator=generator, dtype=torch.uint8)
        return Split(images, torch.arange(12) % 2)

    def fingerprint(self):
        return "c" * 64


def small(input):
    return Architecture(
        name="small",
        input=input,
        num_classes=2,
        block=Chain(conv=Conv2d(2, 3), pool=GlobalAvgPool2d(), flatten=Flatten(), linear=Linear(2)),
    )


@pytest.mark.parametrize("name", RECIPES)
def test_one_step(name):
    recipe = load_recipe(name).override(["batch_size=4", "fine_tune=null"])
    whitened = recipe.preprocess.type == "GcnZca"
    data = Colours()
    if whitened:
        data.shape = INPUT  # 768 numbers, of which the matrix has the square
    job = make_job(small(INPUT), data, recipe)
    batch = job.batches.batch(0, 0)
    inputs = job.inputs(batch.images_NCHW)
    assert inputs.shape == (4, *INPUT)
    assert torch.isfinite(inputs).all()
    assert torch.equal(inputs, job.inputs(job.batches.batch(0, 0).images_NCHW))
    optimiser = recipe.optimiser.build(job.network)
    loss = recipe.loss(job.network(inputs), batch.labels_N)
    loss.backward()
    for group in optimiser.param_groups:
        group["lr"] = recipe.lr
    before = [p.detach().clone() for p in job.network.parameters()]
    optimiser.step()
    assert torch.isfinite(loss)
    assert any(not torch.equal(a, b) for a, b in zip(before, job.network.parameters(), strict=True))
