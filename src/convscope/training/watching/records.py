"""Records of a watched run, as they are read. Imports no torch.

Names of figures are those of the training in the browser, so that one page shows both.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from convscope.record import Record

NUM_BINS = 32


class Figures(Record):
    """Base of the records whose JSON has the names of the training in the browser."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Histogram(Record):
    """Counts in bins of equal width from `low` to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


class ParameterStatistics(Figures):
    """Figures of one tensor of weights. Histogram and update of large ones are sampled.

    Attributes:
        weight_norm: sqrt(sum w^2), after the step.
        gradient_norm: sqrt(sum g^2), before the gradients are clipped.
        update_ratio: norm of the step's change over that of the weights; about 0.001 is usual.
    """

    name: str
    weight_norm: float
    gradient_norm: float
    update_ratio: float
    weights: Histogram
    gradients: Histogram


class LayerStatistics(Figures):
    """Figures of a layer's output in one training step. Large layers are sampled.

    Attributes:
        dead: share of units that are 0 for every image.
        saturated: share of activations at an end of the range of a function that saturates.
        gradient_rms: root mean square of the loss's gradient at the output.
        gradients: histogram of that gradient.
        parameters: of this layer; those that are frozen are left out.
    """

    path: str
    mean: float
    std: float
    dead: float
    saturated: float
    gradient_rms: float
    activations: Histogram
    gradients: Histogram
    parameters: tuple[ParameterStatistics, ...]


class Statistics(Record):
    """Figures of every layer after `step` steps, in the order of the network."""

    step: int
    epoch: int
    layers: tuple[LayerStatistics, ...]


class LayerPoint(Figures):
    """Figures of one layer at a step, without histograms; of its weight where it has one."""

    step: int
    mean: float
    std: float
    dead: float
    saturated: float
    gradient_rms: float
    weight_norm: float | None = None
    gradient_norm: float | None = None
    update_ratio: float | None = None


class WatchedLayer(Record):
    """A layer: its path, operation, output shape and parameters.

    Attributes:
        type: the operation, as `Conv2d`.
        label: in a few words, as `3×3 conv, 64, /2`.
        role: as `convolution`; `join` of a sum, product or concatenation.
        shape: (C, H, W), or (F,).
        parameters: names in the state dict.
    """

    path: str
    type: str
    label: str
    role: str = ""
    shape: tuple[int, ...]
    parameters: tuple[str, ...]


class HandfulImage(Record):
    """An image of the validation split whose prediction is shown.

    Attributes:
        index: its place in the split.
        label: number of its class.
        width, height: of the picture that is kept of it.
    """

    index: int
    label: int
    width: int
    height: int


class About(Record):
    """Subjects of watching: the layers, the classes, and the images of the handful.

    Attributes:
        steps_per_epoch: of the run.
    """

    architecture: str
    steps_per_epoch: int
    classes: tuple[str, ...]
    layers: tuple[WatchedLayer, ...]
    handful: tuple[HandfulImage, ...]


class Share(Record):
    """Probability of a class."""

    label: int
    share: float


class Predictions(Record):
    """Probabilities of the handful after `step` steps: the largest first.

    Of many classes only the largest and that of the true class are kept.
    """

    step: int
    epoch: int
    images: tuple[tuple[Share, ...], ...]


Kind = Literal["kernels", "maps"]


class Picture(Record):
    """Numbers of 8 bits: value = (q - zero) scale.

    Attributes:
        kind: kernels (K, C, H, W), or the feature maps (C, H, W) of the first image of the handful.
        shape: of the numbers; large ones are cut and averaged, see `total` and `size`.
        total: kernels or channels of the layer.
        size: height and width of them.
        values: the numbers, base64.
    """

    kind: Kind
    path: str
    shape: tuple[int, ...]
    total: int
    size: tuple[int, int]
    zero: Annotated[int, Field(ge=0, le=255)]
    scale: float
    values: str


class FrameInfo(Record):
    """A picture of the filmstrip: after how many steps and whole epochs it was taken."""

    step: int
    epoch: int


class Frame(Record):
    """Kernels of the first convolution and feature maps of some layers, after `step` steps."""

    step: int
    epoch: int
    pictures: tuple[Picture, ...]
