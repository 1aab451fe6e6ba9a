"""The GoogLeNet paper's recipe, on ImageNet."""

from convscope.data import HorizontalFlip
from convscope.data.augment import ColourJitter
from convscope.io.photos.crops import RandomResizedCrop
from convscope.training.ema import Ema
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Exponential


def googlenet_imagenet() -> Recipe:
    """Not run here: ImageNet is not on this machine. The paper: 10.07 % top-5 (one network, one
    crop), 7.89 % with 144 crops.

    From the paper: momentum 0.9, the rate 4 % lower every 8 epochs, Polyak averaging of the
    weights; patches of 8 to 100 % of the area with proportions of 3/4 to 4/3, photometric
    distortions. The auxiliary heads count 0.3 each (in the architecture).

    Not stated by the paper: the base rate (0.01), the batch (32), weight decay (0.0002) and
    Glorot's start values are those of Caffe's copy; 250 epochs, the decay of the mean (0.9999),
    the flip and the strengths of the distortions were chosen here. The paper's training was
    asynchronous (DistBelief); here it is synchronous.

        convscope train googlenet imagenet/ --recipe googlenet_imagenet
        convscope evaluate RUN imagenet/ --crops googlenet144

    Paper: Szegedy et al. 2015, section 6; averaging: Polyak and Juditsky 1992.
    """
    return Recipe(
        epochs=250,
        batch_size=32,
        lr=0.01,
        optimiser=SGD(momentum=0.9, nesterov=False, weight_decay=2e-4),
        schedule=Exponential(gamma=0.96, every_epochs=8),
        frame=RandomResizedCrop(scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)),
        augment=(HorizontalFlip(), ColourJitter(brightness=0.4, contrast=0.4, saturation=0.4)),
        ema=Ema(decay=0.9999),
        init="xavier",
    )
