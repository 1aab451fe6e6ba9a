"""Checks of a convolution's arrays and settings, before anything is computed."""

from typing import TYPE_CHECKING

import numpy as np

from convscope.errors import ArchitectureError, InputError

if TYPE_CHECKING:
    from convscope.labs.convolution import Convolution

MAX_PRODUCTS = 2_000_000
"""Upper limit of products in one lab."""


def check(lab: "Convolution") -> None:
    """Check shapes and sizes before anything is computed.

    Raises:
        InputError: shapes, groups or values that do not fit, or too many products.
        ArchitectureError: a window larger than the padded input.
    """
    if lab.x.ndim != 3 or lab.w.ndim != 4 or not lab.x.size or not lab.w.size:
        raise InputError(
            f"input of shape {lab.x.shape} and kernel of shape {lab.w.shape}",
            expected="input (C, H, W) and kernel (K, C/groups, h, w), none of them 0",
        )
    channels, first = lab.x.shape[0], lab.w.shape[0]
    if lab.groups < 1 or channels % lab.groups or first % lab.groups:
        raise InputError(
            f"{channels} and {first} channels with {lab.groups} groups",
            expected="groups that divide both",
        )
    takes = first if lab.transposed else lab.w.shape[1] * lab.groups
    if takes != channels:
        raise InputError(
            f"a kernel for {takes} channels and an input of {channels}",
            expected="as many channels in the kernel as in the input",
        )
    if lab.output_padding and not lab.transposed:
        raise InputError(
            "output_padding without a transposed convolution", fix="use transposed=True"
        )
    num_outputs = lab.w.shape[1] * lab.groups if lab.transposed else first
    if lab.b is not None and lab.b.shape != (num_outputs,):
        raise InputError(f"bias of shape {lab.b.shape}", expected=f"({num_outputs},)")
    for array in (lab.x, lab.w):
        if not np.isfinite(array).all():
            raise InputError("NaN or infinity in the input or kernel", expected="finite numbers")
    products = lab.geometry.output.numel * lab.w[0].size
    if products > MAX_PRODUCTS:
        raise InputError(
            f"{products:,} products",
            expected=f"at most {MAX_PRODUCTS:,}",
            fix="use a smaller input or fewer channels",
        )
    if min(lab.output_shape) < 1:
        raise ArchitectureError(f"an output of {lab.output_shape}", fix="use less padding")
