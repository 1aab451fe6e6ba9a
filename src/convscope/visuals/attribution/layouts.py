"""Axes of a layer's output: channels first, channels last (Swin, ConvNeXt), or tokens (ViT).

Visuals read feature maps with the channels first. Networks of others may put them last, which
the shape alone does not always show; the class of the layer, or an earlier output of the same
shape, decides then.

Axes: N images, C channels, H height, W width, L tokens, D features of a token.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from convscope.network import Network
from convscope.network.hooks import ModuleOutput, frozen, module_outputs
from convscope.network.layer_info import LayerInfo, layer_info
from convscope.visuals.forward import run
from convscope.visuals.module import Reshape, reshape_of

Size = tuple[int, int]
"""Height and width."""


def channels_first(maps_NHWC: Tensor) -> Tensor:
    """(N, H, W, C) -> (N, C, H, W)."""
    return maps_NHWC.permute(0, 3, 1, 2)


def unchanged(output: Tensor) -> Tensor:
    """The same tensor."""
    return output


def arrangement(network: nn.Module, input_NCHW: Tensor, path: str) -> Reshape:
    """The function from a layer's output to (N, C, H, W) or (N, K), for any number of images.

    `reshape=` where it was given; otherwise the channels are brought to the front where they are
    last. It applies to a gradient as to the output itself.
    """
    if isinstance(network, Network):
        return unchanged
    reshape = reshape_of(network)
    if reshape is not None:
        return reshape
    with frozen(network), torch.no_grad(), module_outputs(network) as outputs:
        run(network, input_NCHW[:1])
    last = channels_last(outputs, layer_info(network), size_of(input_NCHW))
    for output, is_last in zip(reversed(outputs), reversed(last), strict=True):
        if any(each.path == path for each in output.runs):
            return channels_first if is_last else unchanged
    return unchanged


def size_of(input_NCHW: Tensor) -> Size:
    return input_NCHW.shape[2], input_NCHW.shape[3]


def channels_last(
    outputs: Sequence[ModuleOutput], info: dict[str, LayerInfo], image: Size
) -> list[bool]:
    """Return whether the channels of each output come last: (N, H, W, C)."""
    known: dict[tuple[int, ...], bool] = {}
    last = []
    for output in outputs:
        is_last = False
        if len(output.shape) == 4:
            stated = info[output.run.path].channels
            if stated is not None:
                is_last = stated == "last"
            elif output.shape in known:
                is_last = known[output.shape]
            else:
                is_last = _looks_last(output.shape, image)
            known[output.shape] = is_last
        last.append(is_last)
    return last


def _looks_last(shape: tuple[int, ...], image: Size) -> bool:
    """Return whether only axes 1 and 2 have the proportions of the image."""
    _, first, second, third = shape
    return _fits((first, second), image) and not _fits((second, third), image)


def _fits(maps: Size, image: Size) -> bool:
    """Return whether maps have the proportions of the image, to a position."""
    return abs(maps[0] * image[1] - maps[1] * image[0]) < max(image)
