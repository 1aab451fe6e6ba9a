"""The pass over a split with several views of each image.

Axes: N images, V views, C channels, H height, W width, K classes.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from convscope.arch import Chain
from convscope.errors import InputError
from convscope.evaluate.crops import AnyCrops, MultiScale, Stages, stages_of
from convscope.evaluate.dense import Dense
from convscope.evaluate.metrics import Evaluation
from convscope.evaluate.protocol import (
    Counting,
    Function,
    Gather,
    LabelledImages,
    alone,
    evaluating,
)
from convscope.layers import Identity, Normalize
from convscope.network import Network


def evaluate_crops(
    network: Network,
    preprocessing: nn.Module,
    split: LabelledImages,
    *,
    chain: Chain,
    crops: AnyCrops,
    classes: tuple[str, ...],
    batch_size: int = 64,
    device: str | torch.device = "cpu",
    num_mistakes: int = 24,
    rank: int = 0,
    world_size: int = 1,
    gather: Gather = alone,
) -> Evaluation:
    """Answer every image of a split once, from several views of it, and count.

    The answer of an image is the mean of the softmaxes of its views.

    Args:
        network: in the mode that it gets back afterwards; on `device`.
        preprocessing: of the model, on `device`, with whatever was fitted in it.
        chain: what it was built from: Resize and CenterCrop first, then the rest.
        batch_size: views of the network's own size at a time; larger ones in fewer.
        rank, world_size, gather: as in `evaluate`.

    Raises:
        InputError: this way to crop does not apply to this preprocessing; an empty split.
        ArchitectureError: scales, for a network that answers images of its own size only.
    """
    if batch_size < 1:
        raise InputError(f"a batch size of {batch_size}", expected="1 or more")
    stages = stages_of(chain, network.architecture.input)
    rest = nn.Sequential(*(preprocessing.get_submodule(name) for name in stages.rest))
    count = Counting(split, classes, num_mistakes, rank, world_size)
    with evaluating(network), evaluating(preprocessing), torch.inference_mode():
        forward = _forward(network, crops, stages)
        for images_NCHW, labels_N in _of_one_size(split, stages, batch_size, rank, world_size):
            views = crops.views(images_NCHW.to(device), stages)
            probabilities_NK = mean_answer(forward, rest, views, stages, batch_size)
            count.tally_for(probabilities_NK).add_probabilities(probabilities_NK, labels_N)
    return count.result(gather).model_copy(update={"crops": crops.title})


def _forward(network: Network, crops: AnyCrops, stages: Stages) -> Function:
    """The network itself, or slid over views that are larger than its input."""
    if not isinstance(crops, MultiScale):
        return network
    for part in stages.rest.values():
        if not isinstance(part, Normalize | Identity):
            raise InputError(
                f"the preprocessing ends with {part.type}, which is for images of one size",
                fix="--crops single",
            )
    return Dense(network).eval()


def mean_answer(
    forward: Function,
    rest: nn.Module,
    views: Iterable[Tensor],
    stages: Stages,
    batch_size: int,
) -> Tensor:
    """(N, K): the mean of the softmaxes over views, each of them (N, C, H, W), in float64."""
    total_NK, num_views = torch.zeros(()), 0
    for views_VNCHW in _groups(views, stages, batch_size):
        each = len(views_VNCHW[0])
        logits = forward(rest(torch.cat(views_VNCHW))).double()
        answers_VNK = logits.softmax(1).view(-1, each, logits.shape[1])
        total_NK = total_NK.to(answers_VNK) + answers_VNK.sum(0)
        num_views += len(views_VNCHW)
    return total_NK / num_views


def _groups(views: Iterable[Tensor], stages: Stages, batch_size: int) -> Iterator[list[Tensor]]:
    """Views of one shape that fit a batch together, in order."""
    group: list[Tensor] = []
    for view in views:
        most = _how_many(batch_size, view, stages) // len(view)
        if group and (group[0].shape != view.shape or len(group) >= most):
            yield group
            group = []
        group.append(view)
    yield group


def _of_one_size(
    split: LabelledImages, stages: Stages, batch_size: int, rank: int, world_size: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Raw images (N, C, H, W) in order, neighbours of one size together, and their labels."""
    ready: list[Tensor] = []
    labels: list[Tensor] = []
    for index in range(rank, len(split), world_size):
        image_CHW = split.image(index)
        full = ready and len(ready) >= _how_many(batch_size, image_CHW[None], stages)
        if full or (ready and ready[0].shape != image_CHW.shape):
            yield torch.stack(ready), torch.stack(labels)
            ready, labels = [], []
        ready.append(image_CHW)
        labels.append(split.labels_N[index])
    if ready:
        yield torch.stack(ready), torch.stack(labels)


def _how_many(batch_size: int, images_NCHW: Tensor, stages: Stages) -> int:
    """Images of this size that are no more pixels than a batch of the network's own."""
    height, width = images_NCHW.shape[2:]
    return max(1, batch_size * stages.input.height * stages.input.width // (height * width))
