"""Where nothing was measured: settings that train most networks of the zoo without care."""

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
