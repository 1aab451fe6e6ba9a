"""From a trained network and a split to the content of its report.

Axes: N batch, C channels, H height, W width, 3 red, green, blue.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from convscope.arch import Chain
from convscope.arch.table import by
from convscope.evaluate import Evaluation
from convscope.evaluate.protocol import evaluating
from convscope.layers import CenterCrop, Layer, Resize
from convscope.network import Network, build_block
from convscope.report.content import Example, Facts, ReportContent, Stage
from convscope.shapes import CHW
from convscope.visuals import Curves, ImageGrid, Scale, Table
from convscope.visuals.methods import feature_maps, filters

MOST_KERNELS = 6
MOST_MISTAKES = 24
LARGEST_TILE = 96  # pixels a side; larger images are shown as thumbnails
MOST_STAGES = 24  # of a deep network, evenly spread
PIXELS = Scale(colours="grey", low=0, high=255)
COLOUR_PIXELS = Scale(colours="rgb", low=0, high=255)


class Labelled(Protocol):
    """What is needed of a split: `convscope.data.Split` and `PhotoSplit` are such."""

    @property
    def labels_N(self) -> Tensor: ...  # noqa: N802

    def image(self, index: int) -> Tensor:
        """Raw pixels of an image at its own size: (C, H, W), uint8."""


class Names(NamedTuple):
    """What the report is about, in words."""

    network: str
    dataset: str
    split: str


def gather(
    names: Names,
    *,
    network: Network,
    preprocessing: Callable[[Tensor], Tensor],
    split: Labelled,
    evaluation: Evaluation,
    curves: tuple[Curves, ...] = (),
    made: tuple[Facts, ...] = (),
    when: str = "",
    wall_time_s: float | None = None,
) -> ReportContent:
    """Everything that a report shows: look inside, pick the example and the mistakes.

    Args:
        network, preprocessing: on the CPU.
        split: the one of `evaluation`, in the same order.
    """
    table = network.architecture.table()
    grid = pixels([split.image(m.index) for m in evaluation.mistakes[:MOST_MISTAKES]])
    kernels_path, kernels = _kernels(network)
    return ReportContent(
        network=names.network,
        dataset=names.dataset,
        split=names.split,
        evaluation=evaluation,
        when=when,
        wall_time_s=wall_time_s,
        curves=curves,
        kernels=kernels,
        kernels_path=kernels_path,
        example=_example(network, preprocessing, split, evaluation),
        mistake_images=grid,
        layers=_layers(network),
        parameters=table.totals.parameters,
        macs=table.totals.macs,
        made=made,
    )


def pixels(images_CHW: Sequence[Tensor]) -> ImageGrid | None:
    """Images as a grid of one size; the first channel alone where there are not three.

    Photos become squares of their middle.
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
    """The first kernels of the first convolution, where there is one."""
    if not any(isinstance(m, filters.APPLIES_TO) for m in network.modules()):
        return "", None
    path = filters.first_convolution(network)
    return path, filters.grid(network, layer=path, max_kernels=MOST_KERNELS)


def _example(
    network: Network,
    preprocessing: Callable[[Tensor], Tensor],
    split: Labelled,
    evaluation: Evaluation,
) -> Example:
    """The first image of the split, through every layer that changes something."""
    image_CHW, names = split.image(0), evaluation.class_names
    with evaluating(network), torch.no_grad():
        prepared_NCHW = preprocessing(image_CHW[None])
        probabilities_K = network(prepared_NCHW)[0].double().softmax(dim=0)
    answer = int(probabilities_K.argmax())
    grid = pixels([image_CHW])
    assert grid is not None
    return Example(
        index=0,
        image=grid,
        true=names[int(split.labels_N[0])],
        predicted=names[answer],
        probability=float(probabilities_K[answer]),
        stages=_stages(network, prepared_NCHW),
    )


def _stages(network: Network, prepared_NCHW: Tensor) -> tuple[Stage, ...]:
    steps = [
        step
        for step in network.architecture.trace.steps
        if isinstance(step.operation, Layer)
        and not step.auxiliary
        and step.operation.type not in ("Flatten", "Dropout", "Identity")
    ]
    every = -(-len(steps) // MOST_STAGES)
    picked = steps[::every]
    return tuple(
        Stage(
            path=step.path,
            type=step.operation.type,
            output_shape=_shape_words(step.output_shape),
            maps=feature_maps.compute(network, prepared_NCHW, layer=step.path),
        )
        for step in picked
        if isinstance(step.operation, Layer)
    )


def _shape_words(shape: object) -> str:
    return " × ".join(str(n) for n in shape) if isinstance(shape, CHW) else str(shape)


def _layers(network: Network) -> Table:
    rows = tuple(
        (
            row.path,
            row.type,
            _shape_words(row.output_shape),
            row.parameters or None,
            row.macs or None,
            by(row.field_size).replace("x", " × "),
        )
        for row in network.architecture.table().rows
    )
    columns = ("path", "type", "output shape", "parameters", "MACs", "receptive field")
    return Table(columns=columns, rows=rows)
