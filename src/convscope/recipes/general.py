"""General recipes, for networks and data without a tested one."""

from convscope.data import ColourJitter, HorizontalFlip
from convscope.io.photos.crops import RandomResizedCrop
from convscope.training.ema import Ema
from convscope.training.fine_tune import FineTune
from convscope.training.recipe.loss import CrossEntropy
from convscope.training.recipe.optim import AdamW
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import OneCycle


def general() -> Recipe:
    """A starting point, not a measured claim: AdamW, one cycle, no augmentation.

    Set `epochs`, `lr` and `augment` for your own network and data, and measure.
    """
    return Recipe(
        epochs=10,
        batch_size=128,
        lr=2e-3,
        optimiser=AdamW(weight_decay=0.05),
        schedule=OneCycle(),
        clip_norm=1.0,
    )


def photos() -> Recipe:
    """A starting point, not a measured claim: photos of any size, a network without weights.

    Random crops of a quarter of the area and more, flips, slight colour jitter; AdamW, one
    cycle, averaged weights. With less than a few thousand photos start from trained weights:

        convscope train efficientnet_lite0@imagenet photos/
    """
    return Recipe(
        epochs=60,
        batch_size=64,
        lr=1e-3,
        optimiser=AdamW(weight_decay=0.05),
        schedule=OneCycle(),
        loss=CrossEntropy(label_smoothing=0.1),
        frame=RandomResizedCrop(scale=(0.25, 1.0)),
        augment=(HorizontalFlip(), ColourJitter(brightness=0.2, contrast=0.2, saturation=0.2)),
        ema=Ema(decay=0.999),
        clip_norm=1.0,
    )


def fine_tune() -> Recipe:
    """Test accuracy 88.5 % +- 3.9 (mean and standard deviation of 3 seeds: 92.2, 84.4, 89.1).

    EfficientNet-Lite0 from ImageNet, on 8 classes of 5 training photos each (64 for the test;
    `benchmarks/fine_tune.py` makes them and measures). 46 to 48 s on one core (CPU time, AMD
    EPYC shared with other work), torch 2.13.0. Paper: Howard and Ruder 2018, section 3.2.

        convscope train efficientnet_lite0@imagenet photos/
    """
    return Recipe(
        epochs=8,
        batch_size=16,
        lr=1e-3,
        optimiser=AdamW(weight_decay=0.01),
        schedule=OneCycle(),
        loss=CrossEntropy(label_smoothing=0.1),
        augment=(HorizontalFlip(),),
        fine_tune=FineTune(frozen_epochs=3),
        log_every=1,
        checkpoint_every=50,
    )
