"""Recipes that augment and mix: as JSON, as settings, and refused where they do not fit."""

import pytest
import torch

from convscope import zoo
from convscope.data import ColourJitter, CutMix, Mixup, PadAndCrop, PcaLighting, Rotation, Split
from convscope.errors import InputError
from convscope.shapes import CHW
from convscope.training.job import parts_of
from convscope.training.prepare import make_job
from convscope.training.recipe.recipe import Recipe


class Grey:
    """Forty grey images in ten classes."""

    name, classes, channels = "grey", tuple("0123456789"), 1
    shape, mean, std = CHW(1, 28, 28), (0.5,), (0.5,)

    def fingerprint(self):
        return "grey"

    def split(self, name):
        generator = torch.Generator().manual_seed(0)
        images = torch.randint(256, (40, 1, 28, 28), generator=generator, dtype=torch.uint8)
        return Split(images, torch.arange(40) % 10)


def recipe(**fields):
    return Recipe(epochs=1, lr=0.01, batch_size=20, **fields)


@pytest.mark.parametrize("mix", [Mixup(alpha=0.4), CutMix(probability=0.5)])
def test_json_round_trip(mix):
    augment = (PadAndCrop(border=(9,)), ColourJitter(), PcaLighting(), Rotation())
    given = recipe(augment=augment, mix=mix)
    assert Recipe.from_json(given.to_json()) == given


def test_settings():
    given = recipe().override(["mix.type=Mixup", "mix.alpha=0.8", 'augment=[{"type":"Rotation"}]'])
    assert given.mix == Mixup(alpha=0.8)
    assert given.augment == (Rotation(),)
    with pytest.raises(InputError, match=r"mix\.alfa"):
        given.override(["mix.alfa=1"])


@pytest.mark.parametrize("augment", [PcaLighting(), PadAndCrop(border=(1, 2, 3))])
def test_what_does_not_fit_the_data_is_refused_before_training(augment):
    with pytest.raises(InputError, match="1 channels") as caught:
        make_job(zoo.load("lenet5"), Grey(), recipe(augment=(Rotation(), augment)))
    assert caught.value.where.startswith("augment.1.")


@pytest.mark.parametrize("mix", [Mixup(alpha=1.0), CutMix()])
def test_a_job_mixes_and_its_parts_keep_partners_and_shares(mix):
    job = make_job(zoo.load("lenet5"), Grey(), recipe(mix=mix))
    batch = job.batches.batch(0, 1)
    parts = parts_of(batch, 4)
    assert torch.cat([part.mixed.labels_N for part in parts]).equal(batch.mixed.labels_N)
    assert torch.cat([part.mixed.share_N for part in parts]).equal(batch.mixed.share_N)
    assert torch.cat([part.images_NCHW for part in parts]).equal(batch.images_NCHW)
    perfect = torch.eye(10)[batch.mixed.larger(batch.labels_N)]
    right = sum(int(p.correct(perfect[5 * n : 5 * n + 5])) for n, p in enumerate(parts))
    assert right == 20
