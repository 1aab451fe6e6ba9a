"""Robustness: probability and accuracy while the pixels are shifted, turned, blurred or noisy.

Papers: Zeiler and Fergus 2013, figure 5 (translation, scale, rotation); Hendrycks and Dietterich
2019, Benchmarking neural network robustness to common corruptions and perturbations.

Axes: N batch, S strengths of all perturbations, C channels, H height, W width, K classes.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.confidence import wilson_interval
from convscope.network.hooks import frozen
from convscope.payload import Curves, ImageGrid, Scale, Series, Sheet, Table
from convscope.visuals.arguments import Count, Whole
from convscope.visuals.attribution.score import class_name, target_class
from convscope.visuals.cost import Cost, Number, Setting, within_budget
from convscope.visuals.fast_forward import forward_passes
from convscope.visuals.forward import compute_scores, device_of, prepared_image
from convscope.visuals.images import (
    Images,
    Pixels,
    Preprocessing,
    as_rgb,
    check_not_empty,
    class_label,
    image_tiles,
    no_input,
    thumbnail_of,
)
from convscope.visuals.perturbation import PERTURBATIONS, WHITE, Perturbation, reduced
from convscope.visuals.progress import reported

IMAGES = Setting("num_images", full=1024, least=32, noun="images")
BATCH_VALUES = 2**22  # input values of one forward pass
TILE = 160  # pixels
COLUMNS = ("perturbation", "strength", "unit of strength")
NOTE = (
    "What moves in from outside of the image repeats its edge; rotations are bilinear; the noise "
    "is the same for every strength."
)
Kind = Literal["shift", "rotation", "blur", "noise", "brightness"]
KINDS: tuple[Kind, ...] = ("shift", "rotation", "blur", "noise", "brightness")


class _Level(NamedTuple):
    """A perturbation at one of its strengths."""

    kind: Kind
    strength: float
    seed: int

    def apply(self, pixels_NCHW: Tensor) -> Tensor:
        return PERTURBATIONS[self.kind].apply(pixels_NCHW, self.strength, self.seed)


def compute(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    target: int | None = None,
    labels: tuple[str, ...] = (),
    pixels_NCHW: Tensor | None = None,
    split: Images | None = None,
    preprocessing: Preprocessing | None = None,
    kinds: tuple[Kind, ...] = KINDS,
    num_images: Count | None = None,
    seed: Whole = 0,
) -> Sheet:
    """The probability of a class for one image, the accuracy for a data set, by strength.

    The perturbations act on the pixels before preprocessing. One forward pass for each strength
    (46 with all kinds) of each image.

    Args:
        pixels_NCHW: the image before preprocessing; without it the perturbations act on the
            network's input.
        split, preprocessing: labelled images, and the preprocessing to the network's input.
        kinds: of shift, rotation, blur, noise, brightness.
        num_images: from the start of the split; default: 1,024, fewer for large networks.

    Raises:
        InputError: an image, class or setting that does not fit, an empty split.
    """
    if split is not None and preprocessing is not None:
        check_not_empty(split)
    levels = [_Level(k, s, seed) for k in dict.fromkeys(kinds) for s in PERTURBATIONS[k].strengths]
    items: list[Curves | Table] = []
    sentences, shown_NCHW = [], None
    with frozen(network), torch.no_grad():
        if image_NCHW is not None:
            image = prepared_image(network, image_NCHW)
            pixels, prepare = _pixels(image, pixels_NCHW, preprocessing)
            if pixels_NCHW is not None and pixels.shape != pixels_NCHW.shape:
                before, after = _size_text(pixels_NCHW), _size_text(pixels)
                sentences.append(f"The photo is reduced from {before} to {after} pixels first.")
            shown_NCHW = pixels
            items += _of_image(network, pixels, prepare, levels, target, labels)
            if pixels_NCHW is None:
                sentences.append("The pixels are the network's input, its range as 0 to 255.")
        if split is not None and preprocessing is not None:
            number = _num_images(network, len(levels), num_images)
            measured, num = _of_split(network, split, preprocessing, levels, number.value)
            items += measured
            shown_NCHW = split.image(0)[None].float() if shown_NCHW is None else shown_NCHW
            left = min(number.full, len(split))
            sentences.append(f"Accuracy: the first {num:,} images of the data set.")
            sentences.append(number._replace(full=left).sentence.strip())
    if shown_NCHW is None:
        raise no_input()
    tiles = _tiles(shown_NCHW, levels)
    caption = " ".join(sentence for sentence in [*sentences, NOTE] if sentence)
    return Sheet(title="Robustness", caption=caption, items=(tiles, *items))


def cost(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    split: Images | None = None,
    kinds: tuple[Kind, ...] = KINDS,
    num_images: int | None = None,
) -> Cost:
    """One forward pass for each strength of each image."""
    num_levels = sum(len(PERTURBATIONS[kind].strengths) for kind in kinds)
    num = int(image_NCHW is not None)
    if split is not None:
        num += min(len(split), _num_images(network, num_levels, num_images).value)
    return Cost(num * num_levels)


def _num_images(network: nn.Module, num_levels: int, num_images: int | None) -> Number:
    return within_budget(network, None, num_images, IMAGES, each=Cost(num_levels))


def _pixels(
    image: Tensor, pixels_NCHW: Tensor | None, preprocessing: Preprocessing | None
) -> tuple[Tensor, Preprocessing]:
    """The image from 0 to 255, and the function from there to the network's input."""
    if pixels_NCHW is not None and preprocessing is not None:
        return reduced(pixels_NCHW.to(image.device).float()), preprocessing
    low, high = image.min(), image.max()
    span = (high - low).clamp(min=1e-12)
    return (image - low) / span * WHITE, lambda pixels: pixels / WHITE * span + low


