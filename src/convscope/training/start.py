"""From an architecture, a data set and a recipe to a run, and from a run folder onwards.

Only the training and the validation split are opened here; the test split is for `evaluate`.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from torch import nn

from convscope import data as datasets
from convscope.arch import Architecture
from convscope.data import DataSet, PhotoLoader
from convscope.distributed import SINGLE_PROCESS, Group
from convscope.errors import DataError, InputError, StorageError
from convscope.io.storage import write_json
from convscope.network import Card, ModelFile, save_model
from convscope.network.model_file import MODEL_NAME, read_card
from convscope.network.safetensors_file import weights_sha256
from convscope.training.data_parallel import check_equal
from convscope.training.environment import Launch, environment, launched
from convscope.training.events import Event, Finished, Note
from convscope.training.job import Job
from convscope.training.loop import train
from convscope.training.no_op_run import NoOpRun
from convscope.training.prepare import make_job, preprocessing_of
from convscope.training.pretrained import START, Pretrained, initial_model, read_initial_model
from convscope.training.recipe.preprocess import read_fitted, write_fitted
from convscope.training.recipe.recipe import Recipe
from convscope.training.run_folder import RECIPE, RESULTS, DataRecord, Run


def never() -> bool:
    """Nobody asks to stop."""
    return False


def start(
    architecture: Architecture,
    data: DataSet,
    recipe: Recipe,
    folder: Path,
    *,
    base: Pretrained | None = None,
    device: str = "cpu",
    group: Group = SINGLE_PROCESS,
    stop_requested: Callable[[], bool] = never,
) -> Iterator[Event]:
    """Train in a new run folder. What cannot work is refused here, before the first event.

    Args:
        base: the trained model to start from; `architecture` is then its network, with the
            classes of the data.
        group: the ranks that train together; only rank 0 writes into the folder.

    Raises:
        InputError: the folder is taken; classes or channels do not fit.
        TrainingError: the batch does not fit the data, the network or the ranks.
    """
    begin = initial_model(base, data, recipe) if base else None
    job = make_job(architecture, data, recipe, begin=begin, device=device, group=group)
    record = DataRecord(
        name=data.name,
        fingerprint=data.fingerprint(),
        classes=tuple(data.classes),
        source=datasets.source_of(data),
    )
    _check_ranks(job, architecture, recipe, record)
    run: Run | NoOpRun
    if group.rank == 0:
        launch = Launch(ranks=group.world_size, run_id=group.ranks.run_id)
        run = Run.create(folder, architecture, recipe, record, start=begin, launch=launch)
        write_fitted(folder, job.preprocessing)
    else:
        run = NoOpRun(folder, architecture, recipe, record)
    return _events(job, run, data, None, stop_requested, [])


def resume(
    folder: Path,
    *,
    data: DataSet | None = None,
    epochs: int | None = None,
    generation: int | None = None,
    device: str = "cpu",
    group: Group = SINGLE_PROCESS,
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
    run = _opened(folder, group)
    try:
        data = data if data is not None else datasets.open(run.data.source or run.data.name)
        if (found := data.fingerprint()) != run.data.fingerprint:
            raise DataError(
                f"the data {data.name!r} changed: fingerprint {found[:16]}...",
                expected=f"{run.data.fingerprint[:16]}..., with which the run began",
                fix="bring the old data back, or train in a new folder",
                where=str(folder),
            )
        recipe = _lengthened(run.recipe, epochs)
        begin = group.broadcast(read_initial_model(folder, recipe) if group.rank == 0 else None)
        fitted = group.broadcast(read_fitted(folder) if group.rank == 0 else None)
        job = make_job(
            run.architecture,
            data,
            recipe,
            begin=begin,
            fitted=fitted,
            device=device,
            group=group,
        )
        _check_ranks(job, run.architecture, recipe, run.data)
        if recipe != run.recipe:
            run.replace_recipe(recipe)
    except BaseException:
        run.close()
        raise
    notes = run.unlike_before(group.world_size) if isinstance(run, Run) else []
    return _events(job, run, data, generation, stop_requested, notes)


def _lengthened(recipe: Recipe, epochs: int | None) -> Recipe:
    """The recipe for so many epochs, its own where None; never for fewer."""
    if epochs is None:
        return recipe
    if epochs < recipe.epochs:
        raise InputError(
            f"epochs={epochs}, and the run is of {recipe.epochs}",
            expected=f"{recipe.epochs} or more",
            fix="to end earlier, stop the run, or train in a new folder",
        )
    return recipe.override([f"epochs={epochs}"])


def _opened(folder: Path, group: Group) -> Run | NoOpRun:
    """The run on rank 0; on the others what it says of itself."""
    run = Run.open(folder) if group.rank == 0 else None
    mine = (run.architecture.to_json(), run.recipe.to_json(), run.data) if run else None
    told = group.broadcast(mine)
    if run is not None:
        return run
    assert told is not None
    return NoOpRun(folder, Architecture.from_json(told[0]), Recipe.from_json(told[1]), told[2])


def is_restart(folder: Path, group: Group) -> bool:
    """The same launcher began this run and now starts its processes anew: it is to go on.

    True after a failure, which any machine's launcher counts, and after machines came or went,
    which none counts: then the name that torchrun gave the whole job is the same.
    """
    failed = max(group.all_gather(group.ranks.restarts)) > 0
    run_id = group.ranks.run_id
    same = bool(run_id) and launched(folder).run_id == run_id
    return group.broadcast((folder / RECIPE).exists() and (failed or same))


def _check_ranks(job: Job, architecture: Architecture, recipe: Recipe, data: DataRecord) -> None:
    """All ranks are about to train the same thing from the same numbers."""
    if job.group.world_size == 1:
        return
    mine = {
        "versions": json.dumps(environment()["packages"]),
        "architecture": architecture.to_json(),
        "recipe": recipe.to_json(),
        "data": data.model_dump_json(exclude={"source"}),  # machines mount a disk where they like
        "start values": weights_sha256(job.network.state_dict()),
    }
    check_equal(mine, job.group)


def _events(
    job: Job,
    run: Run | NoOpRun,
    data: DataSet,
    generation: int | None,
    stop_requested: Callable[[], bool],
    notes: list[str],
) -> Iterator[Event]:
    def finish(network: nn.Module, finished: Finished) -> None:
        _write_model(job, run, data, network, finished)

    try:
        with run:
            for message in notes:
                yield Note(message=message)
            yield from train(
                job, run, generation=generation, finish=finish, stop_requested=stop_requested
            )
    finally:
        if isinstance(job.batches, PhotoLoader):
            job.batches.close()  # its workers


def _write_model(
    job: Job, run: Run | NoOpRun, data: DataSet, network: nn.Module, finished: Finished
) -> None:
    """`model.safetensors` and `results.json`: whole, or as they were before."""
    validation = job.measure(network)
    if isinstance(run, NoOpRun):
        return
    results = {f"{data.name} validation": validation.model_dump(mode="json")}
    begin = read_card(run.folder / START) if (run.folder / START).exists() else None
    base = {"base": begin.provenance.get("base")} if begin else {}
    card = Card(
        architecture=run.architecture,
        labels=tuple(data.classes),
        preprocessing=begin.preprocessing
        if begin
        else preprocessing_of(run.architecture, data, preprocess=run.recipe.preprocess),
        results=results,
        provenance={
            "made_by": "convscope train",
            **base,
            "data": {"name": data.name, "fingerprint": run.data.fingerprint},
            "recipe": run.recipe.model_dump(mode="json"),
            "steps": finished.step,
            "kept_epoch": finished.kept_epoch,
            "environment": environment(),
        },
    )
    weights = {name: value.detach().cpu() for name, value in network.state_dict().items()}
    fitted = {name: value.cpu() for name, value in job.preprocessing.state_dict().items()}
    try:
        save_model(run.folder / MODEL_NAME, ModelFile(card, weights, fitted))
        write_json(run.folder / RESULTS, results)
    except StorageError as error:
        raise StorageError(
            error.given,
            fix=f"{error.fix or 'look at the disk'}; resuming the run writes the model again",
            where=error.where,
        ) from error
