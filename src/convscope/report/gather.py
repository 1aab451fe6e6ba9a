"""The content of a report, from a network and an evaluated split.

Axes: N batch, C channels, H height, W width, 3 red, green, blue.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from convscope.arch import Chain
from convscope.arch.table import by
from convscope.errors import ConvscopeError, InputError
from convscope.evaluate.metrics import Evaluation
from convscope.evaluate.protocol import evaluating
from convscope.lang import current
from convscope.layers import CenterCrop, Layer, Resize
from convscope.network import Network, build_block
from convscope.payload import ImageGrid, Scale, Table
from convscope.report.content import Example, ReportContent, Stage
from convscope.shapes import CHW
from convscope.visuals.methods.units import feature_maps, filters

MOST_KERNELS = 6
MOST_MISTAKES = 96
LARGEST_TILE = 96  # pixels; larger images are shown as thumbnails
MOST_STAGES = 24  # layers of a deep network, evenly spread
PIXELS = Scale(colours="grey", low=0, high=255)
COLOUR_PIXELS = Scale(colours="rgb", low=0, high=255)


class LabelledImages(Protocol):
    """Interface of a split: labels and single images."""

    @property
    def labels_N(self) -> Tensor: ...  # noqa: N802

    def image(self, index: int) -> Tensor:
        """Return the raw pixels of one image at its own size: (C, H, W), uint8."""


class Names(NamedTuple):
    """Names of the network, the data set and the split."""

    network: str
    dataset: str
    split: str


def gather(
    names: Names,
    *,
    network: Network,
    preprocessing: Callable[[Tensor], Tensor],
    split: LabelledImages,
    evaluation: Evaluation,
) -> ReportContent:
    """Compute the content of a report, without the facts of a training run.

    Args:
        network, preprocessing: on the same device.
        split: the evaluated split, in the same order.
    """
    table = network.architecture.table()
    kernels_path, kernels = _kernels(network)
    return ReportContent(
        network=names.network,
        dataset=names.dataset,
        split=names.split,
        evaluation=evaluation,
        language="zh" if current() == "zh" else "en",
        kernels=kernels,
        kernels_path=kernels_path,
        example=_example(network, preprocessing, split, evaluation),
        mistake_images=pixels(
            [split.image(mistake.index) for mistake in evaluation.mistakes[:MOST_MISTAKES]]
        ),
        layers=_layers(network),
        parameters=table.totals.parameters,
        macs=table.totals.macs,
    )


def pixels(images_CHW: Sequence[Tensor]) -> ImageGrid | None:
    """Return images as a grid of one size, in colour if they have three channels.

    Photos become squares of their centre.
    """
    if not images_CHW:
        return None
    alike = len({image_CHW.shape for image_CHW in images_CHW}) == 1
    images_NCHW = torch.stack([_tile(image_CHW, alike) for image_CHW in images_CHW])
    if images_NCHW.shape[1] == 3:
        return ImageGrid(tiles=images_NCHW.permute(0, 2, 3, 1).numpy(), scale=COLOUR_PIXELS)
    return ImageGrid(tiles=images_NCHW[:, 0].numpy(), scale=PIXELS)


def _tile(image_CHW: Tensor, alike: bool) -> Tensor:
    if alike and max(image_CHW.shape[1:]) <= LARGEST_TILE:
        return image_CHW.to("cpu", torch.uint8)
    chain = Chain(resize=Resize(LARGEST_TILE), crop=CenterCrop(LARGEST_TILE))
    middle_NCHW: Tensor = build_block(chain, CHW(*image_CHW.shape))(image_CHW[None])
    return middle_NCHW[0].round().clamp(0, 255).to("cpu", torch.uint8)


def _kernels(network: Network) -> tuple[str, ImageGrid | None]:
    """Return path and first kernels of the first convolution; none without a convolution."""
    try:
        path = filters.first_convolution(network)
    except InputError:
        return "", None
    return path, filters.grid(network, layer=path, max_kernels=MOST_KERNELS)


def _example(
    network: Network,
    preprocessing: Callable[[Tensor], Tensor],
    split: LabelledImages,
    evaluation: Evaluation,
) -> Example:
    """Return the first image of the split that can be read, with the activations of the layers."""
    index, image_CHW = _first_image(split)
    names = evaluation.class_names
    with evaluating(network), torch.no_grad():
        device = next((p.device for p in network.parameters()), torch.device("cpu"))
        prepared_NCHW = preprocessing(image_CHW[None].to(device))
        probabilities_K = network(prepared_NCHW)[0].double().softmax(dim=0)
    predicted = int(probabilities_K.argmax())
    grid = pixels([image_CHW])
    assert grid is not None
    return Example(
        index=index,
        image=grid,
        image_size=(image_CHW.shape[1], image_CHW.shape[2]),
        input_size=(prepared_NCHW.shape[2], prepared_NCHW.shape[3]),
        true=names[int(split.labels_N[index])],
        predicted=names[predicted],
        probability=float(probabilities_K[predicted]),
        stages=_stages(network, prepared_NCHW),
    )


def _first_image(split: LabelledImages) -> tuple[int, Tensor]:
    """Return index and pixels of the first image; bad ones may have been left out."""
    last = len(split.labels_N) - 1
    for index in range(last):
        try:
            return index, split.image(index)
        except ConvscopeError:
            continue
    return last, split.image(last)


def _stages(network: Network, prepared_NCHW: Tensor) -> tuple[Stage, ...]:
    """Return the activations of at most 24 layers that change their input."""
    steps = [
        step
        for step in network.architecture.trace.steps
        if isinstance(step.operation, Layer)
        and not step.auxiliary
        and step.operation.view == "never"
    ]
    every = -(-len(steps) // MOST_STAGES)
    return tuple(
        Stage(
            path=step.path,
            type=step.operation.type,
            output_shape=_shape_text(step.output_shape),
            maps=feature_maps.compute(network, prepared_NCHW, layer=step.path),
        )
        for step in steps[::every]
    )


def _shape_text(shape: object) -> str:
    return " × ".join(str(n) for n in shape) if isinstance(shape, CHW) else str(shape)


def _layers(network: Network) -> Table:
    rows = tuple(
        (
            row.path,
            row.type,
            _shape_text(row.output_shape),
            row.parameters or None,
            row.macs or None,
            by(row.field_size).replace("x", " × "),
        )
        for row in network.architecture.table().rows
    )
    columns = ("path", "type", "output shape", "parameters", "MACs", "receptive field")
    return Table(columns=columns, rows=rows)
