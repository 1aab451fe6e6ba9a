"""Axes of a layer's output: channels first, channels last (Swin, ConvNeXt), or tokens (ViT).

Visuals read feature maps with the channels first. Networks of others may put them last, which
the shape alone does not always show; the class of the layer, or an earlier output of the same
shape, decides then.

Axes: N images, C channels, H height, W width, L tokens, D features of a token.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network import Network, module_at
from convscope.network.hooks import RUN, ModuleOutput, Run, frozen, is_scripted, module_outputs
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


class Tap(NamedTuple):
    """One run of a layer, and the function from its output to (N, C, H, W) or (N, K).

    The function applies to a gradient as to the output itself.
    """

    run: Run
    arrange: Reshape

    @property
    def path(self) -> str:
        return self.run.path

    def raw(self, network: nn.Module, outputs: Mapping[Run, Tensor]) -> Tensor:
        """The layer's output among those that hooks collected.

        Raises:
            InputError: the layer did not run.
        """
        if self.run in outputs:
            output = outputs[self.run]
            return output.dequantize() if output.is_quantized else output
        if isinstance(network, Network):
            fix = "auxiliary heads run in training only"
        else:
            fix = "name a module that the network calls"
        raise InputError(
            f"{self.run.path} did not run for this image{unreported(network)}",
            expected="a layer of the main path",
            fix=fix,
            where="layer",
        )

    def output(self, network: nn.Module, outputs: Mapping[Run, Tensor]) -> Tensor:
        """The layer's output, channels first."""
        return self.arrange(self.raw(network, outputs))


def unreported(network: nn.Module) -> str:
    """The reason why the layers of a module cannot be seen; empty for ordinary modules."""
    if not any(is_scripted(part) for part in network.modules()):
        return ""
    return ": a scripted or traced module does not report them"


def find_tap(network: nn.Module, input_NCHW: Tensor, layer: str, *, first_run: bool = False) -> Tap:
    """The run of a layer that depends on the image, and the axes of its output.

    `reshape=` is used where it was given and the layer does not state its axes; otherwise the
    channels are brought to the front where they are last.

    Args:
        layer: its path; with `, run 2` one run of a layer that runs several times.
        first_run: take the first of several runs, for a layer that nobody chose.

    Raises:
        InputError: an unknown path (the nearest ones are named), or several runs.
    """
    path, _, number = layer.partition(RUN)
    module_at(network, path)
    if isinstance(network, Network):
        if number not in ("", "1"):
            raise InputError(
                f"layer={layer!r}, but {path} runs once", fix=f"layer={path!r}", where="layer"
            )
        return Tap(Run(path, 1), unchanged)
    with frozen(network), module_outputs(network) as outputs:
        run(network, input_NCHW[:1].detach().clone().requires_grad_())
    info = layer_info(network)
    last = channels_last(outputs, info, size_of(input_NCHW))
    taps: dict[Run, tuple[bool, bool]] = {
        each: (is_last, output.has_gradient)
        for output, is_last in zip(outputs, last, strict=True)
        for each in output.runs
        if each.path == path and number in ("", str(each.number))
    }
    chosen = [each for each, (_, has_gradient) in taps.items() if has_gradient] or list(taps)
    if len(chosen) > 1 and not first_run:
        raise InputError(
            f"{path} runs more than once in a forward pass, so it has {len(chosen)} outputs",
            expected="a layer that runs once, or one of the runs",
            fix=f"layer='{path}{RUN}{chosen[-1].number}', or the block around it",
            where="layer",
        )
    if not chosen and number:
        times = sum(each.path == path for output in outputs for each in output.runs)
        raise InputError(
            f"layer={layer!r}, but {path} runs {times} times",
            expected=f"{path}{RUN}1 to {times}" if times else "a layer that runs",
            where="layer",
        )
    if not chosen:
        return Tap(Run(path, 1), unchanged)
    reshape = reshape_of(network)
    if reshape is not None and info[path].channels != "first":
        return Tap(chosen[0], reshape)
    return Tap(chosen[0], channels_first if taps[chosen[0]][0] else unchanged)


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
