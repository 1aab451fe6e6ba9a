"""Predictions of a model for every image of a split: probabilities, features, metrics.

Axes: N images, K classes, F features, C channels, H height, W width.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.data.dataset import AnySplit, DataSet, Split
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.unusable import left_out, unusable_images
from convscope.data.selection import Selected
from convscope.distributed import SINGLE_PROCESS
from convscope.errors import ConvscopeError, InputError
from convscope.evaluate.measure import Measured, measured
from convscope.evaluate.metrics import Evaluation
from convscope.evaluate.protocol import batch_for
from convscope.model import Model
from convscope.network.hooks import layer_input

MAX_PROBABILITIES = 1 << 29
"""Numbers; 2 GiB of memory."""

MAX_FEATURES = 512
"""Features of an image that are kept: the first ones of more."""


@dataclass(frozen=True)
class Answers:
    """A model's predictions for images of a data set.

    Attributes:
        evaluation: the metrics, as `convscope evaluate` computes them.
        images: the images, by the model's labels.
        labels_N: the labels.
        places: the split of each image, and its index there.
        probabilities_NK: float32.
        features_NF: mean over positions of the input of the last layer with weights; None if the
            network has no layer before it.
    """

    evaluation: Evaluation
    images: AnySplit
    labels_N: NDArray[np.int64]
    places: tuple[tuple[str, int], ...]
    probabilities_NK: NDArray[np.float32]
    features_NF: NDArray[np.float32] | None


class Recording(nn.Module):
    """Forward passes, (N, C, H, W) -> logits (N, K), that keep probabilities and features.

    Attributes:
        engine: see `Passes.engine`; PyTorch in float32.
    """

    engine = ""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.probabilities: list[Tensor] = []
        self.features: list[Tensor] = []
        self._layer: str | None = None
        self._has_begun = False

    def forward(self, inputs_NCHW: Tensor) -> Tensor:
        if not self._has_begun:
            self._has_begun = True
            self._layer = _last_layer(self.network, inputs_NCHW[:1])
        if self._layer is None:
            logits_NK: Tensor = self.network(inputs_NCHW)
        else:
            with layer_input(self.network, self._layer) as taken:
                logits_NK = self.network(inputs_NCHW)
            values = taken[-1].float()
            flat_NF = values.flatten(2).mean(2) if values.ndim > 2 else values
            self.features.append(flat_NF[:, :MAX_FEATURES].cpu())
        self.probabilities.append(logits_NK.double().softmax(dim=1).float().cpu())
        return logits_NK

    def say_other(self, reason: str) -> None:
        """Take the reason for PyTorch, which is used anyway."""


def _last_layer(network: nn.Module, input_NCHW: Tensor) -> str | None:
    from convscope.visuals.methods.network.embedding import last_input

    try:
        return last_input(network, input_NCHW.clone()).layer
    except ConvscopeError:
        return None


def answers(
    model: Model,
    data: Any,
    *,
    split: str | None = None,
    batch_size: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Answers:
    """Classify every image of a data set, and return metrics, probabilities and features.

    Args:
        data, split, batch_size, progress: see `Model.evaluate`.

    Raises:
        InputError: as `Model.evaluate`; more probabilities than fit into memory.
    """
    opened = model.open_data(data)
    selected = model.labelled_images(opened, split=split)
    num, num_classes = len(selected.images), len(model.labels)
    if num * num_classes > MAX_PROBABILITIES:
        raise InputError(
            f"{num:,} images with {num_classes:,} probabilities each",
            expected=f"at most {MAX_PROBABILITIES:,} probabilities",
            fix="evaluate one split at a time, or a part of the images",
        )
    places = places_of(selected, opened)
    selected, places = _without_unreadable(model, selected, places)
    recording = Recording(model.network)
    subject = Measured(
        model.network, recording, model.card, model.preprocessing, model.preprocessing
    )
    evaluation = measured(
        subject,
        selected,
        crops="single",
        batch_size=batch_size or batch_for(model.architecture.input, num_classes),
        csv=None,
        group=SINGLE_PROCESS,
        progress=progress,
    )
    features = recording.features
    return Answers(
        evaluation,
        selected.images,
        selected.images.labels_N.numpy(),
        places,
        torch.cat(recording.probabilities).numpy(),
        torch.cat(features).numpy() if features else None,
    )


def places_of(selected: Selected, opened: DataSet) -> tuple[tuple[str, int], ...]:
    """Return the split of each selected image, and its index among the readable images there."""
    images = selected.images
    bad = [one.place for one in images.left_out] if isinstance(images, Split) else []
    begins = [*accumulate((num for _, num in selected.parts), initial=0)]
    places: list[tuple[str, int]] = []
    for (name, num), begin in zip(selected.parts, begins, strict=False):
        unread = sum(begin <= place < begin + num for place in bad)
        places += [(name, index) for index in range(num - unread)]
    assert len(places) == len(images), opened.name
    return tuple(places)


def _without_unreadable(
    model: Model, selected: Selected, places: tuple[tuple[str, int], ...]
) -> tuple[Selected, tuple[tuple[str, int], ...]]:
    """Leave images out that cannot be read, if that is allowed."""
    images = selected.images
    if not isinstance(images, PhotoSplit) or images.bad_images == "error":
        return selected, places
    errors = unusable_images(images, model.preprocessing, range(len(images)), device=model.device)
    if not errors or len(errors) == len(images):
        return selected, places
    readable, kept_N = left_out(images, errors)
    return replace(selected, images=readable), tuple(places[index] for index in kept_N.tolist())
