"""The recipes of the ResNet and All-CNN papers, on CIFAR-10."""

from convscope.data import HorizontalFlip, PadAndCrop, Shift
from convscope.training.recipe.loss import CrossEntropy
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.preprocess import GcnZca
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import OneCycle, Step

MEAN_COLOUR = (125, 123, 114)  # of CIFAR-10's training images, rounded; 0 after standardising


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
    return resnet_cifar10().override(["schedule.warmup_epochs=1.14"])


def wide_resnet_cifar10() -> Recipe:
    """Not run here: CIFAR-10 is not on this machine. The paper: 4.00 % with `wrn28_10` (median of 5
    runs).

    From the paper: SGD with Nesterov's momentum 0.9, weight decay 0.0005, batch 128, 200 epochs,
    rate 0.1 times 0.2 after 60, 120 and 160; a reflected border of 4 pixels and a random crop,
    flip.

        convscope train wrn16_8 cifar10 --recipe wide_resnet_cifar10

    Paper: Zagoruyko and Komodakis 2016, section 3.
    """
    return Recipe(
        epochs=200,
        batch_size=128,
        lr=0.1,
        optimiser=SGD(weight_decay=5e-4),
        schedule=Step(milestones=(60, 120, 160), gamma=0.2),
        augment=(PadAndCrop(pixels=4, border="reflect"), HorizontalFlip()),
        init="he",
    )


def all_cnn_cifar10() -> Recipe:
    """Not run here: CIFAR-10 is not on this machine. The paper, without augmentation (Table 3):
    9.08 % with All-CNN-C, 9.74 % with Model C.

    From the paper: SGD with momentum 0.9, weight decay 0.001, 350 epochs, the rate times 0.1
    after 200, 250 and 300; contrast normalisation and ZCA whitening. The peak is chosen for each
    network from 0.25, 0.1, 0.05 and 0.01 on the validation split; here it is 0.05.

    Not stated by the paper: the batch (128) and the start values (He's) were chosen here; the
    constants of the whitening (55 and 0.1) are those of Goodfellow et al. 2013, which it cites.
    Reproductions report networks that stay at 90 % error for some of these rates: vary `lr`.

        convscope train all_cnn_c cifar10 --recipe all_cnn_cifar10 --set lr=0.05
        python benchmarks/all_cnn.py --paper

    Paper: Springenberg et al. 2015, section 3.1.
    """
    return Recipe(
        epochs=350,
        batch_size=128,
        lr=0.05,
        optimiser=SGD(momentum=0.9, nesterov=False, weight_decay=0.001),
        schedule=Step(milestones=(200, 250, 300), gamma=0.1),
        preprocess=GcnZca(scale=55.0, epsilon=0.1),
        init="he",
    )


def all_cnn_cifar10_augmented() -> Recipe:
    """Not run here: CIFAR-10 is not on this machine. The paper (Table 4): 7.25 % with All-CNN-C.

    As `all_cnn_cifar10`, with flips and shifts of up to 5 pixels.

    Different here: the images are shifted (and filled with black) before they are whitened.

        convscope train all_cnn_c cifar10 --recipe all_cnn_cifar10_augmented --set lr=0.05

    Paper: Springenberg et al. 2015, section 3.2.
    """
    augment = (HorizontalFlip(), Shift(pixels=5))
    return all_cnn_cifar10().model_copy(update={"augment": augment})


def resnet_cifar10_quick() -> Recipe:
    """Not run here: CIFAR-10 is not on this machine. The paper: 8.75 % with 20 layers, after 182
    epochs.

    For about ten minutes on two cores: ResNet-20 makes 4,900 steps in that time in bfloat16 on a
    processor with AMX (123 ms a step of 128 images, two threads, torch 2.13.0), and half as many
    in float32. Flips and shifts as in the paper; one cycle with Nesterov's momentum and label
    smoothing in place of its schedule. A GPU has time for more: `--epochs 50`.

        convscope train resnet20 cifar10 --recipe resnet_cifar10_quick
        convscope train resnet20 fashion_mnist --recipe resnet_cifar10_quick

    Paper: He et al. 2016, section 4.2; Smith and Topin 2018 for the schedule.
    """
    return Recipe(
        epochs=14,
        batch_size=128,
        lr=0.4,
        optimiser=SGD(weight_decay=5e-4),
        schedule=OneCycle(warmup=0.25),
        loss=CrossEntropy(label_smoothing=0.1),
        augment=(PadAndCrop(pixels=4, border="reflect"), HorizontalFlip()),
        init="he",
        precision="auto",
    )


def all_cnn_cifar10_quick() -> Recipe:
    """Not run here: CIFAR-10 is not on this machine. The paper: 7.25 % with All-CNN-C, flips and
    shifts, after 350 epochs.

    For about ten minutes on two cores: All-CNN-C makes 4,900 steps in that time in bfloat16 on a
    processor with AMX (123 ms a step of 64 images, two threads, torch 2.13.0), and a third of
    them in float32. Means and deviations in place of ZCA whitening. The network has no
    normalisation, and stays at 90 % error where the rate is too high: one cycle with a peak of
    0.02, and gradients limited to a norm of 1.

        convscope train all_cnn_c cifar10 --recipe all_cnn_cifar10_quick
        convscope train all_cnn_c fashion_mnist --recipe all_cnn_cifar10_quick

    Paper: Springenberg et al. 2015, section 3.2; Smith and Topin 2018 for the schedule.
    """
    return Recipe(
        epochs=7,
        batch_size=64,
        lr=0.02,
        optimiser=SGD(weight_decay=1e-3),
        schedule=OneCycle(warmup=0.25),
        augment=(HorizontalFlip(), Shift(pixels=4)),
        clip_norm=1.0,
        init="he",
        precision="auto",
    )
