"""The AlexNet paper's recipe, on ImageNet."""

from convscope.data import HorizontalFlip
from convscope.data.augment import PcaLighting
from convscope.io.photos.crops import ShorterSide
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Step


def alexnet_imagenet() -> Recipe:
    """Not run here: ImageNet is not on this machine. The paper: 40.7 % top-1, 18.2 % top-5
    (one network, validation of 2012, ten crops).

    From the paper: SGD, batch 128, momentum 0.9, weight decay 0.0005, rate 0.01 divided by 10
    three times, about 90 epochs; shorter side 256, random crop, flip, PCA lighting of 0.1.

    Different here: the paper divides when the validation error stops falling; here after 20, 40
    and 60 epochs, as Caffe's copy of the network did. The paper draws weights from N(0, 0.01)
    with some biases of 1 (Caffe: "1 gave flat loss"); here He's start values, biases 0. The crop
    is of the whole resized photo; the paper first cut out its middle square of 256.

        convscope train alexnet imagenet/ --recipe alexnet_imagenet
        convscope evaluate RUN imagenet/ --crops ten

    Paper: Krizhevsky et al. 2012, sections 4 and 5.
    """
    return Recipe(
        epochs=90,
        batch_size=128,
        lr=0.01,
        optimiser=SGD(momentum=0.9, nesterov=False, weight_decay=5e-4),
        schedule=Step(milestones=(20, 40, 60), gamma=0.1),
        frame=ShorterSide(low=256, high=256),
        augment=(HorizontalFlip(), PcaLighting(std=0.1)),
        init="he",
    )
