"""Our layers against ONNX's own test cases: attributes, inputs and stored outputs.

A layer is built from the attributes of a case, gets the tensors of the case, and runs in PyTorch.
`CONVERTERS` has a function for each operator that a layer computes; a case that the layer cannot
express raises `Cannot` with the reason. `python -m tests.layers.test_onnx_cases` prints both.
"""

import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from convscope.errors import ArchitectureError
from convscope.layers import (
    ELU,
    GELU,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
    GroupNorm,
    Hardsigmoid,
    Hardswish,
    Identity,
    InstanceNorm2d,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    PixelShuffle,
    PixelUnshuffle,
    PReLU,
    ReLU,
    ReLU6,
    Resize,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    Upsample,
    ZeroPad2d,
)
from convscope.shapes import CHW, Features

STORED = Path(onnx.__file__).parent / "backend" / "test" / "data"


class Cannot(Exception):  # noqa: N818
    """Reason why no layer computes a case."""


class Case(NamedTuple):
    """A graph of one node, its arrays by name, and the expected output."""

    name: str
    node: onnx.NodeProto
    arrays: dict[str, np.ndarray]
    output: np.ndarray


class Call(NamedTuple):
    """A layer, its input, and its weights by the names of the state dict."""

    layer: object
    x: np.ndarray
    weights: dict[str, np.ndarray] = {}


def _attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def _expect(values, name, *allowed):
    """An attribute that a layer does not have must have a value that changes nothing."""
    if values.get(name, allowed[0]) not in allowed:
        value = values[name]
        raise Cannot(f"{name} = {value.decode() if isinstance(value, bytes) else value}")


def _maps(case, x):
    if x.ndim != 4:
        raise Cannot(f"an input with {x.ndim} axes")
    return x


def _window(values, x, kernel):
    """Padding as a layer states it."""
    auto = values.get("auto_pad", b"NOTSET")
    if auto == b"SAME_UPPER":
        return "same_tensorflow"
    if auto in (b"SAME_LOWER",):
        raise Cannot("auto_pad = SAME_LOWER")
    top, left, bottom, right = values.get("pads", [0, 0, 0, 0]) if auto == b"NOTSET" else [0] * 4
    if (top, left) != (bottom, right):
        raise Cannot("uneven padding")
    return top, left


def _conv(case, values, x, weight, bias=None):
    padding = _window(values, _maps(case, x), weight.shape[2:])
    layer = Conv2d(
        weight.shape[0],
        weight.shape[2:],
        stride=tuple(values.get("strides", (1, 1))),
        padding=padding,
        dilation=tuple(values.get("dilations", (1, 1))),
        groups=values.get("group", 1),
        bias=bias is not None,
    )
    return Call(layer, x, {"weight": weight} | ({} if bias is None else {"bias": bias}))


def _conv_transpose(case, values, x, weight, bias=None):
    _maps(case, x)
    _expect(values, "auto_pad", b"NOTSET")
    if "output_shape" in values:
        raise Cannot("output_shape")
    groups = values.get("group", 1)
    layer = ConvTranspose2d(
        weight.shape[1] * groups,
        weight.shape[2:],
        stride=tuple(values.get("strides", (1, 1))),
        padding=_window(values, x, None),
        output_padding=tuple(values.get("output_padding", (0, 0))),
        dilation=tuple(values.get("dilations", (1, 1))),
        groups=groups,
        bias=bias is not None,
    )
    return Call(layer, x, {"weight": weight} | ({} if bias is None else {"bias": bias}))


def _pool(values, x):
    return {
        "kernel_size": tuple(values["kernel_shape"]),
        "stride": tuple(values.get("strides", (1, 1))),
        "padding": _window(values, x, None),
        "ceil_mode": bool(values.get("ceil_mode", 0)),
    }


def _max_pool(case, values, x):
    _maps(case, x)
    if len(case.node.output) > 1:
        raise Cannot("places of the maxima as second output")
    if x.dtype != np.float32:
        raise Cannot(f"numbers of the type {x.dtype}")
    return Call(MaxPool2d(**_pool(values, x), dilation=tuple(values.get("dilations", (1, 1)))), x)


