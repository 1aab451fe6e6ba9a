"""The papers' own numbers, typed again from them, against the recipes that claim them."""

import pytest

from convscope.io.photos.crops import RandomResizedCrop, ShorterSide
from convscope.recipes import load_recipe
from convscope.training.recipe.optim import SGD, RMSprop
from convscope.training.recipe.preprocess import GcnZca

IMAGENET, CIFAR, MNIST = 1_281_167, 45_000, 55_000


def rate(recipe, step, images):
    """The learning rate of a step."""
    per_epoch = images // recipe.batch_size
    total = recipe.total_steps(per_epoch)
    return recipe.lr * recipe.schedule.multiplier(
        step, total_steps=total, steps_per_epoch=per_epoch
    )


def rates(recipe):
    """The rate of every epoch, warm-up aside."""
    return [
        recipe.lr
        * recipe.schedule.multiplier(epoch * 1000, total_steps=10**9, steps_per_epoch=1000)
        for epoch in range(recipe.epochs)
    ]


@pytest.mark.parametrize(
    ("name", "batch", "peak", "momentum", "decay", "steps", "images"),
    [
        # Krizhevsky 2012, section 5: "roughly 90 cycles through the training set"
        ("alexnet_imagenet", 128, 0.01, 0.9, 5e-4, 90 * IMAGENET / 128, IMAGENET),
        # Simonyan and Zisserman 2015, section 3.1: 370K iterations (74 epochs)
        ("vgg_imagenet", 256, 0.01, 0.9, 5e-4, 370_000, IMAGENET),
        # Szegedy 2015: momentum 0.9; base, batch and decay from Caffe's prototxt
        ("googlenet_imagenet", 32, 0.01, 0.9, 2e-4, 250 * IMAGENET / 32, IMAGENET),
        # He 2016, section 3.4: up to 60 x 10^4 iterations
        ("resnet_imagenet", 256, 0.1, 0.9, 1e-4, 600_000, IMAGENET),
        # He 2016, section 4.2: 64k iterations
        ("resnet_cifar10", 128, 0.1, 0.9, 1e-4, 64_000, CIFAR),
        ("resnet110_cifar10", 128, 0.1, 0.9, 1e-4, 64_000, CIFAR),
        # Springenberg 2015, section 3.1: 350 epochs
        ("all_cnn_cifar10", 128, 0.05, 0.9, 1e-3, 350 * CIFAR / 128, CIFAR),
        ("all_cnn_cifar10_augmented", 128, 0.05, 0.9, 1e-3, 350 * CIFAR / 128, CIFAR),
    ],
)
def test_sgd(name, batch, peak, momentum, decay, steps, images):
    recipe = load_recipe(name)
    expected = SGD(momentum=momentum, nesterov=False, weight_decay=decay)
    assert recipe.optimiser == expected
    assert recipe.batch_size == batch
    assert recipe.total_steps(images // batch) == pytest.approx(steps, rel=0.005)
    highest = max(rate(recipe, step, images) for step in range(1000))
    assert highest == pytest.approx(peak)


def falls(recipe, images):
    """The steps at which the rate is divided, and by how much."""
    per_epoch = images // recipe.batch_size
    values = [rate(recipe, epoch * per_epoch, images) for epoch in range(recipe.epochs)]
    return [
        (epoch * per_epoch, values[epoch - 1] / values[epoch])
        for epoch in range(3, recipe.epochs)  # after any warm-up
        if values[epoch] != values[epoch - 1]
    ]


@pytest.mark.parametrize("name", ["resnet_cifar10", "resnet110_cifar10"])
def test_resnet_on_cifar_divides_at_32k_and_48k(name):
    found = falls(load_recipe(name), CIFAR)
    assert [step for step, _ in found] == pytest.approx([32_000, 48_000], rel=0.005)
    assert [factor for _, factor in found] == pytest.approx([10, 10])


def test_resnet110_warms_up_over_400_steps():
    recipe = load_recipe("resnet110_cifar10")
    assert rate(recipe, 0, CIFAR) < 0.01
    assert rate(recipe, 398, CIFAR) < 0.1
    assert rate(recipe, 401, CIFAR) == pytest.approx(0.1)


@pytest.mark.parametrize("name", ["alexnet_imagenet", "vgg_imagenet", "resnet_imagenet"])
def test_three_divisions_by_ten(name):
    assert [round(factor, 6) for _, factor in falls(load_recipe(name), IMAGENET)] == [10, 10, 10]


@pytest.mark.parametrize("name", ["all_cnn_cifar10", "all_cnn_cifar10_augmented"])
def test_all_cnn_divides_at_200_250_300(name):
    recipe = load_recipe(name)
    epochs = [step // (CIFAR // 128) for step, _ in falls(recipe, CIFAR)]
    assert epochs == [200, 250, 300]
    assert recipe.preprocess == GcnZca(scale=55.0, epsilon=0.1)


def test_googlenet_falls_by_4_percent_every_8_epochs():
    recipe = load_recipe("googlenet_imagenet")
    values = rates(recipe)
    assert len(set(values[:8])) == 1
    assert values[8] / values[7] == pytest.approx(0.96)
    assert values[249] == pytest.approx(0.01 * 0.96**31)
    assert recipe.ema is not None
    assert recipe.frame == RandomResizedCrop(scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3))


def test_inception_v3():
    recipe = load_recipe("inception_v3_imagenet")
    assert recipe.optimiser == RMSprop(alpha=0.9, eps=1.0)
    assert recipe.loss.label_smoothing == 0.1
    assert (recipe.clip_norm, recipe.epochs, recipe.batch_size) == (2.0, 100, 1600)
    values = rates(recipe)
    assert values[:2] == [0.045, 0.045]
    assert values[2:4] == pytest.approx([0.045 * 0.94] * 2)
    assert values[99] == pytest.approx(0.045 * 0.94**49)


def test_lenet5_goes_through_the_five_rates_of_1998():
    recipe = load_recipe("lenet5_1998_paper")
    paper = [5e-4] * 2 + [2e-4] * 3 + [1e-4] * 3 + [5e-5] * 4 + [1e-5] * 8
    assert rates(recipe) == pytest.approx(paper)
    assert recipe.total_steps(MNIST // recipe.batch_size) == 20 * MNIST


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("alexnet_imagenet", ShorterSide(low=256, high=256)),
        ("vgg_imagenet", ShorterSide(low=256, high=256)),
        ("resnet_imagenet", ShorterSide(low=256, high=480)),
    ],
)
def test_frames_and_augmentation(name, frame):
    recipe = load_recipe(name)
    assert recipe.frame == frame
    assert [a.type for a in recipe.augment] == ["HorizontalFlip", "PcaLighting"]
    assert recipe.augment[1].std == 0.1


