"""A training job: the network, the data and the ranks that one loop works on."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from convscope.data.augment.mix import Mixed
from convscope.data.options import BadImages
from convscope.distributed import SINGLE_PROCESS, Group
from convscope.errors import DataError, InputError, TrainingError
from convscope.evaluate.metrics import Evaluation
from convscope.evaluate.protocol import LabelledImages, WithProgress, batch_for, evaluate
from convscope.network import Network
from convscope.training.process import ShowProgress, no_progress
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.precision import Precision


class Batch(Protocol):
    """Raw pixels and labels of one step on one rank."""

    @property
    def images_NCHW(self) -> Tensor: ...  # noqa: N802
    @property
    def labels_N(self) -> Tensor: ...  # noqa: N802
    @property
    def mixed(self) -> Mixed | None: ...
    @property
    def bad_images(self) -> tuple[str, ...]: ...


class Batches(Protocol):
    """Interface of a data loader: a batch depends on epoch and step only."""

    @property
    def steps_per_epoch(self) -> int: ...
    def batch(self, epoch: int, step: int) -> Batch: ...


@dataclass(frozen=True)
class Part:
    """The images of one forward pass."""

    images_NCHW: Tensor
    labels_N: Tensor
    mixed: Mixed | None

    def correct(self, logits_NK: Tensor) -> Tensor:
        """Return the number of correct predictions; of mixed images the larger share counts."""
        labels_N = self.mixed.larger(self.labels_N) if self.mixed else self.labels_N
        return (logits_NK.detach().argmax(dim=1) == labels_N).sum()


def parts_of(batch: Batch, count: int) -> list[Part]:
    """Split a rank's batch into equal parts, in order."""
    if count == 1:
        return [Part(batch.images_NCHW, batch.labels_N, batch.mixed)]
    # parts of different sizes only where images that cannot be read were skipped
    images = batch.images_NCHW.tensor_split(count)
    labels = batch.labels_N.tensor_split(count)
    mixed: list[Mixed | None] = [None] * count
    if batch.mixed is not None:
        pairs = zip(
            batch.mixed.labels_N.tensor_split(count),
            batch.mixed.share_N.tensor_split(count),
            strict=True,
        )
        mixed = [Mixed(*pair) for pair in pairs]
    return [Part(*piece) for piece in zip(images, labels, mixed, strict=True)]


def seed_dropout(device: torch.device, seed: int) -> None:
    """Seed dropout. `torch.manual_seed` would take 0.6 ms: it seeds every backend."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


class Forward(nn.Module):
    """Returns the heads' logits beside the main ones: DDP does not pass a list to be filled."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs_NCHW: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        heads: list[Tensor] = []
        logits_NK = self.network(inputs_NCHW, heads if self.network.head_weights else None)
        return logits_NK, tuple(heads)


@dataclass(frozen=True)
class Job:
    """Network, preprocessing and data on `device`, and the ranks that train together.

    Attributes:
        preprocessing: the model's: raw pixels of any size to the network's input.
        training_preprocessing: for training batches, whose photos have the network's size.
        class_weights_K: weights of the loss, if the recipe has any.
        validation_indices: places of the validation images in their split, where some of it are
            left out.
        precision: of the forward and backward passes; a recipe's "auto" is decided by then.
        bad_images: what is done with a training image that cannot be read.
        left_out: small images that were left out while they were read into memory.
        progress: shows the progress of a validation, see `Process`.
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
    class_weights_K: Tensor | None = None
    validation_indices: tuple[int, ...] | None = None
    precision: Precision = "float32"
    bad_images: BadImages = "error"
    left_out: tuple[str, ...] = ()
    progress: ShowProgress = no_progress

    def inputs(self, images_NCHW: Tensor) -> Tensor:
        """Return the network's input: preprocessed, channels last in memory."""
        x_NCHW: Tensor = self.training_preprocessing(images_NCHW)
        return x_NCHW.contiguous(memory_format=torch.channels_last)

    def loss(self, forward: nn.Module, recipe: Recipe, part: Part) -> tuple[Tensor, Tensor]:
        """Return the main loss plus each auxiliary head's times its weight, and the main logits.

        Args:
            forward: inputs -> (logits, heads' logits), see `Forward`.
        """
        # in float32, as in `predict`: a whitening matrix has more than 8 significant bits
        return self.loss_of_inputs(forward, recipe, self.inputs(part.images_NCHW), part)

    def loss_of_inputs(
        self, forward: nn.Module, recipe: Recipe, inputs_NCHW: Tensor, part: Part
    ) -> tuple[Tensor, Tensor]:
        """Return what `loss` does, for images that are preprocessed."""
        bfloat16 = self.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bfloat16):
            logits_NK, heads = forward(inputs_NCHW)
            logits_NK = logits_NK.float()
            targets = part.labels_N, part.mixed, self.class_weights_K
            loss = recipe.loss(logits_NK, *targets)
            for weight, head_NK in zip(self.network.head_weights, heads, strict=True):
                loss = loss + weight * recipe.loss(head_NK.float(), *targets)
        return loss, logits_NK

    def evaluate(self, network: nn.Module) -> Evaluation:
        """Evaluate on the validation split, shared among the ranks; all get the same figures.

        Raises:
            DataError, FormatError: an image cannot be read or preprocessed; `where` names it.
            TrainingError: logits that are not finite.
        """
        try:
            with self.progress("images", "validating") as progress:
                evaluation = evaluate(
                    network,
                    self.preprocessing,
                    WithProgress(self.validation, progress),
                    classes=self.classes,
                    batch_size=batch_for(self.network.architecture.input, len(self.classes)),
                    group=self.group,
                )
        except InputError as error:
            if error.where:  # the file of an image
                raise DataError(error.given, fix=error.fix, where=error.where) from None
            raise TrainingError(error.given, fix=error.fix, where="validation") from None
        if self.validation_indices is None:
            return evaluation
        return evaluation.at_places(self.validation_indices)
