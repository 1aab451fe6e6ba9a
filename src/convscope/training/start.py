"""Start a run from architecture, data and recipe, or resume one from its folder.

Only the training and the validation split are opened; the test split is for `evaluate`.
"""

import atexit
import json
import weakref
from collections.abc import Generator
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from convscope import data as datasets
from convscope.arch import Architecture
from convscope.data import DataSet
from convscope.data.loading.photos import PhotoLoader
from convscope.data.loading.unusable import listing
from convscope.display import Watched
from convscope.distributed import Group
from convscope.errors import InputError, TrainingError
from convscope.evaluate.metrics import Evaluation
from convscope.network import Card, ModelFile
from convscope.network.safetensors_file import weights_sha256
from convscope.training.data_parallel import check_equal
from convscope.training.job import Job
from convscope.training.loop import train
from convscope.training.prepare import make_job
from convscope.training.pretrained import Pretrained, as_read, initial_model, read_initial_model
from convscope.training.process import Process
from convscope.training.recipe.preprocess import read_fitted, write_fitted
from convscope.training.recipe.recipe import Recipe
from convscope.training.result import check_model, write_model
from convscope.training.run.creation import new_folder
from convscope.training.run.data import checked_record, data_of
from convscope.training.run.environment import Launch, environment, launched
from convscope.training.run.events import Event, Finished, Note
from convscope.training.run.files import DataRecord, is_run
from convscope.training.run.folder import Run
from convscope.training.run.no_op import NoOpRun
from convscope.training.validation_check import check_validation
from convscope.training.watching.watcher import UNWATCHED, Watch, Watcher

RUNS = Path("runs")  # where new run folders are created


class RunEvents(Watched, Generator[Event, None, None]):
    """The events of a run while it trains. Closing it stops training and saves a checkpoint.

    Attributes:
        folder: the run folder.
        data: the data set that it trains on.
        evaluation: the kept weights on the validation split; None before the last event.
    """

    def __init__(
        self,
        folder: Path,
        data: DataSet,
        source: Generator[Event, None, None],
        evaluations: list[Evaluation],
    ) -> None:
        self.folder = folder
        self.data = data
        self.evaluations = evaluations
        self._source = source
        atexit.register(_close, weakref.ref(self))

    @property
    def evaluation(self) -> Evaluation | None:
        return self.evaluations[-1] if self.evaluations else None

    def send(self, value: None) -> Event:
        return self._source.send(value)

    def throw(self, *error: Any) -> Event:
        return self._source.throw(*error)

    def close(self) -> None:
        self._source.close()

    def __repr__(self) -> str:
        return f"RunEvents({str(self.folder)!r}): iterate over it to train"


def _close(reference: weakref.ref[RunEvents]) -> None:
    """Close a run that is suspended when the program ends: torch aborts if it outlives it."""
    events = reference()
    if events is not None:
        events.close()


def start(
    architecture: Architecture,
    data: DataSet,
    recipe: Recipe,
    folder: Path | None = None,
    *,
    pretrained: Pretrained | None = None,
    process: Process = Process(),
) -> RunEvents:
    """Train in a new run folder. Mistakes are reported here, before the first event.

    Args:
        folder: the run folder; by default a new one, runs/<architecture>-<data>-<number>.
        pretrained: the trained model to start from; `architecture` is then its network, with the
            classes of the data.

    Raises:
        InputError: the folder holds other files, or lies inside the data; classes, channels or
            settings do not fit.
        TrainingError: the batch does not fit the data, the network or the ranks.
        DataError, FormatError: a class name or a number of classes that no model file holds; a
            validation image that cannot be used.
    """
    group = process.group
    datasets.check_outside(folder or RUNS / f"{architecture.name}-{data.name}-1", data)
    data, _ = as_read(data, architecture, pretrained.file.card if pretrained else None)
    initial = initial_model(pretrained, data, recipe) if pretrained else None
    job = make_job(architecture, data, recipe, initial=initial, process=process)
    record = DataRecord(
        name=data.name,
        fingerprint=data.fingerprint(),
        classes=tuple(data.classes),
        source=datasets.source_of(data),
        options=datasets.options_of(data),
    )
    _check_ranks(job, architecture, recipe, record)
    planned = NoOpRun(folder or RUNS, architecture, recipe, record)
    check_model(job, planned, data, initial.card if initial else None)
    job, notes = _with_checked_images(job, process)
    run: Run | NoOpRun = planned
    if group.rank == 0:
        place = folder or new_folder(RUNS, f"{architecture.name}-{data.name}")
        launch = Launch(ranks=group.world_size, run_id=group.ranks.run_id)
        run = Run.create(place, architecture, recipe, record, start=initial, launch=launch)
        write_fitted(place, job.preprocessing)
    return _run(job, run, data, process, notes=notes)