def _average_pool(case, values, x):
    _maps(case, x)
    if tuple(values.get("dilations", (1, 1))) != (1, 1):
        raise Cannot("dilations of an average")
    pool = _pool(values, x)
    counted = bool(values.get("count_include_pad", 0))
    if pool["padding"] == "same_tensorflow":
        if counted:
            raise Cannot("auto_pad = SAME_UPPER with the padding in the mean")
        counted = True  # the border of "same_tensorflow" never counts
    return Call(AvgPool2d(**pool, count_include_pad=counted), x)


def _lrn(case, values, x):
    layer = LocalResponseNorm(
        values["size"],
        alpha=values.get("alpha", 1e-4),
        beta=values.get("beta", 0.75),
        k=values.get("bias", 1.0),
        alpha_per="mean",
    )
    return Call(layer, _maps(case, x))


def _batch_norm(case, values, x, scale, bias, mean, var):
    _expect(values, "training_mode", 0)
    names = ("weight", "bias", "running_mean", "running_var")
    weights = dict(zip(names, (scale, bias, mean, var), strict=True))
    return Call(BatchNorm2d(eps=values.get("epsilon", 1e-5)), _maps(case, x), weights)


def _instance_norm(case, values, x, scale, bias):
    layer = InstanceNorm2d(eps=values.get("epsilon", 1e-5), affine=True)
    return Call(layer, _maps(case, x), {"weight": scale, "bias": bias})


def _group_norm(case, values, x, scale, bias):
    layer = GroupNorm(values["num_groups"], eps=values.get("epsilon", 1e-5))
    return Call(layer, _maps(case, x), {"weight": scale, "bias": bias})


def _resize(case, values, x, roi=None, scales=None, sizes=None):
    _maps(case, x)
    if values.get("antialias") and not values.get("exclude_outside"):
        raise Cannot(
            "antialias over a repeated border: Pillow and PyTorch leave out what is outside"
        )
    if not values.get("antialias"):
        _expect(values, "exclude_outside", 0)
    for name in ("axes", "keep_aspect_ratio_policy"):
        if values.get(name) not in (None, b"stretch"):
            raise Cannot(name)
    mode, place = (
        values.get("mode", b"nearest"),
        values.get("coordinate_transformation_mode", b"half_pixel"),
    )
    if place not in (b"half_pixel", b"asymmetric"):
        raise Cannot(f"coordinate_transformation_mode = {place.decode()}")
    output = case.output.shape
    factors = [new / old for new, old in zip(output[2:], x.shape[2:], strict=True)]
    if scales is not None and scales.size and not np.allclose(scales[2:], factors):
        raise Cannot("scales that do not divide the size")
    if mode == b"nearest":
        nearest = values.get("nearest_mode", b"round_prefer_floor")
        whole = all(factor >= 1 and factor == int(factor) for factor in factors)
        if not whole:
            raise Cannot("nearest by a factor that is not whole")
        floored = nearest == b"floor" and place == b"asymmetric"
        if not floored and not (place == b"half_pixel" and nearest == b"round_prefer_floor"):
            raise Cannot(f"nearest_mode = {nearest.decode()} with {place.decode()}")
        return Call(Upsample(tuple(map(int, factors))), x)
    if place != b"half_pixel":
        raise Cannot(f"{mode.decode()} with {place.decode()}")
    _expect(values, "cubic_coeff_a", -0.75, -0.5)
    if values.get("antialias"):
        if mode == b"cubic" and values.get("cubic_coeff_a", -0.75) != -0.5:
            raise Cannot("cubic_coeff_a = -0.75 with antialias")
        kinds = {b"linear": "bilinear", b"cubic": "bicubic"}
        return Call(Resize(tuple(output[2:]), interpolation=kinds[mode]), x)
    if mode == b"linear" and all(f >= 1 and f == int(f) for f in factors):
        return Call(Upsample(tuple(map(int, factors)), mode="bilinear"), x)
    raise Cannot(f"{mode.decode()} without antialias, by a factor that is not whole")


def _softmax(case, values, x):
    axis = values.get("axis", -1)
    if axis not in (1, 1 - x.ndim):
        raise Cannot("softmax along another axis than the channels")
    return Call(Softmax(), x)


def _depth_to_space(case, values, x):
    if values.get("mode", b"DCR") != b"CRD":
        raise Cannot("mode = DCR: blocks outside, channels inside")
    return Call(PixelShuffle(values["blocksize"]), x)


