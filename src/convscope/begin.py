"""Beginning a run by names: architecture, data and recipe found, trained, and reported on.

The one place where a run is put together; the command line, the demo and `convscope.train`
all begin here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from convscope import data as datasets
from convscope import recipes, zoo
from convscope.arch import Architecture
from convscope.data import DataSet
from convscope.errors import FormatError
from convscope.evaluate import Evaluation
from convscope.model import Model
from convscope.model import open as open_model
from convscope.report import Names, gather, of_run, write
from convscope.storage import open_file
from convscope.training import Event, Finished, Recipe, resume, start
from convscope.training.start import never

REPORT = "report.html"


@dataclass(frozen=True)
class Plan:
    """What is going to be trained, on what, how and where."""

    architecture: Architecture
    data: DataSet
    recipe: Recipe
    recipe_name: str
    folder: Path


def plan(
    architecture: str | Architecture,
    data: str | DataSet,
    *,
    recipe: str | Recipe | None = None,
    settings: Sequence[str] = (),
    out: Path | str | None = None,
) -> Plan:
    """Find everything by name.

    Args:
        architecture: a name of the zoo, a JSON file, or the thing itself. By name it is loaded
            with the number of classes and of channels that the data have, where it allows that.
        recipe: a name, a JSON file, the thing itself, or None for the one that fits best.
        settings: replacements, as `lr=0.1`.
        out: the run's folder; by default a new one, runs/<architecture>-<data>-<number>.

    Raises:
        InputError: no such name (with the nearest ones), or a setting that does not fit.
    """
    opened = datasets.open(data) if isinstance(data, str) else data
    found = _architecture(architecture, opened)
    named, chosen = _recipe(recipe, found.name, opened.name)
    folder = Path(out) if out is not None else _new_folder(f"{found.name}-{opened.name}")
    return Plan(found, opened, chosen.override(settings), named, folder)


def _architecture(given: str | Architecture, data: DataSet) -> Architecture:
    if isinstance(given, Architecture):
        return given
    found = zoo.find(given)
    classes, channels = len(data.classes), data.shape.channels
    if (found.num_classes, found.input.channels) == (classes, channels):
        return found
    return zoo.find(
        given,
        num_classes=classes if classes != found.num_classes else None,
        input=found.input._replace(channels=channels) if channels != found.input.channels else None,
    )


def _recipe(given: str | Recipe | None, architecture: str, data: str) -> tuple[str, Recipe]:
    if isinstance(given, Recipe):
        return "given", given
    if given is not None and given.endswith(".json"):
        try:
            with open_file(Path(given)) as file:
                text = file.read()
        except OSError as error:
            raise FormatError(f"cannot be read: {error.strerror}", where=given) from None
        return given, Recipe.from_json(text, where=given)
    name = given or recipes.choose(architecture, data)
    return name, recipes.load_recipe(name)


def _new_folder(name: str) -> Path:
    number = 1
    while (folder := Path("runs") / f"{name}-{number}").exists():
        number += 1
    return folder


def train(
    architecture: str | Architecture,
    data: str | DataSet,
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
    planned: Plan, *, device: str = "cpu", stop_requested: Callable[[], bool] = never
) -> Iterator[Event]:
    """Carry out a plan; see `train`."""
    events = start(
        planned.architecture,
        planned.data,
        planned.recipe,
        planned.folder,
        device=device,
        stop_requested=stop_requested,
    )
    return _reported(events, planned.folder, planned.data)


def go_on(
    folder: Path | str,
    *,
    epochs: int | None = None,
    generation: int | None = None,
    device: str = "cpu",
    stop_requested: Callable[[], bool] = never,
) -> Iterator[Event]:
    """Go on with a run; see `convscope.training.resume`."""
    events = resume(
        Path(folder),
        epochs=epochs,
        generation=generation,
        device=device,
        stop_requested=stop_requested,
    )
    return _reported(events, Path(folder), None)


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
    opened = data or datasets.open(str(found.card.provenance["data"]["name"]))
    figures = evaluation or found.evaluate(opened, split=split)
    page = folder / REPORT
    return write_page(page, found, opened, split=split, evaluation=figures, run=folder)


def write_page(
    path: Path,
    model: Model,
    data: str | DataSet,
    *,
    split: str,
    evaluation: Evaluation,
    run: Path | None = None,
) -> Path:
    """Write the report of an evaluation.

    Args:
        run: the folder that the model comes from; its curves and its recipe are shown too.
    """
    opened = datasets.open(data) if isinstance(data, str) else data
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
