"""Your own photos, from the start: where no trained model is wanted and nothing was measured."""

from convscope.data import HorizontalFlip
from convscope.data.augment import ColourJitter
from convscope.io.photos.crops import RandomResizedCrop
from convscope.training.ema import Ema
from convscope.training.recipe.loss import CrossEntropy
from convscope.training.recipe.optim import AdamW
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import OneCycle


def photos() -> Recipe:
    """A starting point, not a measured claim: photos of any size, a network without weights.

    Random crops of a quarter of the area and more, flips, a little colour; AdamW, one cycle, a
    mean of the weights. With fewer than some thousand photos start from trained weights instead:

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
