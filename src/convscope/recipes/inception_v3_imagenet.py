"""The Inception v3 paper's recipe, on ImageNet."""

from convscope.data import HorizontalFlip
from convscope.io.photos.crops import RandomResizedCrop
from convscope.training.ema import Ema
from convscope.training.recipe.loss import CrossEntropy
from convscope.training.recipe.optim import RMSprop
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Exponential


def inception_v3_imagenet() -> Recipe:
    """Not run here: ImageNet is not on this machine. The paper: 21.2 % top-1, 5.6 % top-5 (one
    network, one crop, 48,238 of the validation images).

    From the paper: RMSProp with decay 0.9 and epsilon 1.0, rate 0.045 times 0.94 every 2 epochs,
    100 epochs, gradients clipped at 2.0, label smoothing 0.1, evaluation with a running mean of
    the weights. 50 replicas of 32 images each: 1600 here.

    Different here: the replicas were asynchronous, each taking the whole rate; here they are one
    synchronous step. TensorFlow adds epsilon under the root, torch after it; at 1.0 both are close
    to plain SGD. Not stated by the paper: the decay of the mean (0.9999), the crops (those of
    GoogLeNet) and the flip. Weight decay: none is stated, none here.

        convscope train inception_v3 imagenet/ --recipe inception_v3_imagenet

    Paper: Szegedy et al. 2016, section 8 (training), 7 (label smoothing).
    """
    return Recipe(
        epochs=100,
        batch_size=50 * 32,
        lr=0.045,
        optimiser=RMSprop(alpha=0.9, eps=1.0),
        schedule=Exponential(gamma=0.94, every_epochs=2),
        loss=CrossEntropy(label_smoothing=0.1),
        frame=RandomResizedCrop(),
        augment=(HorizontalFlip(),),
        ema=Ema(decay=0.9999),
        clip_norm=2.0,
    )
