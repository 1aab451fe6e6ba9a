"""Bodies and answers of the routes of training."""

from typing import Annotated, Any, Literal

from pydantic import Field

from convscope.record import Record
from convscope.training.watching.records import About, FrameInfo, Predictions, Statistics

Text = Annotated[str, Field(max_length=4_096)]
Name = Annotated[str, Field(max_length=64)]


class Setup(Record):
    """Network, data and recipe of a run.

    Attributes:
        network: a zoo name, `networks/NAME.json`, a model to fine-tune (`name@weights`, a file, a
            run), or the id of a run.
        data: a name or a path, as on the command line, or an id of the list of data sets.
        recipe: None for the one that fits best.
        settings: that differ from the recipe, as {"schedule.type": "Cosine"}.
        input: size of the network's input, as "3x96x96"; "" for its own.
    """

    network: Text
    data: Text
    recipe: Text | None = None
    settings: dict[str, Any] = {}
    input: Annotated[str, Field(max_length=40)] = ""


class Start(Setup):
    """A run to start. `name`: of the run folder; "" chooses one."""

    name: Annotated[str, Field(max_length=200)] = ""
    watch: bool = True


class LrRangeSetup(Setup):
    """A learning rate range test."""

    low: Annotated[float, Field(gt=0, le=1e6)] = 1e-6
    high: Annotated[float, Field(gt=0, le=1e6)] = 10.0
    steps: Annotated[int, Field(ge=10, le=100_000)] | None = None


class Resume(Record):
    """Settings of a resumed run. `epochs`: train for more than the recipe says."""

    watch: bool = True
    epochs: Annotated[int, Field(gt=0, lt=2**31)] | None = None


class RecipeEntry(Record):
    """A recipe of the list.

    Attributes:
        measured: the claim of its docstring.
        chosen: whether it is used by default for the network and the data.
    """

    name: str
    summary: str
    measured: str
    data: str
    chosen: bool


class Recipes(Record):
    """All recipes. `reason`: a sentence on why one is chosen."""

    recipes: tuple[RecipeEntry, ...]
    reason: str


class Measured(Record):
    """Seconds of a training step: the median, and the range of the steps that were timed.

    Attributes:
        validation_s: of a validation; None where it was not timed.
        steps: how many were timed.
        source: where the figures come from, in words.
    """

    step_s: float
    low_s: float
    high_s: float
    validation_s: float | None = None
    steps: int
    source: str


class Schedule(Record):
    """Learning rate at some steps, counted from 0; straight lines between them."""

    step: tuple[int, ...]
    lr: tuple[float, ...]


class TrainingPlan(Record):
    """A run before it starts, as far as it can be planned.

    Attributes:
        recipe: its name.
        usual: the settings of the recipe alone; `resolved` with the changes.
        faults: sentences by field: "network", "data", "input", "recipe", or a setting.
        notes: what was decided, resized or replaced.
        reason: why this recipe.
        memory: bytes of a training step: activations, weights, gradients, optimiser.
        class_counts: training images of each class.
        estimate: of earlier measurements; None without one.
        command: the command line that does the same.
    """

    recipe: str
    usual: dict[str, Any]
    resolved: dict[str, Any]
    faults: dict[str, str]
    notes: tuple[str, ...]
    reason: str
    architecture: str
    parameters: int
    memory: int
    steps_per_epoch: int
    total_steps: int
    training_samples: int
    validation_samples: int
    classes: tuple[str, ...]
    class_counts: tuple[int, ...]
    schedule: Schedule
    estimate: Measured | None
    command: str


RunState = Literal["running", "stopped", "finished", "failed", "damaged"]


class TrainingRun(Record):
    """A run, as `convscope runs --json` describes it.

    Attributes:
        folder: relative to the workspace.
        changed: the time of the last event, ISO 8601.
        message: why it failed, or cannot be read.
        watched: whether it holds figures of its layers.
    """

    id: str
    name: str
    folder: str
    state: RunState
    architecture: str
    data: str
    parameters: int | None
    epochs: int
    epochs_done: int
    validation_accuracy: float | None
    validation_loss: float | None
    test_accuracy: float | None
    time_s: float
    changed: str | None
    precision: str
    settings: dict[str, Any]
    message: str
    watched: bool


class TrainingRuns(Record):
    """All runs of the workspace."""

    runs: tuple[TrainingRun, ...]


class History(Record):
    """Events of a run: a part of `events.jsonl`, in bytes.

    Attributes:
        start: offset of the first event; JSON has it as `from`. 0 after a file that was cut.
        to: where the next reading starts.
        events: lines; of very many steps some are left out, evenly.
        seconds: of training at the events of the type Step, in their order.
    """

    start: Annotated[int, Field(alias="from")]
    to: int
    events: tuple[dict[str, Any], ...]
    seconds: tuple[float | None, ...]


class Watched(Record):
    """Content of a watched run: the newest figures, the handful, and the list of frames.

    Attributes:
        about: None for a run that was never watched.
    """

    about: About | None
    statistics: Statistics | None
    predictions: tuple[Predictions, ...]
    frames: tuple[FrameInfo, ...]
