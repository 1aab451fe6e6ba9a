"""Normalisation of each image by itself: over its channels, a group of them, or one."""

from convscope.errors import ArchitectureError
from convscope.layers.base import (
    Count,
    Example,
    Layer,
    Positive,
    Saved,
    feature_maps,
    layer,
    nbytes,
)
from convscope.layers.call import Argument, ModuleCall, positional
from convscope.layers.channels import check_divisible
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import CHW, Reach, Shape, Whole


class _ImageNorm(Layer):
    """Base of these normalisations: the shape stays; a scale and a shift for each channel."""

    role = "normalisation"
    undecayed = frozenset({"weight", "bias"})
    affine: bool

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def parameters(self, input: Shape) -> int:
        return 2 * feature_maps(self, input).channels * self.affine

    def _affine(self, input: Shape, emit: Emitter, x: str) -> str:
        if not self.affine:
            return x
        axes = integers(emit, 1, 2)
        scaled = emit.node("Mul", x, emit.node("Unsqueeze", emit.weight("weight"), axes))
        return emit.node("Add", scaled, emit.node("Unsqueeze", emit.weight("bias"), axes))


@layer
class LayerNorm2d(_ImageNorm):
    """Layer normalisation over the channels at each position.

    y[c, i, j] = gamma[c] * (x[c, i, j] - mean[i, j]) / sqrt(var[i, j] + eps) + beta[c], mean
    and variance over the channels.

    (C, H, W) -> (C, H, W). Parameters: 2 C, none without `affine`.

    Paper: Ba, Kiros and Hinton 2016; over channels as in Liu et al. 2022, ConvNeXt.
    """

    eps: Positive = 1e-6
    affine: bool = True

    def saved(self, input: Shape) -> Saved:
        # mean and 1 / standard deviation of each position
        maps = feature_maps(self, input)
        return Saved(input=True, extra_bytes=8 * maps.height * maps.width)

    def label(self, input: Shape) -> str:
        return "LN"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "image_norm.LayerNorm2d",
            (
                positional("channels", feature_maps(self, input).channels),
                Argument("eps", self.eps, 1e-6),
                Argument("affine", self.affine, True),
            ),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        channels = feature_maps(self, input).channels
        scale = emit.weight("weight") if self.affine else emit.constant([1.0] * channels)
        shift = [emit.weight("bias")] if self.affine else []
        last = emit.node("Transpose", x, perm=[0, 2, 3, 1])
        y = emit.node("LayerNormalization", last, scale, *shift, axis=-1, epsilon=self.eps)
        return emit.node("Transpose", y, perm=[0, 3, 1, 2])


LayerNorm2d.examples = (
    Example(LayerNorm2d(), CHW(6, 5, 4)),
    Example(LayerNorm2d(eps=1e-3, affine=False), CHW(4, 1, 3)),
)


@layer
class GroupNorm(_ImageNorm):
    """Group normalisation: each group of channels of an image standardised.

    y[c] = gamma[c] * (x[c] - mean[g]) / sqrt(var[g] + eps) + beta[c], mean and variance over
    the channels of its group g and all positions.

    (C, H, W) -> (C, H, W). Parameters: 2 C, none without `affine`. One group: layer
    normalisation over the whole image.

    Paper: Wu and He 2018 (32 groups).
    """

    groups: Count
    eps: Positive = 1e-5
    affine: bool = True

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        check_divisible(self, maps.channels, self.groups, "groups")
        return maps

    def reach(self, input: Shape) -> Reach:
        return Whole()

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True, extra_bytes=8 * self.groups)

    def label(self, input: Shape) -> str:
        return f"GN, {self.groups} groups"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "nn.GroupNorm",
            (
                positional("num_groups", self.groups),
                positional("num_channels", feature_maps(self, input).channels),
                Argument("eps", self.eps, 1e-5),
                Argument("affine", self.affine, True),
            ),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        # the operator GroupNormalization of opset 18 has a scale for each group
        channels, height, width = feature_maps(self, input)
        inside = channels // self.groups * height * width
        rows = emit.node("Reshape", x, integers(emit, -1, self.groups, inside))
        ones, zeros = emit.constant([1.0] * self.groups), emit.constant([0.0] * self.groups)
        rows = emit.node("InstanceNormalization", rows, ones, zeros, epsilon=self.eps)
        y = emit.node("Reshape", rows, integers(emit, -1, channels, height, width))
        return self._affine(input, emit, y)


