"""LeNet-5 on MNIST as good as it gets in three minutes."""

from convscope.data import Affine
from convscope.training.loss import CrossEntropy
from convscope.training.optim import AdamW
from convscope.training.recipe import Recipe
from convscope.training.schedule import OneCycle


def lenet5_mnist() -> Recipe:
    """TO BE MEASURED."""
    return Recipe(
        epochs=20,
        batch_size=256,
        lr=5e-3,
        optimiser=AdamW(weight_decay=0.1),
        schedule=OneCycle(),
        loss=CrossEntropy(label_smoothing=0.05),
        augment=(Affine(degrees=10.0, scale=0.12, shear_degrees=10.0, shift_pixels=1.5),),
    )
