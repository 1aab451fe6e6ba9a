"""The pass over a split with several views of each image.

Axes: N images, V views, C channels, H height, W width, K classes.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.arch import Chain
from convscope.distributed import SINGLE_PROCESS, Group
from convscope.errors import InputError
from convscope.evaluate.crops import AnyCrops, MultiScale, Stages, stages_of
from convscope.evaluate.dense import Dense
from convscope.evaluate.metrics import Evaluation
from convscope.evaluate.protocol import (
    Details,
    Function,
    LabelledImages,
    Pass,
    check_batch,
    evaluating,
)
from convscope.machine.contention import watched_contention
from convscope.network import Network
from convscope.network.device import device_of


class Preprocessing(NamedTuple):
    """The preprocessing of a model: its layers, and the module with what was fitted in it."""

    chain: Chain
    module: nn.Module


@watched_contention()
def evaluate_crops(
    network: Network,
    preprocessing: Preprocessing,
    split: LabelledImages,
    *,
    crops: AnyCrops,
    classes: tuple[str, ...],
    batch_size: int = 64,
    details: Details = Details(),
    group: Group = SINGLE_PROCESS,
) -> Evaluation:
    """Classify every image of a split once, from several views of it, and return the metrics.

    The prediction of an image is the mean of the softmaxes of its views.

    Args:
        network: on the device of the preprocessing; its mode is restored afterwards.
        batch_size: views of the size of the network's input per batch; fewer larger ones.
        details, group: as in `evaluate`.

    Raises:
        InputError: crops that do not apply to this preprocessing; an empty split.
        ArchitectureError: scales, for a network that takes images of its own size only.
    """
    check_batch(batch_size)
    stages, module = stages_of(preprocessing.chain, network.architecture.input), preprocessing[1]
    rest = nn.Sequential(*(module.get_submodule(name) for name in stages.rest))
    passed = Pass(split, classes, details=details, group=group)
    device = device_of(network)
    with evaluating(network), evaluating(module), torch.inference_mode():
        forward = _forward(network, crops, stages)
        for images_NCHW, labels_N in _of_one_size(split, stages, batch_size, group):
            views = crops.views(images_NCHW.to(device), stages)
            probabilities_NK = mean_softmax(forward, rest, views, stages, batch_size)
            passed.accumulator(probabilities_NK).add_probabilities(probabilities_NK, labels_N)
    return passed.result().model_copy(update={"crops": crops.title})


def _forward(network: Network, crops: AnyCrops, stages: Stages) -> Function:
    """Return the network, or the network slid over views that are larger than its input."""
    if not isinstance(crops, MultiScale):
        return network
    for layer in stages.rest.values():
        if not layer.pointwise:
            raise InputError(
                f"the preprocessing ends with {layer.type}, which needs images of one size",
                fix="--crops single",
            )
    return Dense(network).eval()


def mean_softmax(
    forward: Function, rest: nn.Module, views: Iterable[Tensor], stages: Stages, batch_size: int
) -> Tensor:
    """Return the mean of the softmaxes over views (N, C, H, W): (N, K), in float64."""
    total_NK, num_views = torch.zeros(()), 0
    for views_VNCHW in _groups(views, stages, batch_size):
        each = len(views_VNCHW[0])
        logits = forward(rest(torch.cat(views_VNCHW))).double()
        probabilities_VNK = logits.softmax(1).view(-1, each, logits.shape[1])
        total_NK = total_NK.to(probabilities_VNK) + probabilities_VNK.sum(0)
        num_views += len(views_VNCHW)
    return total_NK / num_views


def _groups(views: Iterable[Tensor], stages: Stages, batch_size: int) -> Iterator[list[Tensor]]:
    """Group views of one shape that fit a batch together, in order."""
    group: list[Tensor] = []
    for view in views:
        most = _num_images(batch_size, view, stages) // len(view)
        if group and (group[0].shape != view.shape or len(group) >= most):
            yield group
            group = []
        group.append(view)
    yield group


def _of_one_size(
    split: LabelledImages, stages: Stages, batch_size: int, group: Group
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield raw images (N, C, H, W) in order, neighbours of one size together, with labels."""
    ready: list[Tensor] = []
    labels: list[Tensor] = []
    for index in range(group.rank, len(split), group.world_size):
        image_CHW = split.image(index)
        full = ready and len(ready) >= _num_images(batch_size, image_CHW[None], stages)
        if full or (ready and ready[0].shape != image_CHW.shape):
            yield torch.stack(ready), torch.stack(labels)
            ready, labels = [], []
        ready.append(image_CHW)
        labels.append(split.labels_N[index])
    if ready:
        yield torch.stack(ready), torch.stack(labels)


def _num_images(batch_size: int, images_NCHW: Tensor, stages: Stages) -> int:
    """Return how many images of this size have the pixels of a batch of the network's inputs."""
    height, width = images_NCHW.shape[2:]
    return max(1, batch_size * stages.input.height * stages.input.width // (height * width))
