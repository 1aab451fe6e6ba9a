"""Beginning a run by names: architecture, data and recipe found, trained, and reported on.

The one place where a run is put together; the command line, the demo and `convscope.train`
all begin here.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from convscope import data as datasets
from convscope import recipes, zoo
from convscope.arch import Architecture
from convscope.data import DataSet
from convscope.distributed import SINGLE_PROCESS, Group
from convscope.errors import FormatError
from convscope.evaluate import Evaluation
from convscope.io.storage import open_file
from convscope.model import Model
from convscope.model import open as open_model
from convscope.network import ModelFile
from convscope.report import Names, gather, of_run, write
from convscope.training import Event, Finished, Recipe, make_job, resume
from convscope.training.loggers.base import Logger, with_loggers
from convscope.training.loggers.csv_file import CsvLogger
from convscope.training.loggers.tensorboard import TensorBoardLogger, has_tensorboard
from convscope.training.lr_range import LrRange, lr_range
from convscope.training.pretrained import Pretrained, initial_model
from convscope.training.run_folder import recorded_data
from convscope.training.start import never, start

REPORT = "report.html"
LoggerName = Literal["tensorboard"]
LOGGERS: dict[str, Callable[[Path], Logger]] = {"tensorboard": TensorBoardLogger}
STEPS_AN_EPOCH = 4  # at least, where a recipe is chosen for the user


@dataclass(frozen=True)
class Plan:
    """What is going to be trained, on what, how and where.

    Attributes:
        base: the trained model that it starts from.
        notes: what was decided without being asked.
    """

    architecture: Architecture
    data: DataSet
    recipe: Recipe
    recipe_name: str
    folder: Path
    base: Pretrained | None = None
    notes: tuple[str, ...] = ()


def plan(
    architecture: str | Architecture,
    data: str | Path | DataSet,
    *,
    recipe: str | Recipe | None = None,
    settings: Sequence[str] = (),
    out: Path | str | None = None,
) -> Plan:
    """Find everything by name.

    Args:
        architecture: a name of the zoo, a JSON file, or the thing itself. By name it is loaded
            with the number of classes and of channels that the data have, where it allows that.
            Or a trained model to start from: a model file, a run's folder, `name@weights`.
        recipe: a name, a JSON file, the thing itself, or None for the one that fits best.
        settings: replacements, as `lr=0.1`.
        out: the run's folder; by default a new one, runs/<architecture>-<data>-<number>.

    Raises:
        InputError: no such name (with the nearest ones), or a setting that does not fit.
    """
    opened = datasets.open(data) if isinstance(data, str | Path) else data
    base = _base(architecture) if isinstance(architecture, str) else None
    found = base.architecture_for(opened) if base else _architecture(architecture, opened)
    default = recipes.FINE_TUNE if base and recipe is None else recipe
    named, chosen = _recipe(default, found.name, opened)
    notes = [*datasets.opening_notes(opened), *(_starts_from(base, opened) if base else [])]
    if recipe is None:
        chosen, more = _for_few_images(chosen, len(opened.split("train").labels_N))
        notes += more
    chosen = chosen.override(settings)
    folder = Path(out) if out is not None else _new_folder(f"{found.name}-{opened.name}")
    return Plan(found, opened, chosen, named, folder, base, tuple(notes))


def _base(given: str) -> Pretrained | None:
    """The trained model of that name; None where it names an architecture."""
    place = Path(given)
    if given in zoo.list_architectures() or given.endswith(".json"):
        return None
    is_folder = os.path.isdir(given)  # unlike pathlib's, False for a name that cannot be
    if "@" not in given and place.suffix != ".safetensors" and not is_folder:
        return None
    model = open_model(given)
    name = place.resolve().name if os.path.exists(given) else given
    weights, fitted = model.network.state_dict(), model.preprocessing.state_dict()
    return Pretrained(name, ModelFile(model.card, dict(weights), dict(fitted)))


def _starts_from(base: Pretrained, data: DataSet) -> list[str]:
    if base.same_classes(data):
        return [f"starts from {base.name}; the classes are its own, so its classifier is kept"]
    count = len(data.classes)
    return [f"starts from {base.name}; its last layer is made anew for {count} classes"]


def _for_few_images(recipe: Recipe, num_images: int) -> tuple[Recipe, list[str]]:
    """A recipe that nobody named, with a batch small enough for some steps an epoch."""
    most = 1 << max(1, (num_images // STEPS_AN_EPOCH).bit_length() - 1)
    if recipe.batch_size <= most or num_images < 2:
        return recipe, []
    note = f"{num_images} training images: batch_size {most} in place of {recipe.batch_size}"
    return recipe.override([f"batch_size={most}"]), [note]


def _architecture(given: str | Architecture, data: DataSet) -> Architecture:
    if isinstance(given, Architecture):
        return given
    found = zoo.find(given)
    classes, channels = len(data.classes), data.channels
    if (found.num_classes, found.input.channels) == (classes, channels):
        return found
    return zoo.find(
        given,
        num_classes=classes if classes != found.num_classes else None,
        input=found.input._replace(channels=channels) if channels != found.input.channels else None,
    )


def _recipe(given: str | Recipe | None, architecture: str, data: DataSet) -> tuple[str, Recipe]:
    if isinstance(given, Recipe):
        return "given", given
    if given is not None and given.endswith(".json"):
        try:
            with open_file(Path(given)) as file:
                text = file.read()
        except OSError as error:
            raise FormatError(f"cannot be read: {error.strerror}", where=given) from None
        return given, Recipe.from_json(text, where=given)
    name = given or recipes.choose(
        architecture, data.name, shape=data.shape, num_images=len(data.split("train"))
    )
    return name, recipes.load_recipe(name)


def _new_folder(name: str) -> Path:
    number = 1
    while (folder := Path("runs") / f"{name}-{number}").exists():
        number += 1
    return folder


def train(
    architecture: str | Architecture,
    data: str | Path | DataSet,
    *,
    recipe: str | Recipe | None = None,
    settings: Sequence[str] = (),
    out: Path | str | None = None,
    device: str = "cpu",
) -> Iterator[Event]:
    """Train in a new run folder: a generator of events. To stop is to stop asking.

    What cannot work is refused at once, before the first event. At the end the folder holds
    the model and a report on the validation split.

    Raises: as `plan`, and whatever stops a training run.
    """
    planned = plan(architecture, data, recipe=recipe, settings=settings, out=out)
    return run(planned, device=device)


def run(
    planned: Plan,
    *,
    device: str = "cpu",
    group: Group = SINGLE_PROCESS,
    loggers: Sequence[LoggerName] = (),
    stop_requested: Callable[[], bool] = never,
) -> Iterator[Event]:
    """Carry out a plan; see `train`.

    Args:
        group: the ranks that train together; rank 0 alone writes and reports.
        loggers: other forms of the events besides `events.csv`.
    """
    following = _mirrors(planned.folder, loggers)
    events = start(
        planned.architecture,
        planned.data,
        planned.recipe,
        planned.folder,
        base=planned.base,
        device=device,
        group=group,
        stop_requested=stop_requested,
    )
    if group.rank:
        return events
    return with_loggers(_reported(events, planned.folder, planned.data), following)


def go_on(
    folder: Path | str,
    *,
    data: DataSet | None = None,
    epochs: int | None = None,
    generation: int | None = None,
    device: str = "cpu",
    group: Group = SINGLE_PROCESS,
    loggers: Sequence[LoggerName] = (),
    stop_requested: Callable[[], bool] = never,
) -> Iterator[Event]:
    """Go on with a run; see `convscope.training.resume`. Mirrors that it has go on with it."""
    there = {*loggers, *(["tensorboard"] if has_tensorboard(Path(folder)) else [])}
    following = _mirrors(Path(folder), sorted(there))
    events = resume(
        Path(folder),
        data=data,
        epochs=epochs,
        generation=generation,
        device=device,
        group=group,
        stop_requested=stop_requested,
    )
    if group.rank:
        return events
    return with_loggers(_reported(events, Path(folder), data), following)


def range_test(
    planned: Plan,
    *,
    low: float,
    high: float,
    steps: int | None = None,
    device: str = "cpu",
    stop_requested: Callable[[], bool] = never,
) -> LrRange:
    """The learning rate range test of a plan, see `training.lr_range`. Nothing is written."""
    begin = initial_model(planned.base, planned.data, planned.recipe) if planned.base else None
    architecture, data, recipe = planned.architecture, planned.data, planned.recipe
    job = make_job(architecture, data, recipe, begin=begin, device=device)
    try:
        return lr_range(job, recipe, low=low, high=high, steps=steps, stop_requested=stop_requested)
    finally:
        if isinstance(job.batches, datasets.PhotoLoader):
            job.batches.close()  # its workers


def _mirrors(folder: Path, names: Sequence[str]) -> list[Logger]:
    return [CsvLogger(folder), *(LOGGERS[name](folder) for name in names)]


def _reported(events: Iterator[Event], folder: Path, data: DataSet | None) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Finished):
            write_report(folder, data=data, split="val")
        yield event


def write_report(
    folder: Path,
    *,
    data: DataSet | None = None,
    split: str,
    evaluation: Evaluation | None = None,
    model: Model | None = None,
) -> Path:
    """Write the report of a finished run into its folder.

    Args:
        data: what it was trained on, where the name alone does not find it.
        split: what the figures are measured on; "test" is for the end.
        evaluation, model: where they are at hand already.
    """
    found = model or open_model(folder)
    record = recorded_data(folder)
    opened = data or datasets.open(record.source or record.name)
    figures = evaluation or found.evaluate(opened, split=split)
    page = folder / REPORT
    return write_page(page, found, opened, split=split, evaluation=figures, run=folder)


def write_page(
    path: Path,
    model: Model,
    data: str | Path | DataSet,
    *,
    split: str,
    evaluation: Evaluation,
    run: Path | None = None,
) -> Path:
    """Write the report of an evaluation.

    Args:
        run: the folder that the model comes from; its curves and its recipe are shown too.
    """
    opened = datasets.open(data) if isinstance(data, str | Path) else data
    if run is not None:
        return write(path, of_run(run, model, opened, split=split, evaluation=evaluation))
    content = gather(
        Names(model.architecture.name, opened.name, split),
        network=model.network,
        preprocessing=model.preprocessing,
        split=opened.split(split),
        evaluation=evaluation,
    )
    return write(path, content)
