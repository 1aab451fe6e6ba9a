"""The image that a unit or a class wants: made from noise by following the gradient up.

Axes: N images, C channels, H height, W width, K classes or units, 3 red, green, blue.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network import Network
from convscope.network.hooks import activations, still
from convscope.payload import Curves, ImageGrid, Scale, Series, Sheet
from convscope.visuals.attribution.layers import ran
from convscope.visuals.attribution.score import answered, finite, positive, prepared, within
from convscope.visuals.fourier_image import Waves, moved
from convscope.visuals.subject import Function, device_of, label_of, normalisation, run

LEARNING_RATE = 0.05
DECAY = 0.3  # pulls what is not needed back to the mean image: 1.5 % a step
NUM_IMAGES = 10
MOST_POINTS = 200  # of the curve
AMPLITUDES = (0.01, 0.1, 1.0)  # of the first noise; the next where no unit answers to one


class Wanted(NamedTuple):
    """What came out.

    Attributes:
        inputs_NCHW: the images, as the network wants its input.
        pixels_NCHW: the same as pixels, 0 to 1.
        rise: the mean objective of each step, for each image.
        last_N: the objective of the finished images, not moved.
    """

    inputs_NCHW: Tensor
    pixels_NCHW: Tensor
    rise: tuple[tuple[float, ...], ...]
    last_N: Tensor


def compute(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    layer: str | None = None,
    unit: int | None = None,
    target: int | None = None,
    labels: tuple[str, ...] = (),
    preprocessing: Function | None = None,
    steps: int = 256,
    num_images: int = NUM_IMAGES,
    seed: int = 0,
) -> Sheet:
    """Images that a class's score, or a channel's mean, is largest for; and how it rose.

    Adam on Fourier coefficients in decorrelated colours; before each step the images are turned,
    shifted and zoomed a little, so that what excites the unit does so wherever it stands.

    Args:
        image_NCHW: gives the size of the images where the network is not one of ours, no more.
        layer: a channel of it instead of a class.
        unit, target: one channel, one class; without them the first `num_images`.
        preprocessing: its `Normalize` is what the pixels pass; without one the network is taken
            to want numbers from -2 to 2.

    Raises:
        InputError: no such layer, unit or class; a unit that answers to no noise.

    Paper: Olah, Mordvintsev, Schubert 2017, "Feature visualization", Distill.
    """
    positive(steps, name="steps")
    positive(num_images, name="num_images")
    shape_CHW = _size(network, image_NCHW)
    if unit is not None and layer is None:
        raise InputError(f"unit {unit} of no layer", expected="a layer, or a class", where="layer")
    num, known = _count(network, shape_CHW, layer)
    asked = target if layer is None else unit
    name = "target" if layer is None else "unit"
    if asked is not None:
        within(asked, num, name=name, noun="class" if layer is None else "unit")
    wanted = [asked] if asked is not None else list(range(min(num, num_images)))
    pixels = _Pixels.of(preprocessing, shape_CHW[0])
    made = _climbed(network, shape_CHW, layer, wanted, pixels, steps=steps, seed=seed)
    words = [label_of(labels, k) if layer is None else f"unit {k}" for k in wanted]
    return _sheet(network, made, words, wanted, layer=layer, known=known, asked=asked is not None)


def _size(network: nn.Module, image_NCHW: Tensor | None) -> tuple[int, int, int]:
    if image_NCHW is not None:
        channels, height, width = prepared(network, image_NCHW).shape[1:]
        return channels, height, width
    if isinstance(network, Network):
        channels, height, width = network.architecture.input
        return channels, height, width
    raise InputError(
        "the size of the images is not known", expected="image_NCHW, prepared: (1, C, H, W)"
    )


def _count(
    network: nn.Module, shape_CHW: tuple[int, int, int], layer: str | None
) -> tuple[int, str]:
    """How many classes or channels there are, and what to call them."""
    blank = torch.zeros(1, *shape_CHW, device=device_of(network))
    with still(network), torch.no_grad():
        if layer is None:
            num = answered(network, blank).shape[1]
            return num, f"{num} classes"
        with activations(network, [layer]) as seen:
            run(network, blank)
        num = ran(seen, layer).shape[1]
        return num, f"{num} channels of {layer}"


class _Pixels(NamedTuple):
    """From pixels, 0 to 1, to what the network wants; and their mean in training."""

    to_input: Function
    mean_C: Tensor

    @staticmethod
    def of(preprocessing: Function | None, channels: int) -> "_Pixels":
        normalise = normalisation(preprocessing)
        if normalise is None:
            return _Pixels(
                lambda pixels_NCHW: (pixels_NCHW - 0.5) * 4, torch.full((channels,), 0.5)
            )
        mean_C = (-normalise.shift_CHW / normalise.scale_CHW / 255).flatten().cpu()
        return _Pixels(lambda pixels_NCHW: normalise(pixels_NCHW * 255), mean_C.expand(channels))


def _climbed(
    network: nn.Module,
    shape_CHW: tuple[int, int, int],
    layer: str | None,
    wanted: list[int],
    pixels: _Pixels,
    *,
    steps: int,
    seed: int,
) -> Wanted:
    """The way up. Noise that nothing answers to is made stronger, twice."""
    shape = (len(wanted), *shape_CHW)
    device = device_of(network)
    with still(network):
        for amplitude in AMPLITUDES:
            generator = torch.Generator().manual_seed(seed)
            waves = Waves(
                shape,
                generator=generator,
                mean_C=pixels.mean_C,
                amplitude=amplitude,
                device=device,
            )
            optimiser = torch.optim.AdamW([waves.leaf], lr=LEARNING_RATE, weight_decay=DECAY)
            rise: list[list[float]] = []
            for _ in range(steps):
                inputs_NCHW = pixels.to_input(moved(waves.images(), generator=generator))
                scores_N = _scores(network, inputs_NCHW, layer, wanted)
                (slope,) = torch.autograd.grad(scores_N.sum(), waves.leaf)
                if not rise and not bool(slope.flatten(1).any(1).all()):
                    break  # a unit that is off everywhere has no slope
                waves.leaf.grad = finite(-slope, "the gradients")
                optimiser.step()
                rise.append(scores_N.detach().tolist())
            if rise:
                break
        else:
            raise InputError(
                f"{'a class' if layer is None else f'a unit of {layer}'} answers to no noise: "
                "there is no way up",
                expected="a unit that is not dead",
                fix="take the layer before its ReLU",
            )
        with torch.no_grad():
            pixels_NCHW = waves.images()
            inputs_NCHW = pixels.to_input(pixels_NCHW)
            last_N = _scores(network, inputs_NCHW, layer, wanted)
    by_image = tuple(tuple(step[i] for step in rise) for i in range(len(wanted)))
    return Wanted(inputs_NCHW, pixels_NCHW, by_image, last_N)


def _scores(
    network: nn.Module, inputs_NCHW: Tensor, layer: str | None, wanted: list[int]
) -> Tensor:
    """Of each image the logit of its class, or the mean of its channel: (N,)."""
    index = torch.arange(len(wanted), device=inputs_NCHW.device)
    which = torch.tensor(wanted, device=inputs_NCHW.device)
    if layer is None:
        return answered(network, inputs_NCHW)[index, which]
    with activations(network, [layer]) as seen:
        run(network, inputs_NCHW)
    answer = finite(ran(seen, layer), f"the answers of {layer}")
    return answer[index, which].reshape(len(wanted), -1).mean(1)


def _sheet(
    network: nn.Module,
    made: Wanted,
    words: list[str],
    wanted: list[int],
    *,
    layer: str | None,
    known: str,
    asked: bool,
) -> Sheet:
    what = "the score (logit) of a class" if layer is None else f"the mean of a channel of {layer}"
    said = f"From noise, {len(made.rise[0])} steps up {what}, under small turns and shifts."
    if layer is None:
        with still(network), torch.no_grad():
            probabilities_NK = answered(network, made.inputs_NCHW).softmax(1)
        hits = sum(int(p.argmax()) == k for p, k in zip(probabilities_NK, wanted, strict=True))
        share = float(probabilities_NK[torch.arange(len(wanted)), wanted].mean())
        said += f" The network answers {hits} of {len(wanted)} with the class wanted, at "
        said += f"{share:.1%} in the mean."
    if not asked:
        said += f" The first {len(wanted)} of {known} were picked."
    pixels_NCHW = (made.pixels_NCHW * 255).round().clamp(0, 255).to("cpu", torch.uint8)
    if pixels_NCHW.shape[1] not in (1, 3):
        pixels_NCHW = pixels_NCHW.float().mean(1, keepdim=True).round().to(torch.uint8)
    tiles = pixels_NCHW.permute(0, 2, 3, 1).contiguous().numpy()
    grid = ImageGrid(
        title="wanted images" if len(wanted) > 1 else f"wanted by {words[0]}",
        caption=said,
        tiles=tiles if tiles.shape[3] == 3 else np.ascontiguousarray(tiles[..., 0]),
        scale=Scale.pixels(tiles.shape[3]),
        labels=tuple(words),
        columns=5 if len(words) > 9 else math.ceil(math.sqrt(len(words))),
    )
    return Sheet(
        title="the images that the network wants", items=(grid, _rise(made, words, what)), columns=2
    )


def _rise(made: Wanted, words: list[str], what: str) -> Curves:
    every = -(-len(made.rise[0]) // MOST_POINTS)
    series = tuple(
        Series(
            name=word,
            x=tuple(float(i) for i in range(0, len(values), every)),
            y=values[::every],
        )
        for word, values in zip(words, made.rise, strict=True)
    )
    first = sum(values[0] for values in made.rise) / len(made.rise)
    return Curves(
        title="how it rose",
        caption=f"From {first:.4g} to {float(made.last_N.mean()):.4g} in the mean.",
        x_label="step",
        y_label=what.removeprefix("the "),
        series=series[:64],
    )
