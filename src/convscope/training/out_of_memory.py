"""Advice after an allocation that failed."""

import math

from convscope.errors import TrainingError
from convscope.network.memory import is_out_of_memory
from convscope.training.recipe.recipe import Recipe


def out_of_memory_error(
    error: BaseException, recipe: Recipe, world_size: int
) -> TrainingError | None:
    """Return the error with settings that need less memory; None for other errors."""
    if not is_out_of_memory(error):
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
        f"out of memory with a batch of {whole}{of}",
        fix="try " + "; or ".join(ways) if ways else "a smaller network or a smaller input",
        where="training",
    )