def resume(
    folder: Path,
    *,
    data: str | Path | DataSet | None = None,
    accept_changed_data: bool = False,
    epochs: int | None = None,
    generation: int | None = None,
    process: Process = Process(),
) -> RunEvents:
    """Resume a run that was stopped or killed, or that has finished.

    Args:
        data: the data set or its new place, if it is no longer where the run found it.
        accept_changed_data: continue on data that changed since the run started, from the next
            step on; an event, the run and its model record it. The classes must be the same.
        epochs: train for more epochs than the recipe says. From here on the schedule is that of
            the new length; earlier steps stay as they are.
        generation: the checkpoint to resume from, instead of the newest; 0 starts over.

    Raises:
        InputError: not a run folder, or no such checkpoint.
        FormatError: a damaged file; names an older checkpoint to resume from.
        DataError: the data are not found, or changed since the run started.
        StorageError: another process trains in the folder.
    """
    group = process.group
    run = _open_run(folder, group)
    try:
        opened = data_of(run.data, data)
        run.replace_data(checked_record(run.data, opened, accept_changes=accept_changed_data))
        recipe = _with_epochs(run.recipe, epochs)
        initial = _broadcast_model(folder, recipe, group)
        opened, _ = as_read(opened, run.architecture, initial.card if initial else None)
        fitted = _broadcast_fitted(folder, group)
        job = make_job(
            run.architecture,
            opened,
            recipe,
            initial=initial,
            fitted=fitted,
            process=process,
        )
        _check_ranks(job, run.architecture, recipe, run.data)
        run.replace_recipe(recipe)
        check_model(job, run, opened, initial.card if initial else None)
        job, notes = _with_checked_images(job, process)
    except BaseException:
        run.close()
        raise
    notes = (*notes, *_differences(run, group))
    return _run(job, run, opened, process, generation=generation, notes=notes)


def _with_checked_images(job: Job, process: Process) -> tuple[Job, tuple[str, ...]]:
    """Return the job without validation images that may be left out, and notes about images."""
    with process.progress("images", "checking validation images") as progress:
        job, notes = check_validation(job, progress)
    if job.left_out:
        total = job.training_samples + len(job.validation) + len(job.left_out)
        notes += (
            f"{len(job.left_out):,} of {total:,} training and validation images cannot be read "
            f"and are left out: {listing(job.left_out)}",
        )
    return job, notes


def _differences(run: Run | NoOpRun, group: Group) -> list[str]:
    return run.differences(group.world_size) if isinstance(run, Run) else []


def _with_epochs(recipe: Recipe, epochs: int | None) -> Recipe:
    """Return the recipe for more epochs; unchanged for None."""
    if epochs is None:
        return recipe
    if epochs < recipe.epochs:
        raise InputError(
            f"epochs={epochs}, but the run has {recipe.epochs}",
            expected=f"{recipe.epochs} or more",
            fix="to end earlier, stop the run, or train in a new folder",
        )
    return recipe.override([f"epochs={epochs}"])


