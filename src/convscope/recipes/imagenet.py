"""The recipes of the papers on ImageNet."""

from convscope.data import ColourJitter, HorizontalFlip, PcaLighting
from convscope.io.photos.crops import RandomResizedCrop, ShorterSide
from convscope.training.ema import Ema
from convscope.training.recipe.loss import CrossEntropy
from convscope.training.recipe.optim import SGD, RMSprop
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Exponential, Step


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
