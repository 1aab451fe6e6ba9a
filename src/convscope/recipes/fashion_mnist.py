"""Fashion-MNIST above 93 % in under four minutes on two cores."""

from convscope.data import HorizontalFlip
from convscope.training.recipe.loss import CrossEntropy
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import OneCycle


def fashion_mnist() -> Recipe:
    """Test accuracy 93.54 % (mean of 2 seeds, 0 and 1: 93.58, 93.49).

    211 to 213 s on two threads of one core (AMD EPYC, AVX-512 BF16), torch 2.13.0.

    For `conv5_bn`. Half precision (bfloat16) in the convolutions halves the time on a processor
    that multiplies it (AVX-512 BF16, AMX); on one that does not, `--set precision=float32`.

        convscope train conv5_bn fashion_mnist --recipe fashion_mnist --seed 0
    """
    return Recipe(
        epochs=12,
        batch_size=256,
        lr=1.0,
        optimiser=SGD(weight_decay=5e-4),
        schedule=OneCycle(warmup=0.25),
        loss=CrossEntropy(label_smoothing=0.1),
        augment=(HorizontalFlip(),),
        precision="bfloat16",
    )
