"""The VGG paper's recipe, on ImageNet."""

from convscope.data import HorizontalFlip
from convscope.data.augment import PcaLighting
from convscope.io.photos.crops import ShorterSide
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Step


def vgg_imagenet() -> Recipe:
    """Not run here: ImageNet is not on this machine. The paper: 27.0 % top-1, 8.8 % top-5 with
    16 layers (D) trained and tested at scale 256.

    From the paper: SGD, batch 256, momentum 0.9, weight decay 0.0005, rate 0.01 divided by 10
    three times, 74 epochs (370,000 steps); shorter side 256, random crop of 224, flip, random
    shift of the colours. Start values of Glorot, with which the paper found afterwards that no
    pre-training is needed.

    Different here: the paper divides when the validation accuracy stops rising; here after 25,
    45 and 60 epochs, which no source states. Its best networks were trained on at shorter sides
    of 256 to 512 (`--set frame.high=512`), from one trained at 384.

        convscope train vgg16 imagenet/ --recipe vgg_imagenet

    Paper: Simonyan and Zisserman 2015, section 3.1.
    """
    return Recipe(
        epochs=74,
        batch_size=256,
        lr=0.01,
        optimiser=SGD(momentum=0.9, nesterov=False, weight_decay=5e-4),
        schedule=Step(milestones=(25, 45, 60), gamma=0.1),
        frame=ShorterSide(low=256, high=256),
        augment=(HorizontalFlip(), PcaLighting(std=0.1)),
        init="xavier",
    )
