"""Order in which the layers of a network run, which need not be the order of their names.

Axes: N images, C channels, H height, W width.
"""

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network import Network
from convscope.network.hooks import PARAMETRIZED, called_modules, frozen
from convscope.network.layer_info import LayerInfo, layer_info
from convscope.visuals.attribution.score import gradients_of
from convscope.visuals.forward import compute_logits, device_of, prepared_image, run

SIDES = (64, 224, 32, 28)  # of trial images, where no image is given
Size = tuple[int, int, int]
"""Channels, height and width."""


def kernels_in_order(network: nn.Module, input_NCHW: Tensor | None) -> list[str]:
    """The paths of the convolutions, in the order in which they run.

    Without an image a module of others is tried on blank images of a few sizes.

    Raises:
        InputError: the network does not accept the image, or no blank one reached a convolution.
    """
    info = layer_info(network)
    paths = [path for path, layer in info.items() if layer.kernels is not None]
    if isinstance(network, Network) or len(paths) < 2:
        return paths
    if input_NCHW is not None:
        with frozen(network), torch.no_grad(), called_modules(network) as calls:
            run(network, input_NCHW)
        return [path for path in dict.fromkeys(calls.started) if path in paths]
    longest: list[str] = []
    for size in _trial_sizes(info, paths):
        started, is_complete = _started(network, size)
        reached = [path for path in started if path in paths]
        longest = max(longest, reached, key=len)
        if is_complete:
            return reached
    if not longest:
        raise InputError(
            f"the order in which the {len(paths)} convolutions run is not known without an image",
            expected="an image as the network takes it, or a layer",
            fix=f"for example layer={paths[0]!r}",
            where="layer",
        )
    return longest


def _trial_sizes(info: dict[str, LayerInfo], paths: list[str]) -> list[Size]:
    channels = dict.fromkeys([3, 1, *(info[path].in_channels or 3 for path in paths[:4])])
    return [(c, side, side) for side in SIDES for c in channels]


def _started(network: nn.Module, size: Size) -> tuple[list[str], bool]:
    """The modules that start for an image of a size, and whether the pass ended without error."""
    image_NCHW = torch.zeros(1, *size, device=device_of(network))
    with frozen(network), torch.no_grad(), called_modules(network) as calls:
        try:
            run(network, prepared_image(network, image_NCHW))
        except InputError:
            return list(dict.fromkeys(calls.started)), False
    return list(dict.fromkeys(calls.started)), True


def weights_in_order(
    network: nn.Module, image_NCHW: Tensor | None
) -> list[tuple[str, list[nn.Parameter]]]:
    """The layers with parameters, in the order in which they last end, and their parameters.

    A parameter of a part that is not called as a module belongs to the module around it, if the
    score depends on it: weights used as functions, as in nn.MultiheadAttention. Without an image
    the order is that of registration.
    """
    if image_NCHW is None:
        registered = [(p, [*m.parameters(recurse=False)]) for p, m in network.named_modules()]
        return [(path, parameters) for path, parameters in registered if parameters]
    with frozen(network), called_modules(network) as calls:
        run(network, prepared_image(network, image_NCHW))
    order = list(dict.fromkeys(reversed(calls.finished)))[::-1]
    called = {*order, ""}
    owned: dict[str, list[nn.Parameter]] = {path: [] for path in [*order, ""]}
    uncalled: list[tuple[str, nn.Parameter]] = []
    for name, parameter in network.named_parameters():
        path = name.split(f".{PARAMETRIZED}.")[0] if PARAMETRIZED in name else name
        path = path.rpartition(".")[0] if path == name else path
        if path in called and path:
            owned[path].append(parameter)
        else:
            uncalled.append((path, parameter))
    for path, parameter in _used(network, image_NCHW, uncalled):
        while path not in called:
            path = path.rpartition(".")[0]
        owned[path].append(parameter)
    return [(path, parameters) for path, parameters in owned.items() if parameters]


def _used(
    network: nn.Module, image_NCHW: Tensor, parameters: list[tuple[str, nn.Parameter]]
) -> list[tuple[str, nn.Parameter]]:
    """Parameters that the scores depend on."""
    if not parameters:
        return []
    with frozen(network):
        for _, parameter in parameters:
            parameter.requires_grad_(parameter.is_floating_point())
        scores_NK = compute_logits(network, prepared_image(network, image_NCHW))
        gradients = gradients_of(scores_NK.sum(), [parameter for _, parameter in parameters])
    return [
        each for each, gradient in zip(parameters, gradients, strict=True) if gradient is not None
    ]
