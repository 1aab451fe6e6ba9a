"""The pass over a split: batches in, one `Evaluation` out.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.evaluate.metrics import Evaluation
from convscope.evaluate.tally import Tally

Function = Callable[[Tensor], Tensor]


class LabelledImages(Protocol):
    """What is needed of a split: `convscope.data.Split` is one."""

    @property
    def images_NCHW(self) -> Tensor: ...  # noqa: N802

    @property
    def labels_N(self) -> Tensor: ...  # noqa: N802


def evaluate(
    network: Function,
    preprocessing: Function,
    split: LabelledImages,
    *,
    classes: tuple[str, ...] | None = None,
    batch_size: int = 500,
    device: str | torch.device = "cpu",
    num_mistakes: int = 24,
) -> Evaluation:
    """Answer every image of a split once, in order, and count.

    Modules are put into evaluation mode, and back into the mode that each part had, also when
    something fails. They are not moved: they must be on `device`.

    Args:
        network: (N, C, H, W) float -> logits (N, K).
        preprocessing: raw pixels 0 ... 255, (N, C, H, W) -> the input of the network.
        classes: names in the order of the logits; without them the numbers from 0.
        num_mistakes: how many of the most confident mistakes are remembered.

    Raises:
        InputError: an empty split, a batch size under 1, logits that are not finite.
    """
    num_images = len(split.images_NCHW)
    if num_images == 0:
        raise InputError("the split has no images", expected="at least one")
    if len(split.labels_N) != num_images:
        raise InputError(
            f"{num_images} images and {len(split.labels_N)} labels", expected="as many of each"
        )
    if batch_size < 1:
        raise InputError(f"a batch size of {batch_size}", expected="1 or more")
    tally: Tally | None = None
    with evaluating(network), evaluating(preprocessing), torch.inference_mode():
        for start in range(0, num_images, batch_size):
            images_NCHW = split.images_NCHW[start : start + batch_size].to(device)
            logits_NK = network(preprocessing(images_NCHW))
            if tally is None:
                tally = Tally(_names(classes, logits_NK), num_mistakes=num_mistakes)
            tally.add_logits(logits_NK, split.labels_N[start : start + batch_size])
    assert tally is not None
    return tally.result()


def _names(classes: tuple[str, ...] | None, logits_NK: Tensor) -> tuple[str, ...]:
    if classes is not None:
        return classes
    if logits_NK.ndim != 2:
        raise InputError(
            f"the network answers with shape {tuple(logits_NK.shape)}", expected="logits (N, K)"
        )
    return tuple(str(k) for k in range(logits_NK.shape[1]))


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