def _of_image(
    network: nn.Module,
    pixels: Tensor,
    prepare: Preprocessing,
    levels: Sequence[_Level],
    target: int | None,
    labels: tuple[str, ...],
) -> list[Curves | Table]:
    """The probability of the class by strength, as lines and as a table."""
    inputs = prepare(pixels)
    index = target_class(compute_scores(network, inputs).values_NK, target)
    size = max(1, BATCH_VALUES // inputs.numel())
    parts = []
    batches = [levels[first : first + size] for first in range(0, len(levels), size)]
    passes = forward_passes(network, inputs, len(levels))
    for batch in reported(batches, len(batches)):
        inputs_NCHW = torch.cat([prepare(level.apply(pixels)) for level in batch])
        parts.append(passes(inputs_NCHW)[0].probabilities().double().cpu())
    probabilities_SK = torch.cat(parts)
    own_S = probabilities_SK[:, index].tolist()
    best_S = probabilities_SK.argmax(1).tolist()
    name = class_name(index, labels)
    num_other = sum(best != index for best in best_S)
    curves = _curves(levels, own_S, f"Probability of {name}", "probability")
    caption = f"Another class is more probable at {num_other} of {len(levels)} strengths."
    rows = tuple(
        (*_cells(level), probability, class_label(labels, best))
        for level, probability, best in zip(levels, own_S, best_S, strict=True)
    )
    columns = (*COLUMNS, "probability", "prediction")
    table = Table(title=f"Probability of {name} by strength", columns=columns, rows=rows)
    return [curves.model_copy(update={"caption": caption}), table]


def _curves(levels: Sequence[_Level], values_S: Sequence[float], title: str, noun: str) -> Curves:
    """A line for each perturbation, its strongest at 100 and in its name."""
    series = []
    for kind, perturbation, places in _by_kind(levels):
        most = max(abs(level) for level in perturbation.strengths)
        series.append(
            Series(
                name=f"{kind} ({most:g}{perturbation.sign})",
                x=tuple(100 * levels[place].strength / most for place in places),
                y=tuple(values_S[place] for place in places),
            )
        )
    return Curves(
        title=title,
        x_label="strength, % of the strongest",
        y_label=noun,
        y_format="percent",
        series=tuple(series),
    )


def _cells(level: _Level) -> tuple[str, float, str]:
    """The first cells of a row: the perturbation, its strength and the unit."""
    return level.kind, level.strength, PERTURBATIONS[level.kind].unit


def _of_split(
    network: nn.Module,
    split: Images,
    preprocessing: Preprocessing,
    levels: Sequence[_Level],
    num_images: int,
) -> tuple[list[Curves | Table], int]:
    """The accuracy by strength, as lines and as a table, and the number of images."""
    correct_S, num = torch.zeros(len(levels), dtype=torch.int64), 0
    total = min(num_images, len(split))
    example = preprocessing(split.image(0)[None].to(device_of(network)))
    passes = forward_passes(network, prepared_image(network, example), total * len(levels))
    for input_NSCHW, labels_N in _batches(network, split, preprocessing, levels, total):
        predicted = passes(input_NSCHW.flatten(0, 1))[0].values_NK.argmax(1).cpu()
        correct_S += (predicted.view(len(labels_N), -1) == labels_N[:, None]).sum(0)
        num += len(labels_N)
    shares = (correct_S.double() / num).tolist()
    ends = [wilson_interval(share, num) for share in shares]
    half = max(high - low for low, high in ends) / 2
    curves = _curves(levels, shares, "Accuracy by strength", "accuracy")
    caption = f"{num:,} images; 95 % confidence intervals: at most {half:.1%} to each side."
    rows = tuple(
        (*_cells(level), share, low, high)
        for level, share, (low, high) in zip(levels, shares, ends, strict=True)
    )
    columns = (
        "perturbation",
        "strength",
        "unit of strength",
        "accuracy",
        "95 %, low",
        "95 %, high",
    )
    table = Table(title="Accuracy by strength", columns=columns, rows=rows)
    return [curves.model_copy(update={"caption": caption}), table], num


def _batches(
    network: nn.Module,
    split: Images,
    preprocessing: Preprocessing,
    levels: Sequence[_Level],
    total: int,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Inputs (N, S, C, H, W) and labels: each image is read once, and perturbed in every way."""

    def perturbed(raw_NCHW: Tensor) -> Tensor:
        pixels = reduced(raw_NCHW.float())
        inputs = [preprocessing(level.apply(pixels)) for level in levels]
        return torch.stack(inputs, dim=1).flatten(1, 2)

    device = device_of(network)
    example = preprocessing(split.image(0)[None].to(device))
    size = max(1, BATCH_VALUES // (example.numel() * len(levels)))
    left = total
    batches = split.inputs(perturbed, batch_size=min(size, total), device=device)
    for input_NXHW, labels_N in reported(batches, -(-total // size)):
        shape = (-1, len(levels), *example.shape[1:])
        yield input_NXHW[:left].reshape(shape), labels_N[:left].cpu()
        left -= len(labels_N)
        if left <= 0:
            break


def _size_text(pixels_NCHW: Tensor) -> str:
    return f"{pixels_NCHW.shape[2]} x {pixels_NCHW.shape[3]}"


def _by_kind(levels: Sequence[_Level]) -> Iterator[tuple[Kind, Perturbation, list[int]]]:
    """Each kind with the positions of its strengths."""
    for kind in dict.fromkeys(level.kind for level in levels):
        places = [place for place, level in enumerate(levels) if level.kind == kind]
        yield kind, PERTURBATIONS[kind], places


def _tiles(pixels_NCHW: Tensor, levels: Sequence[_Level]) -> ImageGrid:
    """The image itself, and at the first and the last strength of each perturbation."""
    tiles: list[Pixels] = [_tile(pixels_NCHW)]
    names = ["original"]
    for kind, perturbation, places in _by_kind(levels):
        for place in (places[0], places[-1]):
            if levels[place].strength != 0:
                tiles.append(_tile(levels[place].apply(pixels_NCHW)))
                strength = f"{levels[place].strength:g}{perturbation.sign}"
                names.append(f"{kind} ({strength})")
    return ImageGrid(
        title="The image at the strongest perturbations",
        tiles=np.stack(tiles),
        scale=Scale.pixels(3),
        labels=tuple(names),
        columns=4,
    )


def _tile(pixels_NCHW: Tensor) -> NDArray[np.uint8]:
    return thumbnail_of(as_rgb(image_tiles(pixels_NCHW.round().clamp(0, WHITE))[0]), side=TILE)
