"""Random architectures: what the data says is what torch does; what torch would refuse, the
data refuses first, with the path."""

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convscope.arch import (
    Architecture,
    Chain,
    Concat,
    Limits,
    Residual,
    receptive_fields,
    trace,
)
from convscope.errors import ArchitectureError
from convscope.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Identity,
    Linear,
    LocallyConnected2d,
    MaxPool2d,
    ReLU,
    ZeroPadShortcut,
)
from convscope.network import build, build_block
from convscope.shapes import CHW, Features

small = st.integers(1, 4)
either = st.one_of(small, st.tuples(small, small))
margin = st.one_of(st.integers(0, 3), st.tuples(st.integers(0, 3), st.integers(0, 3)))


@st.composite
def layers(draw):
    """Any layer, fitting or not."""
    kind = draw(
        st.sampled_from(["conv", "max", "avg", "norm", "relu", "local", "identity", "zero"])
    )
    try:
        match kind:
            case "conv":
                return Conv2d(
                    draw(st.integers(1, 6)),
                    draw(either),
                    draw(either),
                    draw(margin),
                    draw(either),
                    draw(st.integers(1, 3)),
                    draw(st.booleans()),
                )
            case "max":
                return MaxPool2d(
                    draw(either),
                    draw(st.none() | either),
                    draw(margin),
                    draw(either),
                    draw(st.booleans()),
                )
            case "avg":
                return AvgPool2d(
                    draw(either),
                    draw(st.none() | either),
                    draw(margin),
                    draw(st.booleans()),
                    draw(st.booleans()),
                )
            case "local":
                return LocallyConnected2d(draw(small), draw(either), draw(either), draw(margin))
            case "zero":
                return ZeroPadShortcut(draw(st.integers(1, 8)), draw(small))
            case "norm":
                return BatchNorm2d()
            case "relu":
                return ReLU()
            case _:
                return Identity()
    except ArchitectureError:
        assume(False)


def compositions(inner):
    named = st.lists(inner, min_size=1, max_size=3).map(
        lambda blocks: {f"b{number}": block for number, block in enumerate(blocks)}
    )
    return st.one_of(
        named.map(lambda blocks: Chain(**blocks)),
        named.map(lambda blocks: Concat(**blocks)),
        st.tuples(inner, inner).map(lambda sides: Residual(*sides)),
    )


blocks = st.recursive(layers(), compositions, max_leaves=8)
shapes = st.builds(CHW, small, st.integers(1, 16), st.integers(1, 16))
LIMITS = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)


@LIMITS
@given(block=blocks, shape=shapes)
def test_shapes_and_parameters_are_torchs(block, shape):
    try:
        found = trace(Chain(all=block), shape)
    except ArchitectureError as error:
        if not error.where.startswith("all"):
            raise
        return
    module = build_block(Chain(all=block), shape)
    assert tuple(module(torch.randn(2, *shape)).shape[1:]) == tuple(found.output_shape)
    assert sum(p.numel() for p in module.parameters()) == sum(s.parameters for s in found.steps)


@LIMITS
@given(layer=layers(), shape=shapes)
def test_what_torch_refuses_the_data_refuses_first(layer, shape):
    """A layer that the data accepts runs; one that it refuses fails in torch too."""
    try:
        expected = layer.output_shape(shape)
    except ArchitectureError:
        if isinstance(layer, ZeroPadShortcut):
            return  # torch would drop channels silently, which is why we refuse
        with pytest.raises((RuntimeError, ValueError, ArchitectureError)):
            layer.build(shape)(torch.randn(2, *shape))
        return
    assert tuple(layer.build(shape)(torch.randn(2, *shape)).shape[1:]) == tuple(expected)


