"""The model of a run: checked before the first step, written at the end."""

from typing import Any

import torch
from torch import nn

from convscope.data import DataSet
from convscope.data.converted import conversion_of
from convscope.errors import FormatError, StorageError
from convscope.evaluate.accumulator import MetricAccumulator
from convscope.evaluate.metrics import Evaluation
from convscope.io.storage import exists, write_json
from convscope.network import Card, ModelFile, save_model
from convscope.network.model_file import MODEL_NAME, check_readable, read_card
from convscope.training.job import Job
from convscope.training.prepare import preprocessing_of
from convscope.training.pretrained import START
from convscope.training.run.environment import environment
from convscope.training.run.events import Finished
from convscope.training.run.files import RESULTS
from convscope.training.run.folder import Run
from convscope.training.run.no_op import RunWriter
from convscope.training.run.precision import read_choice


def check_model(job: Job, run: RunWriter, data: DataSet, initial: Card | None) -> None:
    """Check before training that the model can be written and opened at the end.

    Args:
        initial: metadata of the trained model that the run starts from.

    Raises:
        FormatError: the model file would exceed a limit of its reader.
    """
    classes = tuple(data.classes)
    metrics = MetricAccumulator(classes, num_mistakes=0)
    metrics.add_logits(torch.zeros(1, len(classes)), torch.zeros(1, dtype=torch.int64))
    card = _card(run, data, initial, metrics.result(), steps=0, kept_epoch=0)
    try:
        check_readable(_model_file(job, card, job.network))
    except FormatError as error:
        raise FormatError(
            f"the model could not be opened after training: {error.given}, with "
            f"{len(classes):,} classes",
            expected=error.expected,
            fix="use fewer classes, or shorter names",
            where=data.name,
        ) from None


def write_model(
    job: Job,
    run: Run,
    data: DataSet,
    network: nn.Module,
    finished: Finished,
    evaluation: Evaluation,
) -> None:
    """Write `model.safetensors` and `results.json`, each atomically.

    Raises:
        StorageError: one cannot be written; resuming the run writes both again.
    """
    initial = read_card(run.folder / START) if exists(run.folder / START) else None
    card = _card(
        run, data, initial, evaluation, steps=finished.step, kept_epoch=finished.kept_epoch
    )
    without_mistakes = evaluation.model_copy(update={"mistakes": ()})  # indices of images
    try:
        save_model(run.folder / MODEL_NAME, _model_file(job, card, network))
        write_json(run.folder / RESULTS, _results(run, without_mistakes))
    except StorageError as error:
        raise StorageError(
            error.given,
            fix=f"{error.fix or 'check the disk'}; resuming the run writes the model again",
            where=error.where,
        ) from error


def _card(
    run: RunWriter,
    data: DataSet,
    initial: Card | None,
    evaluation: Evaluation,
    *,
    steps: int,
    kept_epoch: int,
) -> Card:
    base = {"base": initial.provenance.get("base")} if initial else {}
    choice = read_choice(run.folder)
    return Card(
        architecture=run.architecture,
        labels=tuple(data.classes),
        preprocessing=initial.preprocessing
        if initial
        else preprocessing_of(run.architecture, data, preprocess=run.recipe.preprocess),
        conversion=conversion_of(data),
        results=_results(run, evaluation.for_model_file()),
        provenance={
            "made_by": "convscope train",
            **base,
            "data": run.data.provenance(),
            "recipe": run.recipe.model_dump(mode="json"),
            **({"precision": choice.model_dump(mode="json")} if choice else {}),
            "steps": steps,
            "kept_epoch": kept_epoch,
            "environment": environment(),
        },
    )


def _results(run: RunWriter, evaluation: Evaluation) -> dict[str, Any]:
    return {f"{run.data.name} validation": evaluation.model_dump(mode="json")}


def _model_file(job: Job, card: Card, network: nn.Module) -> ModelFile:
    weights = {name: value.detach().cpu() for name, value in network.state_dict().items()}
    fitted = {name: value.cpu() for name, value in job.preprocessing.state_dict().items()}
    return ModelFile(card, weights, fitted)
