"""The pass over a split: batches in, one `Evaluation` out, on one process or on several.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from convscope.distributed import SINGLE_PROCESS, Group
from convscope.errors import InputError
from convscope.evaluate.accumulator import MetricAccumulator
from convscope.evaluate.counts import Counts
from convscope.evaluate.metrics import Evaluation
from convscope.evaluate.ranking import scores_for
from convscope.evaluate.samples import Consume, InOrder
from convscope.machine.contention import watched_contention
from convscope.network.device import device_of
from convscope.shapes import CHW

Function = Callable[[Tensor], Tensor]

MAX_IMAGES = 500
MAX_NUMBERS = 8_000_000  # inputs or logits of a batch; the feature maps are many times more


def batch_for(input: CHW, num_classes: int = 1) -> int:
    """Return the batch size for images of this size and a network of that many classes."""
    return max(1, min(MAX_IMAGES, MAX_NUMBERS // max(input.numel, num_classes)))


class LabelledImages(Protocol):
    """The part of a split that evaluation reads; `Split` and `PhotoSplit` have it."""

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


@dataclass(frozen=True)
class Details:
    """Results of a pass beyond the counts.

    Attributes:
        num_mistakes: how many of the most confident mistakes.
        ranking: whether average precision and ROC are measured.
        consume: called with samples in the order of the data, on every process.
    """

    num_mistakes: int = 24
    ranking: bool = False
    consume: Consume | None = None


@dataclass(frozen=True)
class WithProgress:
    """A split that reports how many of its images have been evaluated.

    Attributes:
        progress: called with the number of images done and their total, of this process.
    """

    split: LabelledImages
    progress: Callable[[int, int], None]

    def __len__(self) -> int:
        return len(self.split)

    @property
    def labels_N(self) -> Tensor:  # noqa: N802
        return self.split.labels_N

    def image(self, index: int) -> Tensor:
        """Return one image, which counts with all before it."""
        self.progress(index + 1, len(self))
        return self.split.image(index)

    def inputs(
        self,
        preprocessing: Function,
        *,
        batch_size: int,
        device: str | torch.device = "cpu",
        rank: int = 0,
        world_size: int = 1,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of the split; each counts when the next one is asked for."""
        done, total = 0, len(range(rank, len(self), world_size))
        self.progress(done, total)
        batches = self.split.inputs(
            preprocessing, batch_size=batch_size, device=device, rank=rank, world_size=world_size
        )
        for inputs_NCHW, labels_N in batches:
            yield inputs_NCHW, labels_N
            done += len(labels_N)
            self.progress(done, total)


@watched_contention()
def evaluate(
    network: Function,
    preprocessing: Function,
    split: LabelledImages,
    *,
    classes: tuple[str, ...] | None = None,
    batch_size: int = MAX_IMAGES,
    details: Details = Details(),
    group: Group = SINGLE_PROCESS,
) -> Evaluation:
    """Classify every image of a split once, in order, and return the metrics.

    Modules are set to evaluation mode and restored afterwards, also after an error. They are
    not moved: both must be on the device of the network's parameters.

    Args:
        network: (N, C, H, W) float -> logits (N, K).
        preprocessing: raw pixels 0 ... 255, (N, C, H, W) -> the input of the network.
        classes: names in the order of the logits; by default the numbers from 0.
        details: what is kept beyond the counts.
        group: processes that each evaluate a part of the images; all return the whole.

    Raises:
        InputError: an empty split, a batch size under 1, logits that are not finite.
    """
    passed = Pass(split, classes, details=details, group=group)
    check_batch(batch_size)
    with evaluating(network), evaluating(preprocessing), torch.inference_mode():
        batches = split.inputs(
            preprocessing,
            batch_size=batch_size,
            device=device_of(network),
            rank=group.rank,
            world_size=group.world_size,
        )
        for inputs_NCHW, labels_N in batches:
            logits_NK = network(inputs_NCHW)
            passed.accumulator(logits_NK).add_logits(logits_NK, labels_N)
    return passed.result()


class Pass:
    """One pass over a split, by one process or several.

    Raises:
        InputError: an empty split; another number of labels; an invalid rank.
    """

    def __init__(
        self,
        split: LabelledImages,
        classes: tuple[str, ...] | None,
        *,
        details: Details,
        group: Group,
    ) -> None:
        if len(split) == 0:
            raise InputError("the split has no images", expected="at least one")
        if len(split.labels_N) != len(split):
            raise InputError(
                f"{len(split)} images and {len(split.labels_N)} labels", expected="as many of each"
            )
        if classes is None and group.world_size > 1:
            raise InputError("several processes need the names of the classes", fix="classes=")
        self._details, self._group, self._num_images = details, group, len(split)
        consume = details.consume
        self._in_order = consume and InOrder(consume, group, len(split))
        self._accumulator = None if classes is None else self._new(classes)

    def _new(self, classes: tuple[str, ...]) -> MetricAccumulator:
        ranking = self._details.ranking
        return MetricAccumulator(
            classes,
            num_mistakes=self._details.num_mistakes,
            rank=self._group.rank,
            world_size=self._group.world_size,
            scores=scores_for(self._num_images, len(classes)) if ranking else None,
            consume=self._in_order,
        )

    def accumulator(self, scores_NK: Tensor) -> MetricAccumulator:
        """Return the accumulator for scores of this shape."""
        if self._accumulator is None:
            if scores_NK.ndim != 2:
                raise InputError(
                    f"the output of the network has shape {tuple(scores_NK.shape)}",
                    expected="logits (N, K)",
                )
            self._accumulator = self._new(tuple(str(k) for k in range(scores_NK.shape[1])))
        return self._accumulator

    def result(self) -> Evaluation:
        """Return the evaluation of all processes."""
        own = self._accumulator
        assert own is not None
        if self._in_order:
            self._in_order.finish()
        if self._group.world_size == 1:
            return own.result()
        scores = scores_for(self._num_images, len(own.classes)) if own.scores else None
        whole = MetricAccumulator(
            own.classes, num_mistakes=self._details.num_mistakes, scores=scores
        )
        for counts in self._group.all_gather(own.counts().to_json()):
            whole.merge(Counts.from_json(counts))
        if scores is not None and own.scores is not None:
            for data in self._group.all_gather(own.scores.to_json()):
                scores.merge_json(data)
        return whole.result()


def check_batch(batch_size: int) -> None:
    """Raise InputError for a batch size under 1."""
    if batch_size < 1:
        raise InputError(f"a batch size of {batch_size}", expected="1 or more")


@contextmanager
def evaluating(function: Function) -> Iterator[None]:
    """Set a module to evaluation mode, and restore the mode of each of its parts."""
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