@st.composite
def sliding(draw, channels):
    """A layer that keeps or sets the channels and slides a window, fitting by construction."""
    kind = draw(st.sampled_from(["conv", "avg", "max"]))
    kernel = draw(st.integers(1, 3))
    stride, padding = draw(st.integers(1, 2)), draw(st.integers(0, kernel // 2))
    if kind == "conv":
        return Conv2d(channels, kernel, stride, padding, draw(st.integers(1, 2)))
    if kind == "avg":
        return AvgPool2d(kernel, stride, padding)
    return Conv2d(channels, (kernel, draw(st.integers(1, 3))), stride, padding)


@st.composite
def seeing(draw):
    """A random network of windows with branches and shortcuts, all weights positive."""
    parts = {}
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["one", "concat", "residual"]))
        if kind == "one":
            parts[f"b{number}"] = draw(sliding(2))
        elif kind == "concat":
            left, right = draw(st.integers(0, 2)), draw(st.integers(0, 2))
            parts[f"b{number}"] = Concat(
                left=Conv2d(1, 2 * left + 1, padding=left),
                right=Chain(a=Conv2d(2, 2 * right + 1, padding=right), b=Conv2d(1, 3, padding=1)),
            )
        else:
            half = draw(st.integers(0, 2))
            parts[f"b{number}"] = Residual(Conv2d(2, 2 * half + 1, padding=half))
    return Chain(first=Conv2d(2, 1), **parts)


@LIMITS
@given(block=seeing())
def test_receptive_field_is_the_gradients(block):
    """The pixels that a unit in the middle depends on, by autograd, are the promised ones."""
    shape = CHW(1, 61, 67)
    found = trace(block, shape)
    field = receptive_fields(found)[found.output]
    module = build_block(block, shape).double()
    for parameter in module.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    x = torch.ones(1, *shape, dtype=torch.float64, requires_grad=True)
    y = module(x)
    row, col = y.shape[2] // 2, y.shape[3] // 2
    y[0, :, row, col].sum().backward()
    seen = x.grad[0, 0] != 0
    rows, cols = seen.any(1).nonzero().flatten(), seen.any(0).nonzero().flatten()
    assert field.rows.span(row) == (int(rows[0]), int(rows[-1]) + 1)
    assert field.cols.span(col) == (int(cols[0]), int(cols[-1]) + 1)


@LIMITS
@given(block=blocks, shape=shapes)
def test_json_round_trip(block, shape):
    try:
        width = trace(block, shape).output_shape.numel
        whole = Chain(body=block, flatten=Flatten(), fc=Linear(3))
        architecture = Architecture(name="random", input=shape, num_classes=3, block=whole)
    except ArchitectureError:
        assume(False)
    assert width > 0
    again = Architecture.from_json(architecture.to_json())
    assert again == architecture
    assert again.to_json() == architecture.to_json()
    assert again.fingerprint == architecture.fingerprint
    assert again.trace == architecture.trace
    network = build(again)
    assert network(torch.randn(2, *shape)).shape == (2, 3)


@pytest.mark.parametrize(
    ("block", "limits", "named"),
    [
        (Chain(a=Conv2d(10**8, 1)), Limits(), "activation_bytes"),
        (Chain(a=Flatten(), b=Linear(10**9)), Limits(), "parameters"),
        (Chain(**{f"c{n}": ReLU() for n in range(20)}), Limits(layers=10), "layers"),
        (Chain(a=Chain(b=Chain(c=ReLU()))), Limits(depth=2), "depth"),
    ],
)
def test_limits_are_checked_before_anything_is_allocated(block, limits, named):
    with pytest.raises(ArchitectureError) as caught:
        trace(block, CHW(3, 224, 224), limits)
    assert named in str(caught.value)
    assert caught.value.where


def test_maxpool_field_through_uneven_branches():
    """Branches that advance differently still give every unit its own, exact span."""
    block = Chain(
        both=Concat(stride=Conv2d(1, 1, stride=2), dilated=Conv2d(1, 5)), last=MaxPool2d(2, 1)
    )
    found = trace(block, CHW(1, 9, 9))
    field = receptive_fields(found)[found.output]
    assert found.output_shape == CHW(2, 4, 4)
    assert field.rows.stride is None
    assert [field.rows.span(unit) for unit in range(4)] == [(0, 6), (1, 7), (2, 8), (3, 9)]
    assert receptive_fields(trace(Chain(f=Flatten()), CHW(1, 4, 4)))[1].rows.size == 4
    assert trace(Chain(f=Flatten()), CHW(1, 4, 4)).output_shape == Features(16)
