"""Random architectures: shapes, counts and receptive fields are those of torch, and what torch
would refuse is refused before, with the path."""

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convscope.arch import (
    Architecture,
    Chain,
    Concat,
    Gate,
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
    GlobalAvgPool2d,
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
        st.tuples(inner, inner).map(lambda sides: Gate(*sides)),
        inner.map(lambda block: Gate(block, Chain(same=block, pool=GlobalAvgPool2d()))),
    )


blocks = st.recursive(layers(), compositions, max_leaves=8)
shapes = st.builds(CHW, small, st.integers(1, 16), st.integers(1, 16))
LIMITS = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
FEWER = settings(LIMITS, max_examples=20)  # each computes 128 images in float64


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
def test_layers_that_torch_rejects_are_rejected_before(layer, shape):
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
def sliding(draw, channels, kinds):
    """A layer that keeps or sets the channels and slides a window, fitting by construction."""
    kind = draw(st.sampled_from(kinds))
    kernel = draw(st.integers(1, 3))
    stride, padding = draw(st.integers(1, 2)), draw(st.integers(0, kernel // 2))
    if kind == "conv":
        return Conv2d(channels, kernel, stride, padding, draw(st.integers(1, 2)))
    if kind == "avg":
        return AvgPool2d(kernel, stride, padding)
    if kind == "max":
        return MaxPool2d(kernel, stride, padding)
    return Conv2d(channels, (kernel, draw(st.integers(1, 3))), stride, padding)


@st.composite
def seeing(draw, windows, compositions):
    """A random network of windows and compositions."""
    parts = {}
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["one", *compositions]))
        if kind == "one":
            parts[f"b{number}"] = draw(sliding(2, windows))
        elif kind == "concat":
            left, right = draw(st.integers(0, 2)), draw(st.integers(0, 2))
            parts[f"b{number}"] = Concat(
                left=Conv2d(1, 2 * left + 1, padding=left),
                right=Chain(a=Conv2d(2, 2 * right + 1, padding=right), b=Conv2d(1, 3, padding=1)),
            )
        else:
            half, other = draw(st.integers(0, 2)), draw(st.integers(0, 2))
            both = (
                Conv2d(2, 2 * half + 1, padding=half),
                Conv2d(2, 2 * other + 1, padding=other),
            )
            parts[f"b{number}"] = Gate(*both) if kind == "gate" else Residual(*both)
    return Chain(first=Conv2d(2, 1), **parts)


IMAGE = CHW(1, 61, 67)


def _field_and_positive(block):
    """The receptive field of the output, and the module with positive weights and no biases."""
    found = trace(block, IMAGE)
    module = build_block(block, IMAGE).double()
    for name, parameter in module.named_parameters():
        torch.nn.init.constant_(parameter, 0.0 if name.endswith("bias") else 0.1)
    return receptive_fields(found)[found.output], module


def _span(seen):
    places = seen.nonzero().flatten()
    return int(places[0]), int(places[-1]) + 1


@LIMITS
@given(block=seeing(("conv", "avg"), ("concat", "residual", "gate")))
def test_receptive_field_is_the_gradients(block):
    """The pixels that a unit in the middle depends on, by autograd, are the promised ones."""
    field, module = _field_and_positive(block)
    x = torch.ones(1, *IMAGE, dtype=torch.float64, requires_grad=True)
    y = module(x)
    row, col = y.shape[2] // 2, y.shape[3] // 2
    y[0, :, row, col].sum().backward()
    seen = x.grad[0, 0] != 0
    assert field.rows.span(row) == _span(seen.any(1))
    assert field.cols.span(col) == _span(seen.any(0))


@FEWER
@given(block=seeing(("conv", "avg", "max"), ("concat", "residual")))
def test_receptive_field_is_where_one_lit_row_or_column_is_visible(block):
    """With positive weights, no biases and a black image, a unit is above 0 exactly where it
    sees the row or the column that is lit. Holds for max pooling, whose gradient sees one pixel.
    """
    field, module = _field_and_positive(block)
    rows = torch.eye(IMAGE.height, dtype=torch.float64)[:, None, :, None].expand(-1, -1, -1, 67)
    cols = torch.eye(IMAGE.width, dtype=torch.float64)[:, None, None, :].expand(-1, -1, 61, -1)
    with torch.inference_mode():
        lit_rows, lit_cols = module(rows), module(cols)
    row, col = lit_rows.shape[2] // 2, lit_rows.shape[3] // 2
    assert field.rows.span(row) == _span(lit_rows[:, :, row, col].sum(1) > 0)
    assert field.cols.span(col) == _span(lit_cols[:, :, row, col].sum(1) > 0)


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
