"""Merge sums of linear branches into one convolution each: RepVGG's deployed form.

A branch is a centred convolution, normalisations after it, or the identity. Their sum is again
one convolution: kernels are padded with zeros to the largest, the identity is a kernel of one 1
at the centre, and a normalisation scales and shifts each channel. Paper: Ding et al. 2021,
section 3.3. Axes: O outputs, I inputs of a group, H height, W width.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, cast

import torch
from torch import Tensor
from torch.nn import functional

from convscope.arch import AnyBlock, Architecture
from convscope.arch.block import Composition
from convscope.arch.fold import fold
from convscope.errors import InputError
from convscope.layers import Conv2d, Layer
from convscope.network.model_file import ModelFile

Weights = Mapping[str, Tensor]
DEPLOYED = "_deployed"


class Branch(NamedTuple):
    """A linear map of feature maps; no kernel means each channel to itself.

    y = scale * (kernel * x) + shift; stride and groups are the kernel's.
    """

    kernel_OIHW: Tensor | None = None
    scale_O: Tensor | None = None
    shift_O: Tensor | None = None
    stride: tuple[int, int] = (1, 1)
    groups: int = 1


class Part(NamedTuple):
    """A block after the merge, its weights by path, and the map that it is, if it is linear."""

    block: AnyBlock
    weights: dict[str, Tensor]
    branch: Branch | None


def merged(architecture: Architecture, weights: Weights) -> tuple[Architecture, dict[str, Tensor]]:
    """Return the architecture with one convolution for each sum of linear branches, and weights.

    The outputs in inference stay the same; the sums run over float64.

    Raises:
        InputError: the network has no such sum.
    """

    def layer(block: Layer, path: str) -> Part:
        own = {key: weights[key] for key in weights if key.rpartition(".")[0] == path}
        return Part(cast(AnyBlock, block), own, _branch(block, path, weights))

    def composition(block: Composition, path: str, parts: dict[str, Part]) -> Part:
        combine = COMBINE.get(block.type)
        branch = combine([part.branch for part in parts.values()]) if combine else None
        if branch is not None and block.flow == "branches":
            return _convolution(branch, path)
        inner = {key: t for part in parts.values() for key, t in part.weights.items()}
        blocks = {name: part.block for name, part in parts.items()}
        return Part(cast(AnyBlock, block.with_parts(blocks)), inner, branch)

    whole = fold(architecture.block, layer=layer, composition=composition)
    if whole.block == architecture.block:
        raise InputError(
            f"{architecture.name} has no sum of linear branches",
            expected="a network as repvgg_a0: convolutions, normalisations and identities, added",
            fix="use the model as it is",
        )
    name = (architecture.name + DEPLOYED)[:64]
    changed = {"name": name, "block": whole.block, "facts": (), "differs_from_paper": ()}
    fields = {field: getattr(architecture, field) for field in type(architecture).model_fields}
    return Architecture(**(fields | changed)), whole.weights


def deployed(model: ModelFile) -> ModelFile:
    """Return a model file whose sums of linear branches are one convolution each.

    Raises: as `merged`.
    """
    architecture, weights = merged(model.card.architecture, model.weights)
    card = model.card.model_copy(
        update={
            "architecture": architecture,
            "provenance": {**model.card.provenance, "deployed_from": model.card.architecture.name},
        }
    )
    return replace(model, card=card, weights=weights)


def _branch(layer: Layer, path: str, weights: Weights) -> Branch | None:
    """Return the map of one layer in inference, in float64."""
    form = layer.linearity()
    if form is None:
        return None
    own = {
        leaf: weights[f"{path}.{leaf}"].double()
        for leaf in ("weight", "bias", "running_mean", "running_var")
        if f"{path}.{leaf}" in weights
    }
    if form.kind == "identity":
        return Branch()
    if form.kind == "kernel":
        return Branch(own["weight"], None, own.get("bias"), form.stride, form.groups)
    deviation_O = (own["running_var"] + form.eps).sqrt()
    scale_O = own["weight"] / deviation_O if "weight" in own else 1 / deviation_O
    shift_O = -own["running_mean"] * scale_O
    return Branch(None, scale_O, shift_O + own["bias"] if "bias" in own else shift_O)


def _in_sequence(branches: list[Branch | None]) -> Branch | None:
    """Return the map of layers one after another; only the first may have a kernel."""
    whole = Branch()
    for place, branch in enumerate(branches):
        if branch is None or (place and branch.kernel_OIHW is not None):
            return None
        whole = branch if place == 0 else _scaled(whole, branch)
    return whole


def _scaled(branch: Branch, after: Branch) -> Branch:
    """Return a map followed by one without a kernel."""
    if after.scale_O is None:
        return branch
    kernel, shift = branch.kernel_OIHW, after.shift_O
    scale = after.scale_O if branch.scale_O is None else branch.scale_O * after.scale_O
    if branch.shift_O is not None and shift is not None:
        shift = branch.shift_O * after.scale_O + shift
    return branch._replace(kernel_OIHW=kernel, scale_O=scale, shift_O=shift)


def _added(branches: list[Branch | None]) -> Branch | None:
    """Return the sum of maps of one stride and one number of groups; one needs a kernel."""
    linear = [branch for branch in branches if branch is not None]
    kernels = [branch for branch in linear if branch.kernel_OIHW is not None]
    if len(linear) < len(branches) or not kernels:
        return None
    first = kernels[0]
    if any((b.stride, b.groups) != (first.stride, first.groups) for b in kernels):
        return None
    if len(kernels) < len(linear) and first.stride != (1, 1):
        return None
    parts = [_with_kernel(branch, first) for branch in linear]
    size = tuple(max(kernel.shape[axis] for kernel, _ in parts) for axis in (2, 3))
    kernel_OIHW = sum((_padded(kernel, size) for kernel, _ in parts), torch.zeros(()))
    shift_O = sum((shift for _, shift in parts), torch.zeros(()))
    return Branch(kernel_OIHW, None, shift_O, first.stride, first.groups)


def _with_kernel(branch: Branch, like: Branch) -> tuple[Tensor, Tensor]:
    """Return kernel and shift of a branch; one without a kernel keeps each channel."""
    assert like.kernel_OIHW is not None
    outputs, inputs = like.kernel_OIHW.shape[:2]
    kernel_OIHW = branch.kernel_OIHW
    if kernel_OIHW is None:
        one_OI = torch.zeros(outputs, inputs, dtype=torch.float64)
        one_OI[torch.arange(outputs), torch.arange(outputs) % inputs] = 1
        kernel_OIHW = one_OI[:, :, None, None]
    if branch.scale_O is not None:
        kernel_OIHW = kernel_OIHW * branch.scale_O[:, None, None, None]
    shift_O = (
        torch.zeros(outputs, dtype=torch.float64) if branch.shift_O is None else branch.shift_O
    )
    return kernel_OIHW, shift_O


def _padded(kernel_OIHW: Tensor, size: tuple[int, ...]) -> Tensor:
    """Return a kernel with zeros around it, up to a size."""
    rows, cols = ((size[axis] - kernel_OIHW.shape[2 + axis]) // 2 for axis in (0, 1))
    return functional.pad(kernel_OIHW, (cols, cols, rows, rows))


def _convolution(branch: Branch, path: str) -> Part:
    """Return one convolution that computes a sum, with its weights in float32."""
    kernel, shift = branch.kernel_OIHW, branch.shift_O
    assert kernel is not None
    assert shift is not None
    outputs, _, height, width = kernel.shape
    square = height == width
    conv = Conv2d(
        outputs,
        height if square else (height, width),
        stride=branch.stride[0] if branch.stride[0] == branch.stride[1] else branch.stride,
        padding=height // 2 if square else (height // 2, width // 2),
        groups=branch.groups,
    )
    weights = {f"{path}.weight": kernel.float(), f"{path}.bias": shift.float()}
    return Part(conv, weights, branch)


COMBINE = {"Chain": _in_sequence, "Residual": _added}
"""How a composition of linear maps is one map; compositions without a row keep their parts."""