def _space_to_depth(case, values, x):
    if x.shape[1] != 1:
        raise Cannot("blocks outside, channels inside, for several channels")
    return Call(PixelUnshuffle(values["blocksize"]), x)


def _gemm(case, values, a, b, c=None):
    _expect(values, "alpha", 1.0)
    _expect(values, "transA", 0)
    if c is not None:
        _expect(values, "beta", 1.0)
    weight = b if values.get("transB", 0) else b.T
    if c is not None and c.shape not in ((len(weight),), (1, len(weight))):
        raise Cannot("a bias that differs from image to image")
    weights = {"weight": weight} | ({} if c is None else {"bias": c.reshape(-1)})
    return Call(Linear(len(weight), bias=c is not None), a, weights)


def _flatten(case, values, x):
    if values.get("axis", 1) != 1:
        raise Cannot("flatten from another axis than the channels")
    return Call(Flatten(), x)


def _prelu(case, values, x, slope):
    if slope.size == 1:
        return Call(PReLU(), x, {"weight": slope.reshape(-1)})
    if slope.shape[1:] == (1,) * (x.ndim - 2) and len(slope) == x.shape[1]:
        return Call(PReLU(per_channel=True), x, {"weight": slope.reshape(-1)})
    raise Cannot("a slope for each position")


def _hard_sigmoid(case, values, x):
    if not np.isclose(values.get("alpha", 0.2), 1 / 6) or values.get("beta", 0.5) != 0.5:
        raise Cannot("another slope than 1/6")
    return Call(Hardsigmoid(), x)


def _clip(case, values, x, low=None, high=None):
    low = values.get("min") if low is None else float(low)
    high = values.get("max") if high is None else float(high)
    if (low, high) != (0, 6):
        raise Cannot("other limits than 0 and 6")
    return Call(ReLU6(), x)


def _swish(case, values, x):
    _expect(values, "alpha", 1.0)
    return Call(SiLU(), x)


def _gelu(case, values, x):
    return Call(GELU(values.get("approximate", b"none").decode()), x)


def _dropout(case, values, x, *rest):
    if len(rest) > 1 and bool(rest[1]):
        raise Cannot("dropout in training mode is random")
    if len(case.node.output) > 1:
        raise Cannot("the mask as second output")
    return Call(Dropout(), x)


def _pad(case, values, x, pads=None, value=None, axes=None):
    _expect(values, "mode", b"constant")
    pads = list(values["pads"] if pads is None else pads)
    value = values.get("value", 0) if value is None else value
    if axes is not None or x.ndim != 4 or any(pads[:2] + pads[4:6]) or value != 0:
        raise Cannot("padding of other axes, or with other numbers than 0")
    top, left, bottom, right = pads[2], pads[3], pads[6], pads[7]
    return Call(ZeroPad2d(top=top, bottom=bottom, left=left, right=right), x)


def _same(layer):
    return lambda case, values, x: Call(layer, x)


CONVERTERS = {
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Clip": _clip,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "DepthToSpace": _depth_to_space,
    "Dropout": _dropout,
    "Elu": lambda case, values, x: Call(ELU(values.get("alpha", 1.0)), x),
    "Flatten": _flatten,
    "Gelu": _gelu,
    "Gemm": _gemm,
    "GlobalAveragePool": lambda case, values, x: Call(GlobalAvgPool2d(), _maps(case, x)),
    "GlobalMaxPool": lambda case, values, x: Call(GlobalMaxPool2d(), _maps(case, x)),
    "GroupNormalization": _group_norm,
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _same(Hardswish()),
    "Identity": _same(Identity()),
    "InstanceNormalization": _instance_norm,
    "LRN": _lrn,
    "LeakyRelu": lambda case, values, x: Call(LeakyReLU(values.get("alpha", 0.01)), x),
    "MaxPool": _max_pool,
    "PRelu": _prelu,
    "Pad": _pad,
    "Relu": _same(ReLU()),
    "Resize": _resize,
    "Sigmoid": _same(Sigmoid()),
    "Softmax": _softmax,
    "SpaceToDepth": _space_to_depth,
    "Swish": _swish,
    "Tanh": _same(Tanh()),
}
"""Operator -> the call of a layer, from attributes and inputs."""


