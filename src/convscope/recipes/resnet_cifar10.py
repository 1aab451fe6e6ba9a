"""The ResNet paper's recipes on CIFAR-10: one for 20 to 56 layers, one for 110."""

from convscope.data import HorizontalFlip
from convscope.data.augment import PadAndCrop
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Step

MEAN_COLOUR = (125, 123, 114)  # of CIFAR-10's training images, rounded: zero once it is taken off


def resnet_cifar10() -> Recipe:
    """Not run here: CIFAR-10 is not on this machine. The paper: 8.75 % with 20 layers, 7.51 with
    32, 7.17 with 44, 6.97 with 56.

    From the paper: SGD, batch 128, momentum 0.9, weight decay 0.0001, rate 0.1 divided by 10 at
    32,000 and 48,000 steps of 64,000; 4 pixels of border and a random crop of 32, flip; He's
    start values. The steps are epochs here: 351 of them pass over the 45,000 training images
    (the paper chose its schedule on the same 45,000), so 91, 137 and 182 epochs.

    Different here: the mean is subtracted by colour, not by pixel; the border has its colour.

        convscope train resnet20 cifar10 --recipe resnet_cifar10

    Paper: He et al. 2016, section 4.2.
    """
    return Recipe(
        epochs=182,
        batch_size=128,
        lr=0.1,
        optimiser=SGD(momentum=0.9, nesterov=False, weight_decay=1e-4),
        schedule=Step(milestones=(91, 137), gamma=0.1),
        augment=(PadAndCrop(pixels=4, border=MEAN_COLOUR), HorizontalFlip()),
        init="he",
    )


def resnet110_cifar10() -> Recipe:
    """Not run here: CIFAR-10 is not on this machine. The paper: 6.43 % with 110 layers (6.61 %
    +- 0.16 over 5 runs).

    As `resnet_cifar10`, with a warm-up: the paper takes a rate of 0.01 until the training error
    is below 80 %, about 400 steps; here the rate rises in a straight line over the first 400.

        convscope train resnet110 cifar10 --recipe resnet110_cifar10

    Paper: He et al. 2016, section 4.2.
    """
    recipe = resnet_cifar10()
    return recipe.override(["schedule.warmup_epochs=1.14"])
