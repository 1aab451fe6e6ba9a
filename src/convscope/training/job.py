"""What is trained, on what: everything that the loop is given and does not change."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from convscope.errors import InputError, TrainingError
from convscope.evaluate import Evaluation, evaluate
from convscope.evaluate.protocol import LabelledImages
from convscope.network import Network


class Batch(Protocol):
    """Raw pixels and labels of one step."""

    @property
    def images_NCHW(self) -> Tensor: ...  # noqa: N802
    @property
    def labels_N(self) -> Tensor: ...  # noqa: N802


class Batches(Protocol):
    """What the loop asks of a loader: `convscope.data.Loader` is one. Pure: no order is kept."""

    @property
    def steps_per_epoch(self) -> int: ...
    def batch(self, epoch: int, step: int) -> Batch: ...


@dataclass(frozen=True)
class Job:
    """Network, preprocessing and data, all on `device`."""

    network: Network
    preprocessing: nn.Module
    batches: Batches
    validation: LabelledImages
    classes: tuple[str, ...]
    training_samples: int
    device: torch.device

    def inputs(self, images_NCHW: Tensor) -> Tensor:
        """What the network gets: preprocessed, channels last in memory."""
        x_NCHW: Tensor = self.preprocessing(images_NCHW)
        return x_NCHW.contiguous(memory_format=torch.channels_last)

    def measure(self, network: nn.Module) -> Evaluation:
        """The validation split.

        Raises:
            TrainingError: the network answers with numbers that are not finite.
        """
        try:
            return evaluate(
                network,
                self.preprocessing,
                self.validation,
                classes=self.classes,
                device=self.device,
                num_mistakes=0,
            )
        except InputError as error:
            raise TrainingError(error.given, fix=error.fix, where="validation") from None
