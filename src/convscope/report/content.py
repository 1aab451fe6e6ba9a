"""The content of a report: numbers, texts and payloads. It knows no network."""

from typing import Annotated, Literal

from pydantic import Field

from convscope.evaluate.metrics import Evaluation
from convscope.payload import Curves, ImageGrid, Table
from convscope.record import Record

Text = Annotated[str, Field(max_length=2000)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(ge=0)]


class Stage(Record):
    """The activations of one layer for the example image."""

    path: Text
    type: Text
    output_shape: Text
    maps: ImageGrid


class Example(Record):
    """One image with the activations of every layer.

    Attributes:
        index: its position in the split.
        image: a grid of one tile; of a photo the middle, reduced.
        image_size, input_size: height and width of the image itself and of the network's input.
    """

    index: Count
    image: ImageGrid
    image_size: tuple[Count, Count] | None = None
    input_size: tuple[Count, Count] | None = None
    true: Text
    predicted: Text
    probability: Annotated[float, Field(ge=0, le=1)]
    stages: tuple[Stage, ...]


class Settings(Record):
    """One group of settings. Known titles (recipe, versions, machine) are translated."""

    title: Text
    rows: tuple[tuple[Text, Text], ...]


class Course(Record):
    """The course of a training run, from its events.

    Attributes:
        epochs, planned: epochs that were validated, and of the recipe.
        training_accuracy: of the last steps, with augmentation and dropout.
        lowest_loss, last_loss: of validation.
        overfits: whether the validation loss rose after its lowest value while the training loss
            fell, and the network is better on the training images.
    """

    epochs: Count
    planned: Count
    stopped_early: bool
    best_epoch: Count
    best_accuracy: Annotated[float, Field(ge=0, le=1)]
    training_accuracy: Annotated[float, Field(ge=0, le=1)]
    lowest_loss: float
    lowest_loss_epoch: Count
    last_loss: float
    overfits: bool


class ReportContent(Record):
    """Everything that one report shows. Parts that are None or empty are left out.

    Titles, series and axes of `curves` that `texts.TEXTS` knows (loss, accuracy, learning rate,
    training, validation, epoch, step) are shown in both languages, others unchanged.

    Attributes:
        language: the language that is shown first; the file holds both.
        mistake_images: the first images of `evaluation.mistakes`, in that order.
        layers: columns path, type, output shape, parameters, MACs, receptive field.
    """

    network: Text
    dataset: Text
    split: Text
    evaluation: Evaluation
    when: Text = ""
    training_time_s: Positive | None = None
    images_per_second: Positive | None = None
    language: Literal["en", "zh"] = "en"
    curves: tuple[Curves, ...] = ()
    course: Course | None = None
    kernels: ImageGrid | None = None
    kernels_path: Text = ""
    example: Example | None = None
    mistake_images: ImageGrid | None = None
    layers: Table | None = None
    parameters: Count | None = None
    macs: Count | None = None
    settings: tuple[Settings, ...] = ()
