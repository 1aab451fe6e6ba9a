"""Plan, start and resume runs by the names of architecture, data and recipe.

The command line, the demo and `convscope.train` all start here. What a run consists of is in
`convscope.training`; this module adds names, loggers and the report.
"""

import contextlib
import os
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from convscope import data as datasets
from convscope import recipes, zoo
from convscope.arch import Architecture
from convscope.arch.limits import LIMITS
from convscope.data import DataSet
from convscope.data.converted import blank_notes, decoding_notes
from convscope.data.loading.photos import PhotoLoader
from convscope.errors import ConvscopeError, InputError, shortened
from convscope.io.storage import read_bytes
from convscope.machine.cpus import use_threads
from convscope.machine.devices import AUTO, choose_device
from convscope.model import Model, notes_of
from convscope.network import ModelFile
from convscope.opening import open as open_model
from convscope.opening import with_weights
from convscope.report import write_report
from convscope.shapes import CHW, InputSize, input_size
from convscope.training.loggers.base import Logger, with_loggers
from convscope.training.loggers.csv_file import CsvLogger
from convscope.training.loggers.tensorboard import TensorBoardLogger, has_tensorboard
from convscope.training.prepare import make_job, resizing_note
from convscope.training.pretrained import Pretrained, as_read, initial_model
from convscope.training.process import Process
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.settings import Settings, merged
from convscope.training.run.events import Event, Finished, Note
from convscope.training.start import RunEvents
from convscope.training.start import resume as resume_run
from convscope.training.start import start as start_run
from convscope.zoo.json_file import with_input_size

if TYPE_CHECKING:
    from convscope.training.lr_range import LrRange
    from convscope.weights.external import Labels

REPORT = "report.html"
LoggerName = Literal["tensorboard"]
LOGGERS: dict[str, Callable[[Path], Logger]] = {"tensorboard": TensorBoardLogger}
FEWEST_STEPS = 4  # per epoch, where a recipe is chosen automatically


class Weights(NamedTuple):
    """Weights of others to start from, and the names of their classes."""

    path: Path | str
    labels: "Labels | None" = None


@dataclass(frozen=True)
class Plan:
    """Plan of a run: architecture, data and recipe.

    Attributes:
        out: the run folder; None for a new one under runs/.
        pretrained: the trained model to start from.
        notes: automatic decisions that the user should know.
    """

    architecture: Architecture
    data: DataSet
    recipe: Recipe
    recipe_name: str
    out: Path | None = None
    pretrained: Pretrained | None = None
    notes: tuple[str, ...] = ()


def plan(
    architecture: str | Architecture,
    data: str | Path | DataSet,
    *,
    recipe: str | Recipe | None = None,
    lr: float | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    input: InputSize | None = None,
    settings: Settings | None = None,
    varied: Collection[str] = (),
    out: Path | str | None = None,
    weights: Weights | None = None,
) -> Plan:
    """Find architecture, data and recipe by name.

    Args:
        architecture: a zoo name, a JSON file, or an `Architecture`. By name it is loaded with the
            classes and channels of the data, where it allows that. Or a trained model to start
            from: a model file, a run folder, `name@weights`.
        recipe: a name, a JSON file, a `Recipe`, or None for the one that fits best.
        lr, epochs, batch_size, seed: instead of the recipe's.
        input: size of the network's input, where the architecture allows another: "3x96x96",
            (3, 96, 96) or CHW.
        settings: further overrides of the recipe, as {"optimiser.momentum": 0.95}; or texts, as
            on the command line.
        varied: settings that a sweep decides.
        out: the run folder; by default a new one, runs/<architecture>-<data>-<number>.
        weights: a file of weights for the architecture, to start from.

    Raises:
        InputError: no such name (with the nearest ones), or a setting that does not fit.
    """
    named = {"lr": lr, "epochs": epochs, "batch_size": batch_size, "seed": seed}
    overrides = merged(settings or {}, named)
    if twice := sorted(set(varied) & set(overrides)):
        raise InputError(
            f"{twice[0]} is varied, and set to {shortened(overrides[twice[0]])}",
            fix="leave out one of them",
        )
    size = None if input is None else input_size(input)
    dataset = datasets.open(data) if isinstance(data, str | Path) else data
    pretrained = _pretrained(architecture, weights)
    changed: list[str] = []
    if pretrained is not None:
        network = pretrained.architecture_for(dataset)
        _check_own_size(network, size)
    else:
        network, changed = _architecture(architecture, dataset, size)
    dataset, changes = as_read(dataset, network, pretrained.file.card if pretrained else None)
    default = recipes.FINE_TUNE if pretrained and recipe is None else recipe
    name, chosen = _recipe(default, network.name, dataset)
    notes = [
        *datasets.opening_notes(dataset),
        *datasets.leakage_notes(dataset),
        *decoding_notes(dataset),
        *(() if pretrained else blank_notes(dataset)),
        *changed,
        *changes,
        *filter(None, [resizing_note(network, dataset)]),
        *(_note(pretrained, dataset) if pretrained else []),
    ]
    if recipe is None and "batch_size" not in {*varied, *overrides}:
        chosen, more = _for_few_images(chosen, len(dataset.split("train")))
        notes += more
    chosen = chosen.override(overrides)
    folder = None if out is None else Path(out)
    return Plan(network, dataset, chosen, name, folder, pretrained, tuple(notes))


