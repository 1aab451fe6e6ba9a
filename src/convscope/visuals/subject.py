"""What every visual asks of the network and of what it is shown, in one place.

Axes: N batch, C channels, H height, W width, K classes, 3 red, green, blue.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.layers.torch.preprocess import Normalize
from convscope.network.hooks import passages, still

Function = Callable[[Tensor], Tensor]
Pixels = NDArray[np.uint8]


class Images(Protocol):
    """What is needed of a split of a data set."""

    @property
    def labels_N(self) -> Tensor: ...  # noqa: N802

    def __len__(self) -> int: ...

    def image(self, index: int) -> Tensor:
        """(C, H, W), uint8, at its own size."""

    def inputs(
        self, preprocessing: Function, *, batch_size: int, device: str | torch.device
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs (N, C, H, W) and labels (N,), in order."""


def not_empty(split: Images) -> None:
    """Raises InputError where there is nothing to look at."""
    if len(split) == 0:
        raise InputError("the split has no images", expected="at least one", where="split")


def device_of(network: nn.Module) -> torch.device:
    """Where the network's numbers are."""
    for parameter in network.parameters():
        return parameter.device
    return torch.device("cpu")


def run(network: nn.Module, inputs_NCHW: Tensor) -> None:
    """Let images pass, whatever the network answers; it may work in place, so on a copy.

    Raises:
        InputError: it cannot take such images.
    """
    output_of(network, inputs_NCHW.clone())


def output_of(network: nn.Module, inputs_NCHW: Tensor) -> Any:
    """Whatever the network answers to images that nobody needs afterwards.

    Raises:
        InputError: it cannot take such images.
    """
    try:
        return network(inputs_NCHW)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        shape, first = "x".join(map(str, inputs_NCHW.shape[1:])), str(error).splitlines()[0]
        raise InputError(f"the network does not take images of {shape}: {first}") from error


def layers_run(network: nn.Module, input_NCHW: Tensor) -> dict[str, tuple[int, ...]]:
    """The layers that run for an input, in that order, with output shapes; no compositions."""
    with still(network), torch.no_grad(), passages(network) as found:
        run(network, input_NCHW)
    makers = {passage.paths[0]: passage.shape for passage in found}
    return {
        path: shape
        for path, shape in makers.items()
        if not any(network.get_submodule(path).children())
    }


def label_of(labels: Sequence[str], index: int) -> str:
    """The name of a class, or its number where names are not known."""
    return labels[index] if index < len(labels) else f"class {index}"


def normalisation(preprocessing: Function | None) -> Normalize | None:
    """The `Normalize` of a preprocessing, where there is one."""
    if not isinstance(preprocessing, nn.Module):
        return None
    found = [part for part in preprocessing.modules() if isinstance(part, Normalize)]
    return found[-1] if found else None


def as_pixels(input_NCHW: Tensor, preprocessing: Function | None) -> Pixels:
    """Inputs of a network as pictures: (N, H, W) where there is one channel, else (N, H, W, 3).

    `Normalize` is undone; where there is none, each image is spread from black to white. Of two,
    four or more channels the mean is shown.
    """
    values_NCHW = input_NCHW.detach().to("cpu", torch.float32)
    normalise = normalisation(preprocessing)
    if normalise is not None:
        shift, scale = normalise.shift_CHW.cpu(), normalise.scale_CHW.cpu()
        values_NCHW = (values_NCHW - shift) / scale
    else:
        low = values_NCHW.amin((1, 2, 3), keepdim=True)
        high = values_NCHW.amax((1, 2, 3), keepdim=True)
        values_NCHW = (values_NCHW - low) / (high - low).clamp(min=1e-12) * 255
    pixels_NCHW = values_NCHW.round().clamp(0, 255)
    if pixels_NCHW.shape[1] not in (1, 3):
        pixels_NCHW = pixels_NCHW.mean(1, keepdim=True).round()
    made: Pixels = pixels_NCHW.to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
    return made[..., 0] if made.shape[3] == 1 else made


def in_colour(pixels: Pixels) -> Pixels:
    """(..., H, W) -> (..., H, W, 3); what has colours already stays."""
    if pixels.ndim >= 3 and pixels.shape[-1] == 3:
        return pixels
    return np.repeat(pixels[..., None], 3, axis=-1)
