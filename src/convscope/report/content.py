"""What a report is made of: numbers, words and payloads. It knows no network."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from convscope.evaluate import Evaluation
from convscope.visuals import Curves, ImageGrid, Table

Text = Annotated[str, Field(max_length=2000)]
Count = Annotated[int, Field(ge=0)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Stage(_Record):
    """What one layer answers to the example."""

    path: Text
    type: Text
    output_shape: Text
    maps: ImageGrid


class Example(_Record):
    """One image on its way through the network."""

    index: Count
    """Its place in the split."""
    image: ImageGrid
    """One tile."""
    true: Text
    predicted: Text
    probability: Annotated[float, Field(ge=0, le=1)]
    stages: tuple[Stage, ...]


class Facts(_Record):
    """One block of "how it was made". A known `name` (recipe, seeds, versions, machine, time)
    is translated; names of fields are not.
    """

    name: Text
    rows: tuple[tuple[Text, Text], ...]


class ReportContent(_Record):
    """Everything that one report shows. Parts that are None or empty are left out.

    Titles, series and axes of `curves` that `texts.WORDS` knows (loss, accuracy, learning rate,
    training, validation, epoch, step) are shown in both languages, others as they are.
    """

    network: Text
    dataset: Text
    split: Text
    evaluation: Evaluation
    when: Text = ""
    wall_time_s: Annotated[float, Field(ge=0)] | None = None
    language: Literal["en", "zh"] = "en"
    """The one that is shown first; both are in the file."""
    curves: tuple[Curves, ...] = ()
    kernels: ImageGrid | None = None
    kernels_path: Text = ""
    example: Example | None = None
    mistake_images: ImageGrid | None = None
    """The images of `evaluation.mistakes`, in that order; fewer are fine."""
    layers: Table | None = None
    """Columns: path, type, output shape, parameters, MACs, receptive field."""
    parameters: Count | None = None
    macs: Count | None = None
    made: tuple[Facts, ...] = ()
