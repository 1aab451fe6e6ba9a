"""Checks of a training job before anything is built: device, classes, recipe, batch."""

from collections.abc import Collection

import torch

from convscope.arch import Architecture
from convscope.data import DataSet
from convscope.data.augment import check_augments
from convscope.errors import DataError, InputError, TrainingError
from convscope.layers import Layer
from convscope.machine.devices import find_device
from convscope.shapes import CHW
from convscope.text import MOST_LABEL, printable
from convscope.training.recipe.loss import CrossEntropy
from convscope.training.recipe.preprocess import Standardise
from convscope.training.recipe.recipe import Recipe


def check_job(
    architecture: Architecture,
    data: DataSet,
    recipe: Recipe,
    *,
    pretrained: bool,
    device: str,
    world_size: int = 1,
    varied: Collection[str] = (),
) -> None:
    """Check that architecture, data, recipe and device fit together.

    Args:
        pretrained: whether training starts from a trained model.
        varied: recipe fields that a sweep varies; what depends on them is not checked.

    Raises:
        DataError: a class name that no model file holds.
        InputError: no such device; classes, channels or settings that do not fit.
        TrainingError: the batch does not fit the data, the network or the processes.
    """
    place = find_device(device)
    _check_data(architecture, data)
    if "fine_tune" not in varied and recipe.fine_tune is not None and not pretrained:
        raise InputError(
            "the recipe fine-tunes, but there are no trained weights to start from",
            expected="a trained model instead of an architecture",
            fix=f"convscope train {architecture.name}@... or a model file; or --set fine_tune=null",
        )
    if "preprocess" not in varied and pretrained and recipe.preprocess != Standardise():
        raise InputError(
            f"the recipe sets preprocess {recipe.preprocess.type}, but a run that starts from a "
            "trained model keeps that model's preprocessing",
            fix="--set preprocess.type=Standardise, or train from scratch",
        )
    _check_weights(recipe, data)
    if "augment" not in varied:
        check_augments(recipe.augment, data.channels)
    if "sync_batch_norm" not in varied:
        _check_sync_batch_norm(recipe, place, world_size)
    if not {"batch_size", "accumulate", "sync_batch_norm"} & set(varied):
        count = len(data.split("train"))
        check_batch(architecture, recipe, training_samples=count, world_size=world_size)


def _check_data(architecture: Architecture, data: DataSet) -> None:
    if len(data.classes) < 2:
        raise InputError(
            f"{data.name} has only one class: {''.join(data.classes)}",
            expected="two or more class folders",
            fix="add a second class, for example `other`; or use the folder that contains the "
            "class folders",
        )
    for name in data.classes:
        if not 1 <= len(name) <= MOST_LABEL:
            raise DataError(
                f"the class name {printable(name, 60)!r} has {len(name)} characters",
                expected=f"1 to {MOST_LABEL}: model files hold no others",
                fix="rename the class (its folder) before training",
                where=data.name,
            )
    if len(data.classes) != architecture.num_classes:
        raise InputError(
            f"{data.name} has {len(data.classes)} classes, "
            f"{architecture.name} has {architecture.num_classes} outputs",
            fix=f"load the architecture with num_classes={len(data.classes)}",
        )
    channels = architecture.input.channels
    if channels != data.channels:
        raise InputError(
            f"{data.name} has {data.channels} channels, {architecture.name} takes {channels}",
            fix="load the architecture with another input, or use other data",
        )


def _check_weights(recipe: Recipe, data: DataSet) -> None:
    weights = recipe.loss.class_weights if isinstance(recipe.loss, CrossEntropy) else None
    if weights is None or weights == "balanced":
        return
    if len(weights) != len(data.classes):
        raise InputError(
            f"{len(weights)} class weights for the {len(data.classes)} classes of {data.name}",
            expected="one number per class in label order, or balanced",
            fix="--set loss.class_weights=balanced",
        )


def _check_sync_batch_norm(recipe: Recipe, device: torch.device, world_size: int) -> None:
    if recipe.sync_batch_norm and world_size > 1 and device.type != "cuda":
        raise InputError(
            f"sync_batch_norm on {world_size} processes of device {device.type}",
            expected="cuda: PyTorch synchronises batch normalisation on GPUs only",
            fix="--set sync_batch_norm=false: each process then uses the statistics of its own "
            "part of the batch",
        )


def check_batch(
    architecture: Architecture, recipe: Recipe, *, training_samples: int, world_size: int = 1
) -> None:
    """Check the batch size against the data, the processes and batch normalisation.

    Raises:
        TrainingError: no whole batch, one that does not divide, or a normalisation over a
            single number.
    """
    whole, pieces = recipe.batch_size, recipe.accumulate * world_size
    if whole > training_samples:
        raise TrainingError(
            f"a batch of {whole} from {training_samples} training images",
            expected=f"at most {training_samples}",
            fix=f"--set batch_size={1 << max(0, training_samples.bit_length() - 1)}",
            where="training",
        )
    if whole % pieces:
        raise TrainingError(
            f"a batch of {whole} in {recipe.accumulate} parts on {world_size} processes",
            expected=f"a multiple of {pieces}: every part of every process has as many images",
            fix=f"--set batch_size={-(-whole // pieces) * pieces}",
            where="training",
        )
    if whole > (recipe.accumulate if recipe.sync_batch_norm else pieces):
        return
    for step in architecture.trace.steps:
        layer, shape = step.operation, step.input_shapes[0]
        single = isinstance(shape, CHW) and shape.height * shape.width == 1
        if single and isinstance(layer, Layer) and layer.batch_statistics:
            raise TrainingError(
                f"a batch of 1 gives {layer.type} one number per channel, whose variance is 0",
                expected="2 or more images in each part of each process",
                fix=f"--set batch_size={2 * pieces}",
                where=step.path,
            )
