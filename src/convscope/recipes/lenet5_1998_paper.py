"""The LeNet-5 paper's own training, as far as it can be had without its optimiser."""

from convscope.training.recipe.loss import RbfMap
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Stages


def lenet5_1998_paper() -> Recipe:
    """Not run here. The paper: 0.95 % on MNIST after 20 passes, without distortions.

    From the paper: one image a step, 20 passes; global rates of 0.0005 for 2 passes, 0.0002 for
    3, 0.0001 for 3, 0.00005 for 4 and 0.00001 from then on; start values
    from U(-2.4 / F, 2.4 / F); the discriminative loss (equation 9).

    Different here: the paper's stochastic diagonal Levenberg-Marquardt method gives each weight
    the rate e / (0.02 + h), with e the global rate and h the weight's curvature; plain SGD with
    the rate e stands here. (With e / 0.02, where the curvature is 0, it does not learn: 10 % right
    of the fourth thousand images, 90 % with e.) The constant j of the loss is not stated. For a
    measured recipe of this network see `lenet5_1998_mnist`.

        convscope train lenet5_1998 mnist --recipe lenet5_1998_paper

    Paper: LeCun et al. 1998, sections II and III, appendix C.
    """
    return Recipe(
        epochs=20,
        batch_size=1,
        lr=0.0005,
        optimiser=SGD(momentum=0.0, nesterov=False),
        schedule=Stages(begins=(2, 5, 8, 12), factors=(0.4, 0.2, 0.1, 0.02)),
        loss=RbfMap(j=1.0),
        init="lecun",
        log_every=5_500,
        checkpoint_every=5_500,
    )
