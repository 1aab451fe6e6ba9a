"""Types of requests and answers, which the documentation of the service shows."""

from abc import ABC
from typing import Any, Literal, final

from pydantic import Field

from convscope.record import Record

MOST_TOPK = 1000


class _WithOptions(Record, ABC):
    """Options of a prediction, as of `convscope predict`.

    Attributes:
        topk: number of classes per image.
        invert: swap dark and light first.
        digit: prepare photos of digits as MNIST was made; by default for models of MNIST.
        keep_going: give an image that cannot be read a row with `error`; else the request fails.
    """

    topk: int = Field(default=5, ge=1, le=MOST_TOPK)
    invert: bool = False
    digit: bool | None = None
    keep_going: bool = False


@final
class Options(_WithOptions):
    """Options of a prediction, as in the address of a request."""


class JsonImage(Record):
    """One image in JSON: an encoded file, nested lists of pixels, or raw bytes with their shape.

    Attributes:
        base64: an image file (JPEG, PNG ...), or with `shape` raw bytes, 8 bits per value.
        shape: (H, W) or (H, W, C) of raw bytes.
        pixels: nested lists (H, W) or (H, W, C): whole numbers from 0 to 255, or real ones from
            0 to 1.
        name: becomes the `source` of the prediction.
    """

    base64: str | None = None
    shape: list[int] | None = None
    pixels: list[Any] | None = None
    name: str | None = Field(default=None, max_length=255)


@final
class PredictRequest(_WithOptions):
    """A request in JSON; its options take the place of those in the address."""

    images: list[JsonImage] = Field(min_length=1)


class Score(Record):
    """A class and its probability."""

    label: str
    probability: float
    index: int | None = None
    synset: str | None = None


class ImagePrediction(Record):
    """The prediction for one image, best class first."""

    source: str
    answers: list[Score]
    note: str
    error: str | None = None


class PredictAnswer(Record):
    """Predictions in the order of the images."""

    predictions: list[ImagePrediction]


class Health(Record):
    """State of the service: `stopping` once it has received SIGTERM; then the status is 503."""

    status: Literal["ready", "stopping"]


class ModelCard(Record):
    """Facts about the model that is served."""

    architecture: str
    input: list[int]
    classes: int
    labels: list[str]
    preprocessing: Any
    results: Any
    engine: str
    level: str
    max_batch: int