def _pretrained(name: str | Architecture, weights: Weights | None) -> Pretrained | None:
    """Return the trained model to start from; None for an architecture without weights."""
    if weights is not None:
        model = with_weights(name, weights.path, labels=weights.labels, any_head=True)
        return _started_from(Path(weights.path).name, model)
    if isinstance(name, Architecture) or name in zoo.list_architectures():
        return None
    is_file = os.path.isfile(name) and not name.lower().endswith(".json")
    if (
        "@" not in name
        and not name.endswith(".safetensors")
        and not (is_file or os.path.isdir(name))
    ):
        return None
    shown = Path(name).resolve().name if os.path.exists(name) else name
    return _started_from(shown, open_model(name))


def _started_from(name: str, model: Model) -> Pretrained:
    weights, fitted = model.network.state_dict(), model.preprocessing.state_dict()
    return Pretrained(name, ModelFile(model.card, dict(weights), dict(fitted)))


def _note(pretrained: Pretrained, data: DataSet) -> list[str]:
    notes = list(notes_of(pretrained.file.card))
    if pretrained.same_classes(data):
        return [*notes, f"starting from {pretrained.name}: same classes, so the last layer is kept"]
    return [
        *notes,
        f"starting from {pretrained.name}: the last layer is replaced by one with "
        f"{len(data.classes)} classes",
    ]


