"""The ResNet paper's recipe, on ImageNet."""

from convscope.data import HorizontalFlip
from convscope.data.augment import PcaLighting
from convscope.io.photos.crops import ShorterSide
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Step


def resnet_imagenet() -> Recipe:
    """Not run here: ImageNet is not on this machine. The paper: 22.85 % top-1, 6.71 % top-5 with
    50 layers and ten crops; its authors' files, 24.7 % and 7.8 % with one crop.

    From the paper: SGD, batch 256, momentum 0.9, weight decay 0.0001, rate 0.1 divided by 10 on
    plateaus, up to 600,000 steps (120 epochs); shorter side of 256 to 480, random crop of 224,
    flip, the standard colour augmentation (AlexNet's); He's start values.

    Different here: the rate falls after 30, 60 and 90 epochs, as in the common reproductions, in
    place of watching the plateau. The mean is subtracted by colour, not by pixel.

        convscope train resnet50 imagenet/ --recipe resnet_imagenet
        convscope evaluate RUN imagenet/ --crops ten

    Paper: He et al. 2016, section 3.4.
    """
    return Recipe(
        epochs=120,
        batch_size=256,
        lr=0.1,
        optimiser=SGD(momentum=0.9, nesterov=False, weight_decay=1e-4),
        schedule=Step(milestones=(30, 60, 90), gamma=0.1),
        frame=ShorterSide(low=256, high=480),
        augment=(HorizontalFlip(), PcaLighting(std=0.1)),
        init="he",
    )