def test_augmentation_on_cifar():
    kinds = {
        name: [(a.type, getattr(a, "pixels", None)) for a in load_recipe(name).augment]
        for name in ("resnet_cifar10", "all_cnn_cifar10", "all_cnn_cifar10_augmented")
    }
    assert kinds["resnet_cifar10"] == [("PadAndCrop", 4), ("HorizontalFlip", None)]
    assert kinds["all_cnn_cifar10"] == []
    assert kinds["all_cnn_cifar10_augmented"] == [("HorizontalFlip", None), ("Shift", 5)]


def test_wide_resnet_as_in_section_3():
    """Zagoruyko and Komodakis 2016: times 0.2 at 60, 120 and 160 of 200 epochs."""
    recipe = load_recipe("wide_resnet_cifar10")
    assert recipe.optimiser == SGD(momentum=0.9, nesterov=True, weight_decay=5e-4)
    assert (recipe.batch_size, recipe.epochs) == (128, 200)
    each = rates(recipe)
    assert [each[epoch] for epoch in (0, 59, 60, 119, 120, 159, 160, 199)] == pytest.approx(
        [0.1, 0.1, 0.02, 0.02, 0.004, 0.004, 0.0008, 0.0008]
    )
    crop, flip = recipe.augment
    assert (crop.pixels, crop.border, flip.type) == (4, "reflect", "HorizontalFlip")
