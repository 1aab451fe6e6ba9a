"""From an architecture, a data set and a recipe to a run, and from a run folder onwards.

Only the training and the validation split are opened here; the test split is for `evaluate`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import nn

from convscope import data as datasets
from convscope.arch import Architecture, Chain, trace
from convscope.data import DataSet, Loader
from convscope.errors import DataError, InputError, StorageError
from convscope.layers import CenterCrop, Normalize, Resize
from convscope.network import Card, ModelFile, build, build_block, initialise, save_model
from convscope.network.file import MODEL_NAME
from convscope.shapes import CHW
from convscope.storage import write_json
from convscope.training import guard
from convscope.training.events import Event, Finished, Note
from convscope.training.job import Job
from convscope.training.loop import train
from convscope.training.recipe import Recipe
from convscope.training.run import RESULTS, DataRecord, Run, environment

WIDEST_BORDER = 0.25  # images up to this much smaller get a border; smaller ones are enlarged


def never() -> bool:
    """Nobody asks to stop."""
    return False


def start(
    architecture: Architecture,
    data: DataSet,
    recipe: Recipe,
    folder: Path,
    *,
    device: str = "cpu",
    stop_requested: Callable[[], bool] = never,
) -> Iterator[Event]:
    """Train in a new run folder. What cannot work is refused here, before the first event.

    Raises:
        InputError: the folder is taken; classes or channels do not fit.
        TrainingError: the batch does not fit the data or the network.
    """
    job = make_job(architecture, data, recipe, device=device)
    record = DataRecord(name=data.name, fingerprint=data.fingerprint(), classes=tuple(data.classes))
    run = Run.create(folder, architecture, recipe, record)
    return _events(job, run, data, None, stop_requested, [])


def resume(
    folder: Path,
    *,
    data: DataSet | None = None,
    epochs: int | None = None,
    generation: int | None = None,
    device: str = "cpu",
    stop_requested: Callable[[], bool] = never,
) -> Iterator[Event]:
    """Go on with a run: stopped, killed, or finished.

    Args:
        data: the data set, where its name alone does not find it.
        epochs: train longer than the recipe said. The schedule is that of the new
            length from here on; what was trained already stays as it is.
        generation: the checkpoint to go on from, in place of the newest; 0 begins anew.

    Raises:
        InputError: not a run folder, no such checkpoint.
        FormatError: a damaged file; says how to go on from the older checkpoint.
        DataError: the data are not those that the run began with.
        StorageError: another process trains in the folder.
    """
    run = Run.open(folder)
    try:
        data = data if data is not None else datasets.open(run.data.name)
        if (found := data.fingerprint()) != run.data.fingerprint:
            raise DataError(
                f"the data {data.name!r} changed: fingerprint {found[:16]}...",
                expected=f"{run.data.fingerprint[:16]}..., with which the run began",
                fix="bring the old data back, or train in a new folder",
                where=str(folder),
            )
        recipe = run.recipe
        if epochs is not None and epochs < recipe.epochs:
            raise InputError(
                f"epochs={epochs}, and the run is of {recipe.epochs}",
                expected=f"{recipe.epochs} or more",
                fix="to end earlier, stop the run, or train in a new folder",
            )
        if epochs is not None:
            recipe = recipe.override([f"epochs={epochs}"])
        job = make_job(run.architecture, data, recipe, device=device)
        if recipe != run.recipe:
            run.replace_recipe(recipe)
    except BaseException:
        run.close()
        raise
    return _events(job, run, data, generation, stop_requested, run.unlike_before())


def make_job(
    architecture: Architecture, data: DataSet, recipe: Recipe, *, device: str = "cpu"
) -> Job:
    """Build and initialise everything that training needs in memory."""
    if len(data.classes) != architecture.num_classes:
        raise InputError(
            f"{data.name} has {len(data.classes)} classes, "
            f"{architecture.name} answers with {architecture.num_classes}",
            fix=f"load the architecture with num_classes={len(data.classes)}",
        )
    training, validation = data.split("train"), data.split("val")
    guard.check_batch(architecture, batch_size=recipe.batch_size, training_samples=len(training))
    network = build(architecture, seed=recipe.seed)
    initialise(network, recipe.init, seed=recipe.seed)
    preprocessing = _of_this_size(preprocessing_of(architecture, data), data.shape)
    place = guard.device_of(device)
    network = network.to(device=place, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Job(
        network=network,
        preprocessing=preprocessing.to(place),
        batches=Loader(
            training,
            batch_size=recipe.batch_size,
            seed=recipe.seed,
            augment=recipe.augment,
            device=device,
        ),
        validation=validation,
        classes=tuple(data.classes),
        training_samples=len(training),
        device=place,
    )


def _of_this_size(preprocessing: Chain, shape: CHW) -> nn.Module:
    """The module of a preprocessing for images that all have one size.

    A Resize that changes nothing is left out: it would only turn bytes into floats earlier,
    and the border would then be put around four times as many bytes. The numbers are the same.
    """
    steps = trace(preprocessing, shape).steps
    idle = {
        step.path
        for step in steps
        if isinstance(step.operation, Resize) and step.input_shapes[0] == step.output_shape
    }
    kept = {name: part for name, part in preprocessing.blocks.items() if name not in idle}
    return build_block(Chain(**kept), shape)


def preprocessing_of(architecture: Architecture, data: DataSet) -> Chain:
    """From raw pixels of any size to the network's input, in layers that travel in the model.

    Images a little smaller than the input get a black border (MNIST's 28 to LeNet-5's 32, as in
    the paper); all others are resized.
    """
    want, have = architecture.input, data.shape
    if want.channels != have.channels:
        raise InputError(
            f"{data.name} has {have.channels} channels, {architecture.name} takes {want.channels}",
            fix="load the architecture with another input, or use other data",
        )
    size, border = (want.height, want.width), (have.height, have.width)
    near = all((1 - WIDEST_BORDER) * w <= h < w for h, w in zip(border, size, strict=True))
    normalise = Normalize(data.mean, data.std)
    if near:
        return Chain(resize=Resize(border), border=CenterCrop(size), normalise=normalise)
    return Chain(resize=Resize(size), normalise=normalise)


def _events(
    job: Job,
    run: Run,
    data: DataSet,
    generation: int | None,
    stop_requested: Callable[[], bool],
    notes: list[str],
) -> Iterator[Event]:
    def finish(network: nn.Module, finished: Finished) -> None:
        _write_model(job, run, data, network, finished)

    with run:
        for message in notes:
            yield Note(message=message)
        yield from train(
            job, run, generation=generation, finish=finish, stop_requested=stop_requested
        )


def _write_model(job: Job, run: Run, data: DataSet, network: nn.Module, finished: Finished) -> None:
    """`model.safetensors` and `results.json`: whole, or as they were before."""
    validation = job.measure(network)
    results = {f"{data.name} validation": validation.model_dump(mode="json")}
    card = Card(
        architecture=run.architecture,
        labels=tuple(data.classes),
        preprocessing=preprocessing_of(run.architecture, data),
        results=results,
        provenance={
            "made_by": "convscope train",
            "data": {"name": data.name, "fingerprint": run.data.fingerprint},
            "recipe": run.recipe.model_dump(mode="json"),
            "steps": finished.step,
            "kept_epoch": finished.kept_epoch,
            "environment": environment(),
        },
    )
    weights = {name: value.detach().cpu() for name, value in network.state_dict().items()}
    try:
        save_model(run.folder / MODEL_NAME, ModelFile(card, weights))
        write_json(run.folder / RESULTS, results)
    except StorageError as error:
        raise StorageError(
            error.given,
            fix=f"{error.fix or 'look at the disk'}; resuming the run writes the model again",
            where=error.where,
        ) from error
