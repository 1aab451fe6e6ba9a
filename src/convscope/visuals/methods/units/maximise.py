"""Activation maximisation: images that maximise a class score or a channel's activation.

Axes: N images, C channels, H height, W width, K classes or units, 3 red, green, blue.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import frozen
from convscope.payload import Curves, ImageGrid, Scale, Series, Sheet
from convscope.visuals.arguments import Count, Whole, checked_index, checked_positive
from convscope.visuals.attribution.layers import layer_activations
from convscope.visuals.attribution.layouts import Tap, find_tap
from convscope.visuals.attribution.saturation import before_saturation, saturation_sentence
from convscope.visuals.attribution.score import gradient_of
from convscope.visuals.cost import Cost, Number, affordable, set_option
from convscope.visuals.fast_forward import for_gradients
from convscope.visuals.forward import (
    compute_logits,
    compute_scores,
    device_of,
    finite,
    input_shape,
    prepared_image,
)
from convscope.visuals.fourier_image import FourierImages, randomly_transformed
from convscope.visuals.images import Preprocessing, class_label, image_tiles, normalisation
from convscope.visuals.progress import reported

LEARNING_RATE = 0.05
WEIGHT_DECAY = 0.3  # towards the mean image: 1.5 percent a step
# steps and images: the first pair that fits the budget
DEFAULTS = (
    *((256, 10), (128, 10), (128, 5), (128, 3), (128, 2)),
    *((96, 2), (64, 2), (96, 1), (64, 1), (32, 1)),
)
MAX_POINTS = 200  # of the curve
AMPLITUDES = (0.01, 0.1, 1.0)  # of the initial noise; the next one where a gradient is zero
MAX_SERIES = 64


class Maximised(NamedTuple):
    """Result of the optimisation.

    Attributes:
        inputs_NCHW: the images as network inputs.
        pixels_NCHW: the same as pixels, 0 to 1.
        scores: the mean score at each step, for each image.
        final_N: the scores of the finished images, without random transformation.
    """

    inputs_NCHW: Tensor
    pixels_NCHW: Tensor
    scores: tuple[tuple[float, ...], ...]
    final_N: Tensor


class Objective(NamedTuple):
    """The scores to maximise: logits of classes, or means of channels of a layer."""

    tap: Tap | None
    indices: list[int]

    def __call__(self, network: nn.Module, inputs_NCHW: Tensor) -> Tensor:
        """One score per image, (N,)."""
        images = torch.arange(len(self.indices), device=inputs_NCHW.device)
        which = torch.tensor(self.indices, device=inputs_NCHW.device)
        if self.tap is None:
            return compute_logits(network, inputs_NCHW)[images, which]
        output = layer_activations(network, inputs_NCHW, self.tap)
        return output[images, which].reshape(len(self.indices), -1).mean(1)

    @property
    def text(self) -> str:
        return "score (logit) of a class" if self.tap is None else f"mean of {self.tap.path}"


def compute(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    layer: str | None = None,
    unit: int | None = None,
    target: int | None = None,
    labels: tuple[str, ...] = (),
    preprocessing: Preprocessing | None = None,
    steps: Count | None = None,
    num_images: Count | None = None,
    seed: Whole = 0,
) -> Sheet:
    """Images with a large class score, or a large mean of a channel, and the score at each step.

    Adam on Fourier coefficients in decorrelated colours. Before each step the images are randomly
    rotated, shifted and scaled a little, so that the result is robust to such changes.

    Args:
        image_NCHW: its most probable classes are those to maximise by default.
        layer: maximise a channel of this layer instead of a class.
        unit, target: one channel, one class; default: all, or the `num_images` most probable
            classes of the image, or the first ones.
        steps, num_images: default: 256 and 10, fewer for large networks.
        preprocessing: its normalisation is applied to the pixels; without one the network is
            assumed to take inputs from -2 to 2.

    Raises:
        InputError: no such layer, unit or class; a gradient of zero from every random start.

    Paper: Olah, Mordvintsev, Schubert 2017, "Feature visualization", Distill.
    """
    shape_CHW = input_shape(network, image_NCHW)
    numbers = _numbers(network, image_NCHW, steps, num_images, one=(unit, target) != (None, None))
    if unit is not None and layer is None:
        raise InputError(
            f"unit {unit} without a layer", expected="a layer, or a class", where="layer"
        )
    blank = prepared_image(network, torch.zeros(1, *shape_CHW, device=device_of(network)))
    ranked = None if layer is None else before_saturation(network, blank, layer)
    tap = None if ranked is None else find_tap(network, blank, ranked)
    num = _count(network, blank, tap)
    index, name, noun = (target, "target", "class") if layer is None else (unit, "unit", "unit")
    if index is not None:
        index = checked_index(index, num, name=name, noun=noun)
    indices, default = [index] if index is not None else [], ""
    if index is None:
        indices, default = _default(network, image_NCHW, num, numbers[1].value, layer)
    objective = Objective(tap, indices)
    normalise = _Normalisation.of(preprocessing, shape_CHW[0])
    result = _optimised(network, shape_CHW, objective, normalise, steps=numbers[0].value, seed=seed)
    names = [class_label(labels, k) if layer is None else f"unit {k}" for k in indices]
    default += "".join(number.sentence for number in numbers)
    if layer is not None and ranked is not None:
        default += saturation_sentence(layer, ranked)
    return _sheet(network, result, names, objective, default)


def cost(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    unit: int | None = None,
    target: int | None = None,
    steps: int | None = None,
    num_images: int | None = None,
) -> Cost:
    """Both passes of each image at each step."""
    one = (unit, target) != (None, None)
    num_steps, images = _numbers(network, image_NCHW, steps, num_images, one=one)
    num = num_steps.value * images.value
    return Cost(num, num)


def _numbers(
    network: nn.Module,
    image_NCHW: Tensor | None,
    steps: int | None,
    num_images: int | None,
    *,
    one: bool,
) -> tuple[Number, Number]:
    """The numbers of steps and images: those requested, or as many as the budget allows.

    Args:
        one: whether a single class or channel is selected.
    """
    if steps is not None:
        steps = checked_positive(steps, name="steps")
    if num_images is not None:
        num_images = checked_positive(num_images, name="num_images")
    shape_CHW = input_shape(network, image_NCHW)
    example = torch.zeros(1, *shape_CHW) if image_NCHW is None else image_NCHW
    allowed = affordable(network, example, Cost(1, 1))
    pairs = [(steps or s, 1 if one else num_images or n) for s, n in DEFAULTS]
    chosen = next((pair for pair in pairs if math.prod(pair) <= allowed), pairs[-1])
    return (
        Number(chosen[0], pairs[0][0], "steps", set_option("steps", pairs[0][0])),
        Number(chosen[1], pairs[0][1], "images", set_option("num_images", pairs[0][1])),
    )


def _default(
    network: nn.Module, image_NCHW: Tensor | None, num: int, num_images: int, layer: str | None
) -> tuple[list[int], str]:
    """The classes or channels to maximise where none is selected, and a sentence on them."""
    if num <= num_images:
        return list(range(num)), ""
    if layer is not None:
        return list(range(num_images)), f" Default: the first {num_images} of {num} channels."
    if image_NCHW is None:
        return list(range(num_images)), f" Default: the first {num_images} of {num} classes."
    with frozen(network), torch.no_grad():
        logits_NK = compute_logits(network, prepared_image(network, image_NCHW))
    best = logits_NK[0].topk(num_images).indices.tolist()
    return best, f" Default: the {num_images} most probable classes of the image, of {num}."


def _count(network: nn.Module, blank_NCHW: Tensor, tap: Tap | None) -> int:
    """The number of classes, or of channels of the layer."""
    with frozen(network), torch.no_grad():
        if tap is None:
            return compute_logits(network, blank_NCHW).shape[1]
        return layer_activations(network, blank_NCHW, tap).shape[1]


class _Normalisation(NamedTuple):
    """From pixels, 0 to 1, to network inputs; and the mean of the training pixels."""

    to_input: Preprocessing
    mean_C: Tensor

    @staticmethod
    def of(preprocessing: Preprocessing | None, channels: int) -> "_Normalisation":
        normalise = normalisation(preprocessing)
        if normalise is None:
            half_C = torch.full((channels,), 0.5)
            return _Normalisation(lambda pixels_NCHW: (pixels_NCHW - 0.5) * 4, half_C)
        mean_C = (-normalise.shift_CHW / normalise.scale_CHW / 255).flatten().cpu()
        return _Normalisation(
            lambda pixels_NCHW: normalise(pixels_NCHW * 255), mean_C.expand(channels)
        )


def _optimised(
    network: nn.Module,
    shape_CHW: tuple[int, int, int],
    objective: Objective,
    normalise: _Normalisation,
    *,
    steps: int,
    seed: int,
) -> Maximised:
    """Optimise from noise; where the gradient is zero, start again from stronger noise."""
    num = len(objective.indices)
    paths = [] if objective.tap is None else [objective.tap.path]
    with frozen(network):
        blank = torch.zeros(1, *shape_CHW, device=device_of(network))
        fast = for_gradients(network, normalise.to_input(blank), num * steps, paths=paths)
        for amplitude in AMPLITUDES:
            generator = torch.Generator().manual_seed(seed)
            images = FourierImages(
                (num, *shape_CHW),
                generator=generator,
                mean_C=normalise.mean_C,
                amplitude=amplitude,
                device=device_of(network),
            )
            optimiser = torch.optim.AdamW(
                [images.leaf], lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
            )
            scores: list[list[float]] = []
            for _ in reported(range(steps), steps):
                moved_NCHW = randomly_transformed(images.pixels(), generator=generator)
                scores_N = objective(fast, normalise.to_input(moved_NCHW))
                gradient = gradient_of(scores_N.sum(), images.leaf)
                if not scores and not bool(gradient.flatten(1).any(1).all()):
                    break
                images.leaf.grad = finite(-gradient, "the gradients")
                optimiser.step()
                scores.append(scores_N.detach().tolist())
            if scores:
                break
        else:
            unit = "a class" if objective.tap is None else f"a unit of {objective.tap.path}"
            raise InputError(
                f"the gradient of {unit} is zero from every random start",
                expected="a unit that is not dead",
                fix="use the layer before its ReLU",
            )
        with torch.no_grad():
            pixels_NCHW = images.pixels()
            inputs_NCHW = normalise.to_input(pixels_NCHW)
            final_N = objective(network, inputs_NCHW)
    by_image = tuple(tuple(step[i] for step in scores) for i in range(num))
    return Maximised(inputs_NCHW, pixels_NCHW, by_image, final_N)


def _sheet(
    network: nn.Module, result: Maximised, names: list[str], objective: Objective, default: str
) -> Sheet:
    num_steps = len(result.scores[0])
    caption = (
        f"Gradient ascent from noise on the {objective.text}: {num_steps} steps with random "
        f"rotations, shifts and scales.{_agreement(network, result, objective)}"
    )
    tiles = image_tiles((result.pixels_NCHW * 255).round().clamp(0, 255).to(torch.uint8))
    images = ImageGrid(
        title="Maximising images" if len(names) > 1 else f"Maximising image of {names[0]}",
        caption=caption + default,
        tiles=tiles,
        scale=Scale.pixels(3 if tiles.ndim == 4 else 1),
        labels=tuple(names),
        columns=5 if len(names) > 9 else min(3, len(names)),
    )
    curves = _score_curves(result, names, objective)
    return Sheet(title="Activation maximisation", items=(images, curves), columns=2)


def _agreement(network: nn.Module, result: Maximised, objective: Objective) -> str:
    """A sentence: how many images are classified as the class that they maximise."""
    if objective.tap is not None:
        return ""
    classes = objective.indices
    with frozen(network), torch.no_grad():
        probabilities_NK = compute_scores(network, result.inputs_NCHW).probabilities()
    hits = sum(int(p.argmax()) == k for p, k in zip(probabilities_NK, classes, strict=True))
    mean = float(probabilities_NK[torch.arange(len(classes)), classes].mean())
    return (
        f" {hits} of {len(classes)} are classified as their class, "
        f"with a mean probability of {mean:.1%}."
    )


def _score_curves(result: Maximised, names: list[str], objective: Objective) -> Curves:
    every = -(-len(result.scores[0]) // MAX_POINTS)
    series = tuple(
        Series(
            name=name,
            x=tuple(float(i) for i in range(0, len(values), every)),
            y=values[::every],
        )
        for name, values in zip(names, result.scores, strict=True)
    )
    first = sum(values[0] for values in result.scores) / len(result.scores)
    return Curves(
        title="Score during optimisation",
        caption=f"Mean score: from {first:.4g} to {float(result.final_N.mean()):.4g}.",
        x_label="step",
        y_label=objective.text,
        series=series[:MAX_SERIES],
    )
