"""The pass over a split: batches in, one `Evaluation` out, on one process or on several.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.evaluate.accumulator import Tally
from convscope.evaluate.metrics import Evaluation
from convscope.shapes import CHW

Function = Callable[[Tensor], Tensor]
Gather = Callable[[Tensor], list[Tensor]]
"""Every rank's tensor, by rank, on all ranks: `convscope.distributed.Group.all_gather` is one."""


MOST_IMAGES = 500
MOST_NUMBERS = 8_000_000  # of the inputs of a batch; a network's feature maps are many times more


def batch_for(input: CHW) -> int:
    """How many images of this size to answer at a time."""
    return max(1, min(MOST_IMAGES, MOST_NUMBERS // input.numel))


def alone(words: Tensor) -> list[Tensor]:
    """The gathering of a process that is alone."""
    return [words]


class LabelledImages(Protocol):
    """What is needed of a split: `convscope.data.Split` and `PhotoSplit` are such."""

    @property
    def labels_N(self) -> Tensor: ...  # noqa: N802

    def __len__(self) -> int: ...

    def image(self, index: int) -> Tensor: ...

    def inputs(
        self,
        preprocessing: Function,
        *,
        batch_size: int,
        device: str | torch.device = "cpu",
        rank: int = 0,
        world_size: int = 1,
    ) -> Iterator[tuple[Tensor, Tensor]]: ...


def evaluate(
    network: Function,
    preprocessing: Function,
    split: LabelledImages,
    *,
    classes: tuple[str, ...] | None = None,
    batch_size: int = 500,
    device: str | torch.device = "cpu",
    num_mistakes: int = 24,
    rank: int = 0,
    world_size: int = 1,
    gather: Gather = alone,
) -> Evaluation:
    """Answer every image of a split once, in order, and count.

    Modules are put into evaluation mode, and back into the mode that each part had, also when
    something fails. They are not moved: they must be on `device`.

    Args:
        network: (N, C, H, W) float -> logits (N, K).
        preprocessing: raw pixels 0 ... 255, (N, C, H, W) -> the input of the network.
        classes: names in the order of the logits; without them the numbers from 0.
        num_mistakes: how many of the most confident mistakes are remembered.
        rank, world_size: of several processes, each of which answers its share of the images.
        gather: brings the counts together; each process returns the evaluation of them all.

    Raises:
        InputError: an empty split, a batch size under 1, logits that are not finite.
    """
    count = Counting(split, classes, num_mistakes, rank, world_size)
    _check_batch(batch_size)
    with evaluating(network), evaluating(preprocessing), torch.inference_mode():
        batches = split.inputs(
            preprocessing, batch_size=batch_size, device=device, rank=rank, world_size=world_size
        )
        for inputs_NCHW, labels_N in batches:
            logits_NK = network(inputs_NCHW)
            count.tally_for(logits_NK).add_logits(logits_NK, labels_N)
    return count.result(gather)


class Counting:
    """The tally of one pass, begun with the first answer where the classes have no names.

    Raises:
        InputError: an empty split; labels that are not as many; ranks that cannot be.
    """

    def __init__(
        self,
        split: LabelledImages,
        classes: tuple[str, ...] | None,
        num_mistakes: int,
        rank: int,
        world_size: int,
    ) -> None:
        if len(split) == 0:
            raise InputError("the split has no images", expected="at least one")
        if len(split.labels_N) != len(split):
            raise InputError(
                f"{len(split)} images and {len(split.labels_N)} labels", expected="as many of each"
            )
        if classes is None and world_size > 1:
            raise InputError("several processes need the names of the classes", fix="classes=")
        self._of = {"num_mistakes": num_mistakes, "rank": rank, "world_size": world_size}
        self._tally = None if classes is None else Tally(classes, **self._of)

    def tally_for(self, scores_NK: Tensor) -> Tally:
        """The tally to add scores of this shape to."""
        if self._tally is None:
            if scores_NK.ndim != 2:
                raise InputError(
                    f"the network answers with shape {tuple(scores_NK.shape)}",
                    expected="logits (N, K)",
                )
            self._tally = Tally(tuple(str(k) for k in range(scores_NK.shape[1])), **self._of)
        return self._tally

    def result(self, gather: Gather) -> Evaluation:
        """What all ranks counted."""
        assert self._tally is not None
        whole = Tally(self._tally.classes, num_mistakes=self._of["num_mistakes"])
        for words in gather(self._tally.words()):
            whole.add(words)
        return whole.result()


def _check_batch(batch_size: int) -> None:
    if batch_size < 1:
        raise InputError(f"a batch size of {batch_size}", expected="1 or more")


@contextmanager
def evaluating(function: Function) -> Iterator[None]:
    """Evaluation mode for a module; each of its parts gets its own mode back."""
    if not isinstance(function, nn.Module):
        yield
        return
    modes = [(part, part.training) for part in function.modules()]
    function.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode
