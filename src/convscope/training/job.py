"""What is trained, on what: everything that the loop is given and does not change."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from convscope.data.augment.mix import Mixed
from convscope.distributed import SINGLE_PROCESS, Group
from convscope.errors import InputError, TrainingError
from convscope.evaluate import Evaluation, batch_for, evaluate
from convscope.evaluate.protocol import LabelledImages
from convscope.network import Network


class Batch(Protocol):
    """Raw pixels and labels of one step, of this rank's share."""

    @property
    def images_NCHW(self) -> Tensor: ...  # noqa: N802
    @property
    def labels_N(self) -> Tensor: ...  # noqa: N802
    @property
    def mixed(self) -> Mixed | None: ...


class Batches(Protocol):
    """What the loop asks of a loader: `convscope.data.Loader` is one. Pure: no order is kept."""

    @property
    def steps_per_epoch(self) -> int: ...
    def batch(self, epoch: int, step: int) -> Batch: ...


@dataclass(frozen=True)
class Part:
    """A piece of a rank's share: what one forward pass sees."""

    images_NCHW: Tensor
    labels_N: Tensor
    mixed: Mixed | None

    def correct(self, logits_NK: Tensor) -> Tensor:
        """How many answers are right; of two mixed images the one with the larger share counts."""
        labels_N = self.mixed.larger(self.labels_N) if self.mixed else self.labels_N
        return (logits_NK.detach().argmax(dim=1) == labels_N).sum()


def parts_of(batch: Batch, count: int) -> list[Part]:
    """A rank's share in equal pieces, in order."""
    if count == 1:
        return [Part(batch.images_NCHW, batch.labels_N, batch.mixed)]
    images, labels = batch.images_NCHW.chunk(count), batch.labels_N.chunk(count)
    mixed: list[Mixed | None] = [None] * count
    if batch.mixed is not None:
        pairs = zip(
            batch.mixed.labels_N.chunk(count), batch.mixed.share_N.chunk(count), strict=True
        )
        mixed = [Mixed(*pair) for pair in pairs]
    return [Part(*piece) for piece in zip(images, labels, mixed, strict=True)]


@dataclass(frozen=True)
class Job:
    """Network, preprocessing and data, all on `device`; and the ranks that train together.

    Attributes:
        preprocessing: of the model: raw pixels of any size to the network's input.
        training_preprocessing: of training batches, whose photos are of its size already.
    """

    network: Network
    preprocessing: nn.Module
    training_preprocessing: nn.Module
    batches: Batches
    validation: LabelledImages
    classes: tuple[str, ...]
    training_samples: int
    device: torch.device
    group: Group = SINGLE_PROCESS

    def inputs(self, images_NCHW: Tensor) -> Tensor:
        """What the network gets in training: preprocessed, channels last in memory."""
        x_NCHW: Tensor = self.training_preprocessing(images_NCHW)
        return x_NCHW.contiguous(memory_format=torch.channels_last)

    def measure(self, network: nn.Module) -> Evaluation:
        """The validation split, each rank a share of it; all ranks get the same figures.

        Raises:
            TrainingError: the network answers with numbers that are not finite.
        """
        try:
            return evaluate(
                network,
                self.preprocessing,
                self.validation,
                classes=self.classes,
                batch_size=batch_for(self.network.architecture.input, len(self.classes)),
                num_mistakes=0,
                group=self.group,
            )
        except InputError as error:
            raise TrainingError(error.given, fix=error.fix, where="validation") from None