def call_of(case):
    """The layer that computes a case.

    Raises:
        Cannot: there is none.
    """
    inputs = [case.arrays[name] if name else None for name in case.node.input]
    try:
        call = CONVERTERS[case.node.op_type](case, _attributes(case.node), *inputs)
    except ArchitectureError as error:  # of a layer that does not exist with these settings
        raise Cannot(error.given) from None
    if call.x.dtype != np.float32:
        raise Cannot(f"numbers of the type {call.x.dtype}")
    if call.x.ndim not in (1, 2, 3, 4):
        raise Cannot(f"an input with {call.x.ndim} axes")
    return call


def run(call):
    """The output of the layer in PyTorch; pointwise layers get an axis for the batch."""
    x = torch.from_numpy(np.array(np.atleast_2d(call.x)))
    batch = x if x.ndim != 3 else x[:, None] if isinstance(call.layer, Softmax) else x[None]
    if x.ndim == 3 and isinstance(call.layer, Softmax | PReLU | Flatten):
        batch = x[..., None]  # the channels are the second axis
    shape = batch.shape[1:]
    input = CHW(*shape) if len(shape) == 3 else Features(*shape)
    module = call.layer.build(input).eval()
    state = module.state_dict()
    for name, array in call.weights.items():
        assert state[name].shape == array.shape
        state[name].copy_(torch.from_numpy(np.array(array)))
    with torch.inference_mode():
        return module(batch)


def stored() -> Iterator[Case]:
    """The cases that come as files: converted from PyTorch, with outputs of that time."""
    for folder in sorted((STORED / "pytorch-converted").iterdir()):
        model = onnx.load(folder / "model.onnx")
        data = folder / "test_data_set_0"
        arrays = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        names = [value.name for value in model.graph.input if value.name not in arrays]
        for number, name in enumerate(names):
            arrays[name] = _array(data / f"input_{number}.pb")
        if len(model.graph.node) == 1:
            yield Case(folder.name, model.graph.node[0], arrays, _array(data / "output_0.pb"))


@cache
def generated() -> tuple[Case, ...]:
    """The cases of operators, which onnx computes with NumPy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases(None)  # with a name the next call returns the same
    kept = [case for case in cases if len(case.model.graph.node) == 1]
    return tuple(_case(case) for case in kept if case.model.graph.node[0].op_type in CONVERTERS)


def _case(case):
    inputs, outputs = case.data_sets[0]
    names = [value.name for value in case.model.graph.input]
    arrays = {name: np.asarray(x) for name, x in zip(names, inputs, strict=True)}
    return Case(case.name, case.model.graph.node[0], arrays, np.asarray(outputs[0]))


def _array(path):
    return numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes()))


def compared(cases):
    """Number of cases that agree by operator, and those without a layer, with the reason."""
    agreeing: Counter[str] = Counter()
    reasons = {}
    for case in cases:
        operator = case.node.op_type
        if operator not in CONVERTERS:
            reasons[case.name] = f"{operator}: no layer computes it"
            continue
        try:
            call = call_of(case)
        except Cannot as reason:
            reasons[case.name] = f"{operator}: {reason}"
            continue
        actual = run(call).numpy().reshape(case.output.shape)
        np.testing.assert_allclose(actual, case.output, rtol=1e-3, atol=1e-5, err_msg=case.name)
        agreeing[operator] += 1
    return agreeing, reasons


def test_the_cases_that_pytorch_stored():
    agreeing, _ = compared(stored())
    assert agreeing.total() >= 31


@pytest.mark.slow
def test_the_cases_of_the_operators():
    agreeing, reasons = compared(generated())
    assert agreeing.total() >= 78
    assert {operator for operator in CONVERTERS if operator not in agreeing} <= {
        "Clip",  # none with the limits of ReLU6
        "HardSigmoid",  # none with the slope of torch
        "PRelu",  # the slopes have other shapes
        "Pad",  # not of the sides alone
        "Swish",  # of one axis
    }, reasons


if __name__ == "__main__":
    for cases in (stored(), generated()):
        agreeing, reasons = compared(cases)
        sys.stdout.write(f"{agreeing.total()} agree: {dict(agreeing)}\n")
        sys.stdout.write(f"{len(reasons)} without a layer:\n")
        for reason, number in Counter(reasons.values()).most_common():
            sys.stdout.write(f"  {number:3} {reason}\n")
