"""The network of the 1998 paper with its own loss, on MNIST."""

from convscope.data import Affine
from convscope.training.loss import RbfMap
from convscope.training.optim import AdamW
from convscope.training.recipe import Recipe
from convscope.training.schedule import OneCycle


def lenet5_1998_mnist() -> Recipe:
    """TO BE MEASURED."""
    return Recipe(
        epochs=12,
        batch_size=256,
        lr=5e-3,
        optimiser=AdamW(),
        schedule=OneCycle(),
        loss=RbfMap(j=1.0),
        augment=(Affine(degrees=8.0, scale=0.1, shear_degrees=8.0, shift_pixels=1.5),),
    )
