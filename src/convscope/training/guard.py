"""When numbers stop being numbers: where it began, in words that help."""

import math

import torch
from torch import Tensor, nn

from convscope.arch import Architecture
from convscope.errors import TrainingError
from convscope.layers import BatchNorm2d
from convscope.network import Network, activations, module_at
from convscope.shapes import CHW
from convscope.training.recipe.recipe import Recipe


def first_not_finite(network: Network, inputs_NCHW: Tensor) -> str:
    """The first layer, in the order of the network, whose weight or output is not finite."""
    if not bool(torch.isfinite(inputs_NCHW).all()):
        return "the input of the network"
    paths = [step.path for step in network.architecture.trace.steps if step.path]
    paths = [path for path in paths if _is_module(network, path)]
    heads: list[Tensor] = []
    with torch.no_grad(), activations(network, paths) as seen:
        network(inputs_NCHW, heads)
    for path in paths:
        for name, weight in module_at(network, path).named_parameters():
            if not bool(torch.isfinite(weight).all()):
                return f"{path}, whose {name} holds NaN or infinity"
        if path in seen and not bool(torch.isfinite(seen[path]).all()):
            return f"{path}, whose output holds NaN or infinity"
    return "the loss itself"


def _is_module(network: nn.Module, path: str) -> bool:
    found: nn.Module | None = network
    for name in path.split("."):
        found = found._modules.get(name) if found is not None else None
    return found is not None


def not_finite(network: nn.Module) -> str:
    """The path of the first tensor that is not finite, or nothing."""
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return name
    return ""


def diverged(what: str, *, step: int, epoch: int, lr: float, checkpoint: str) -> TrainingError:
    """Training blew up."""
    return TrainingError(
        f"step {step} of epoch {epoch}: the numbers stopped being finite, first in {what}",
        expected="finite numbers",
        fix=f"a smaller learning rate (it was {lr:g}), a warm-up, or clip_norm=1; "
        f"the last good checkpoint is {checkpoint or 'none: it happened before the first'}",
        where="training",
    )


def out_of_memory(error: BaseException, recipe: Recipe, world_size: int) -> TrainingError | None:
    """An allocation that failed, as advice; None where the error is something else."""
    text = str(error)
    known = ("can't allocate memory", "out of memory", "not enough memory")
    if not isinstance(error, MemoryError) and not any(part in text for part in known):
        return None
    whole = recipe.batch_size
    part = whole // (recipe.accumulate * world_size)
    of = "" if part == whole else f", {part} at a time"
    smaller = max(1, whole // 2)
    ways = []
    if part > 1 and part % 2 == 0:
        ways.append(
            f"--set accumulate={2 * recipe.accumulate}: the same step in half the memory (batch "
            "normalisation then sees half as many images)"
        )
    if whole > 1:
        ways.append(
            f"--set batch_size={smaller}, and lr times {smaller / whole:.2g} with SGD "
            f"or {math.sqrt(smaller / whole):.2g} with Adam"
        )
    return TrainingError(
        f"memory ran out with a batch of {whole}{of}",
        fix="try " + "; or ".join(ways) if ways else "a smaller network or a smaller input",
        where="training",
    )


def check_batch(
    architecture: Architecture, recipe: Recipe, *, training_samples: int, world_size: int = 1
) -> None:
    """Refuse what cannot be trained on before anything is built.

    Raises:
        TrainingError: no whole batch, one that does not divide, or a normalisation over one
            single number.
    """
    whole, pieces = recipe.batch_size, recipe.accumulate * world_size
    if whole > training_samples:
        raise TrainingError(
            f"a batch of {whole} from {training_samples} training images",
            expected=f"at most {training_samples}",
            fix=f"--set batch_size={_power_of_two(training_samples)}",
            where="training",
        )
    if whole % pieces:
        raise TrainingError(
            f"a batch of {whole} in {recipe.accumulate} parts on {world_size} processes",
            expected=f"a multiple of {pieces}: every part of every process has as many images",
            fix=f"--set batch_size={-(-whole // pieces) * pieces}",
            where="training",
        )
    seen = whole // (recipe.accumulate if recipe.sync_batch_norm else pieces)
    for step in architecture.trace.steps:
        shape = step.input_shapes[0]
        alone = seen == 1 and isinstance(shape, CHW) and shape.height * shape.width == 1
        if alone and isinstance(step.operation, BatchNorm2d):
            raise TrainingError(
                "a batch of 1 leaves BatchNorm2d one number a channel, whose variance is 0",
                expected="2 or more images in each part of each process",
                fix=f"--set batch_size={2 * pieces}",
                where=step.path,
            )


def _power_of_two(most: int) -> int:
    return 1 << max(0, most.bit_length() - 1)