def _open_run(folder: Path, group: Group) -> Run | NoOpRun:
    """Open the run on rank 0, and send what it holds to the other ranks."""
    run = Run.open(folder) if group.rank == 0 else None
    own = (run.architecture, run.recipe, run.data) if run else ()
    received = group.broadcast([record.model_dump_json() for record in own])
    if run is not None:
        return run
    architecture, recipe, data = received
    return NoOpRun(
        folder,
        Architecture.from_json(architecture),
        Recipe.from_json(recipe),
        DataRecord.model_validate_json(data),
    )


def _broadcast_model(folder: Path, recipe: Recipe, group: Group) -> ModelFile | None:
    """Return the model that the run started from, read by rank 0; None without one."""
    model = read_initial_model(folder, recipe) if group.rank == 0 else None
    card = group.broadcast(model.card.model_dump_json() if model else None)
    if card is None or group.world_size == 1:
        return model
    weights = group.broadcast_tensors(model.weights if model else {})
    fitted = group.broadcast_tensors(model.fitted if model else {})
    return ModelFile(Card.model_validate_json(card), weights, fitted)


def _broadcast_fitted(folder: Path, group: Group) -> dict[str, Tensor] | None:
    """Return the fitted tensors of the preprocessing, read by rank 0; None without any."""
    fitted = read_fitted(folder) if group.rank == 0 else None
    if not group.broadcast(fitted is not None):
        return None
    return group.broadcast_tensors(fitted or {})


def is_restart(folder: Path, group: Group) -> bool:
    """Return whether the launcher that started this run has restarted its processes.

    True after a failure, which every machine's launcher counts, and after machines joined or
    left, which none counts: then torchrun's name of the whole job is the same.
    """
    failed = max(group.all_gather(group.ranks.restarts)) > 0
    run_id = group.ranks.run_id
    same = bool(run_id) and launched(folder).run_id == run_id
    restarted: bool = group.broadcast(is_run(folder) and (failed or same))
    return restarted


def _check_ranks(job: Job, architecture: Architecture, recipe: Recipe, data: DataRecord) -> None:
    """Check that all ranks train the same thing from the same initial values."""
    if job.group.world_size == 1:
        return
    own = {
        "versions": json.dumps(environment()["packages"]),
        "architecture": architecture.to_json(),
        "recipe": recipe.to_json(),
        "data": data.model_dump_json(exclude={"source"}),  # mount points differ between machines
        "start values": weights_sha256(job.network.state_dict()),
    }
    check_equal(own, job.group)


def _watch(job: Job, run: Run | NoOpRun, process: Process) -> Watch:
    """Return the watcher of a run on rank 0, which the command `watch` can switch on."""
    if not isinstance(run, Run):
        return UNWATCHED
    return Watcher(job, run.folder, seed=run.recipe.seed, on=process.watch)


def _run(
    job: Job,
    run: Run | NoOpRun,
    data: DataSet,
    process: Process,
    *,
    generation: int | None = None,
    notes: tuple[str, ...] = (),
) -> RunEvents:
    evaluations: list[Evaluation] = []

    def finish(network: nn.Module, finished: Finished, evaluation: Evaluation) -> None:
        evaluations.append(evaluation)
        if isinstance(run, Run):
            write_model(job, run, data, network, finished, evaluation)

    def source() -> Generator[Event, None, None]:
        try:
            with run:
                for note in notes:
                    yield Note(message=note)
                yield from train(
                    job,
                    run,
                    generation=generation,
                    finish=finish,
                    stop_requested=process.stop_requested,
                    watch=_watch(job, run, process),
                )
        except TrainingError as error:
            if isinstance(run, Run):
                run.record_failure(error)
            raise
        finally:
            if isinstance(job.batches, PhotoLoader):
                job.batches.close()  # its workers

    return RunEvents(run.folder, data, source(), evaluations)