def _for_few_images(recipe: Recipe, num_images: int) -> tuple[Recipe, list[str]]:
    """Reduce the batch size of an automatic recipe so that an epoch has some steps."""
    most = 1 << max(1, (num_images // FEWEST_STEPS).bit_length() - 1)
    if recipe.batch_size <= most or num_images < 2:
        return recipe, []
    size = recipe.batch_size
    note = f"only {num_images} training images: using batch_size {most} instead of {size}"
    return recipe.override([f"batch_size={most}"]), [note]


def _check_own_size(architecture: Architecture, size: CHW | None) -> None:
    """Check that a trained model keeps its input size, for which its preprocessing is made."""
    if size not in (None, architecture.input):
        raise InputError(
            f"an input of {size} for a trained model",
            expected=f"{architecture.input}, the input that it was trained with",
            fix="leave out the input size, or train an architecture from the beginning",
        )


def _architecture(
    name: str | Architecture, data: DataSet, size: CHW | None
) -> tuple[Architecture, list[str]]:
    """Return the architecture with the classes and channels of the data, and notes on changes.

    Args:
        size: input that the user asks for.
    """
    if isinstance(name, Architecture):
        return with_input_size(name, size), []
    own = zoo.find(name)
    classes, channels = len(data.classes), data.channels
    input = own.input._replace(channels=channels) if channels != own.input.channels else None
    input = input if size is None else size
    if classes == own.num_classes and input is None:
        return own, []
    num_classes = classes if classes != own.num_classes else None
    network = zoo.find(name, num_classes=num_classes, input=input)
    if name in zoo.list_architectures():
        return network, []
    notes = [f"{name}: {classes} classes in place of {own.num_classes}"] if num_classes else []
    notes += [f"{name}: input {input} in place of {own.input}"] if input and not size else []
    return network, [f"{note}, as the data have them" for note in notes]


def _recipe(recipe: str | Recipe | None, architecture: str, data: DataSet) -> tuple[str, Recipe]:
    if isinstance(recipe, Recipe):
        return "given", recipe
    if recipe is None:
        num_images = len(data.split("train"))
        recipe = recipes.choose(architecture, data.name, shape=data.shape, num_images=num_images)
    if not recipe.lower().endswith(".json") and not os.path.isfile(recipe):
        return recipe, recipes.load_recipe(recipe)
    text = read_bytes(Path(recipe), most=LIMITS.json_bytes)
    return recipe, Recipe.from_json(text, where=recipe)


def train(
    architecture: str | Architecture,
    data: str | Path | DataSet,
    *,
    recipe: str | Recipe | None = None,
    lr: float | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    input: InputSize | None = None,
    settings: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    weights: Path | str | None = None,
    device: str = AUTO,
    workers: int | None = None,
    threads: int | None = None,
) -> RunEvents:
    """Train in a new run folder and yield events. Break out of the loop to stop.

    Mistakes are reported at once, before the first event. Decisions about the data are the first
    events (`Note`). At the end `events.folder` holds the
    model and a report on the validation split.

    Args:
        architecture, data: names, files, or objects; see `plan`.
        recipe: a name, a JSON file, a `Recipe`, or None for the one that fits best.
        lr, epochs, batch_size, seed: instead of the recipe's.
        input: size of the network's input: "3x96x96", (3, 96, 96) or CHW.
        settings: further overrides of the recipe, as {"optimiser.momentum": 0.95}.
        out: the run folder; by default a new one under runs/.
        weights: a file of PyTorch, timm, Keras or convscope to start from.
        device: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1" ...
        workers: processes that decode photos; 0 decodes in this process.
        threads: CPU threads of PyTorch.

    Raises: as `plan`, and the errors that end training.
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise InputError(
            f"settings={shortened(settings)}",
            expected='names and values, as {"optimiser.momentum": 0.95}',
            fix="lr=, epochs=, batch_size=, seed= and input= are arguments of their own",
        )
    use_threads(threads)
    choice = choose_device(device)
    planned = plan(
        architecture,
        data,
        recipe=recipe,
        lr=lr,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        input=input,
        settings=settings,
        out=out,
        weights=None if weights is None else Weights(weights),
    )
    from convscope.notebook.live import StopButton, watched

    stop = StopButton()
    process = Process(device=choice.name, workers=workers, stop_requested=stop)
    events = start(planned, process=process)
    notes = (*planned.notes, *([choice.note] if choice.note else []))
    source = watched(_noted(notes, events), events.folder, stop)
    return RunEvents(events.folder, events.data, source, events.evaluations)


def _noted(notes: Sequence[str], events: RunEvents) -> Generator[Event, None, None]:
    """Yield the notes of a plan, then the events."""
    with contextlib.closing(events):
        for note in notes:
            yield Note(message=note)
        yield from events


def start(
    planned: Plan, *, loggers: Sequence[LoggerName] = (), process: Process = Process()
) -> RunEvents:
    """Start a planned run; see `train`.

    Args:
        loggers: other formats of the events besides `events.csv`.
        process: device, ranks, and when to stop.
    """
    _check_loggers(loggers)
    events = start_run(
        planned.architecture,
        planned.data,
        planned.recipe,
        planned.out,
        pretrained=planned.pretrained,
        process=process,
    )
    return _with_report_and_loggers(events, loggers, process)


def resume(
    folder: Path | str,
    *,
    data: str | Path | DataSet | None = None,
    accept_changed_data: bool = False,
    epochs: int | None = None,
    generation: int | None = None,
    loggers: Sequence[LoggerName] = (),
    process: Process = Process(),
) -> RunEvents:
    """Resume a run, see `convscope.training.resume`. Its loggers continue."""
    if has_tensorboard(Path(folder)) and "tensorboard" not in loggers:
        loggers = [*loggers, "tensorboard"]
    _check_loggers(loggers)
    events = resume_run(
        Path(folder),
        data=data,
        accept_changed_data=accept_changed_data,
        epochs=epochs,
        generation=generation,
        process=process,
    )
    return _with_report_and_loggers(events, loggers, process)


def lr_range(
    planned: Plan,
    *,
    low: float,
    high: float,
    steps: int | None = None,
    process: Process = Process(),
) -> "LrRange":
    """Run the learning rate range test of a plan, see `training.lr_range`. Writes nothing."""
    from convscope.training.lr_range import lr_range_test

    architecture, data, recipe = planned.architecture, planned.data, planned.recipe
    initial = initial_model(planned.pretrained, data, recipe) if planned.pretrained else None
    job = make_job(architecture, data, recipe, initial=initial, process=process)
    stop = process.stop_requested
    try:
        return lr_range_test(job, recipe, low=low, high=high, steps=steps, stop_requested=stop)
    finally:
        if isinstance(job.batches, PhotoLoader):
            job.batches.close()  # its workers


def _check_loggers(names: Sequence[LoggerName]) -> None:
    """Check that the packages of the loggers are installed, before a folder is created."""
    for name in names:
        LOGGERS[name](Path())


def _with_report_and_loggers(
    events: RunEvents, loggers: Sequence[LoggerName], process: Process
) -> RunEvents:
    """Add report and loggers to the events of rank 0."""
    if process.group.rank:
        return events
    writers = [CsvLogger(events.folder), *(LOGGERS[name](events.folder) for name in loggers)]
    source = with_loggers(_with_report(events), writers)
    return RunEvents(events.folder, events.data, source, events.evaluations)


def _with_report(events: RunEvents) -> Generator[Event, None, None]:
    """Write the report before the last event. If that fails, the run is still complete."""
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, Finished) and events.evaluation is not None:
                try:
                    write_report(
                        events.folder / REPORT,
                        open_model(events.folder),
                        events.data,
                        split="val",
                        evaluation=events.evaluation,
                        run=events.folder,
                    )
                except Exception as error:
                    shown = error if isinstance(error, ConvscopeError) else repr(error)
                    yield Note(message=f"warning: {REPORT} was not written: {shown}")
            yield event