GroupNorm.examples = (
    Example(GroupNorm(2), CHW(6, 5, 4)),
    Example(GroupNorm(1, eps=1e-3, affine=False), CHW(4, 3, 2)),
)


@layer
class InstanceNorm2d(_ImageNorm):
    """Instance normalisation: each channel of each image standardised.

    y[c] = gamma[c] * (x[c] - mean[c]) / sqrt(var[c] + eps) + beta[c], mean and variance over
    the positions of channel c.

    (C, H, W) -> (C, H, W), of at least two positions. Parameters: 2 C with `affine`.

    Paper: Ulyanov, Vedaldi and Lempitsky 2016.
    """

    eps: Positive = 1e-5
    affine: bool = False

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        if maps.height * maps.width == 1:
            raise ArchitectureError(
                "InstanceNorm2d gives zeros for feature maps of a single position",
                expected="feature maps of at least two positions",
                fix="GroupNorm(1) or LayerNorm2d() would fit",
            )
        return maps

    def reach(self, input: Shape) -> Reach:
        return Whole()

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True, extra_bytes=8 * feature_maps(self, input).channels)

    def label(self, input: Shape) -> str:
        return "IN"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "nn.InstanceNorm2d",
            (
                positional("num_features", feature_maps(self, input).channels),
                Argument("eps", self.eps, 1e-5),
                Argument("affine", self.affine, False),
            ),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        channels = feature_maps(self, input).channels
        if self.affine:
            affine = emit.weight("weight"), emit.weight("bias")
        else:
            affine = emit.constant([1.0] * channels), emit.constant([0.0] * channels)
        return emit.node("InstanceNormalization", x, *affine, epsilon=self.eps)


InstanceNorm2d.examples = (
    Example(InstanceNorm2d(), CHW(4, 5, 3)),
    Example(InstanceNorm2d(eps=1e-3, affine=True), CHW(3, 2, 2)),
)


@layer
class GlobalResponseNorm(_ImageNorm):
    """Global response normalisation: each channel scaled by its share of the response.

    y[c] = x[c] + gamma[c] * x[c] * n[c] / (mean over c' of n[c'] + eps) + beta[c], n[c] the
    root of the sum of squares of channel c.

    (C, H, W) -> (C, H, W). Parameters: 2 C, zeros at first: the identity.

    Paper: Woo et al. 2023, ConvNeXt V2.
    """

    eps: Positive = 1e-6

    affine = True

    def reach(self, input: Shape) -> Reach:
        return Whole()

    def saved(self, input: Shape) -> Saved:
        # x times its relative response, and the per-channel norms
        maps = feature_maps(self, input)
        return Saved(input=True, extra_bytes=nbytes(maps) + 16 * maps.channels)

    def label(self, input: Shape) -> str:
        return "GRN"

    def module(self, input: Shape) -> ModuleCall:
        channels = positional("channels", feature_maps(self, input).channels)
        eps = Argument("eps", self.eps, 1e-6)
        return ModuleCall("image_norm.GlobalResponseNorm", (channels, eps))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        norm = emit.node("ReduceL2", x, integers(emit, 2, 3))
        mean = emit.node("ReduceMean", norm, integers(emit, 1))
        share = emit.node("Div", norm, emit.node("Add", mean, emit.constant(self.eps)))
        return emit.node("Add", x, self._affine(input, emit, emit.node("Mul", x, share)))


GlobalResponseNorm.examples = (
    Example(GlobalResponseNorm(), CHW(6, 5, 4)),
    Example(GlobalResponseNorm(eps=1e-2), CHW(3, 1, 2)),
)
