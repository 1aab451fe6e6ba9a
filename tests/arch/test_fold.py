"""The walks over blocks: order, paths, deep nesting, and one row of every backend for each
composition."""

import ast
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

import convscope
from convscope.arch import (
    Architecture,
    AuxiliaryHead,
    Chain,
    Concat,
    Gate,
    Residual,
    block_at,
    receptive_fields,
    trace,
)
from convscope.arch.block import COMPOSITIONS
from convscope.arch.fold import flow, fold, layers, replaced, row, sequence
from convscope.arch.limits import LIMITS
from convscope.errors import ArchitectureError, Unsupported
from convscope.export.pytorch.rows import ROWS as SOURCE_ROWS
from convscope.layers import (
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
    Sigmoid,
)
from convscope.network import build, build_block
from convscope.network.build import MODULES
from convscope.render.diagram.items import COMPOSITIONS as DIAGRAM_ITEMS
from convscope.shapes import CHW, Features

BLOCK = Chain(
    first=Conv2d(4, 3),
    mid=Chain(
        split=Concat(left=ReLU(), right=Chain(a=Sigmoid(), b=Identity())),
        head=AuxiliaryHead(Chain(flat=Flatten(), fc=Linear(2))),
    ),
    last=Residual(ReLU()),
)
PATHS = [
    "first",
    "mid.split.left",
    "mid.split.right.a",
    "mid.split.right.b",
    "mid.head.head.flat",
    "mid.head.head.fc",
    "last.body",
    "last.shortcut",
]


def squeeze_excitation(channels, reduced):
    return Gate(
        body=Identity(),
        gate=Chain(
            squeeze=GlobalAvgPool2d(),
            reduce=Conv2d(reduced, 1),
            relu=ReLU(),
            expand=Conv2d(channels, 1),
            sigmoid=Sigmoid(),
        ),
    )


def classified(**blocks):
    return Architecture(
        name="x",
        input=CHW(3, 8, 8),
        num_classes=5,
        block=Chain(**blocks, average=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(5)),
    )


def test_layers_come_in_the_order_of_their_execution():
    assert [path for path, _ in layers(BLOCK)] == PATHS
    steps = trace(BLOCK, CHW(3, 8, 8)).steps
    assert [step.path for step in steps if step.layer] == PATHS


def test_sequence_takes_chains_apart_and_nothing_else():
    assert [path for path, _ in sequence(BLOCK)] == ["first", "mid.split", "mid.head", "last"]


def test_fold_gives_the_results_of_the_parts_by_name():
    def composition(block, path, parts):
        return f"{block.type}@{path}({', '.join(f'{k}={v}' for k, v in parts.items())})"

    found = fold(BLOCK, layer=lambda layer, _: layer.type, composition=composition)
    assert found == (
        "Chain@(first=Conv2d, mid=Chain@mid(split=Concat@mid.split(left=ReLU, "
        "right=Chain@mid.split.right(a=Sigmoid, b=Identity)), "
        "head=AuxiliaryHead@mid.head(head=Chain@mid.head.head(flat=Flatten, fc=Linear))), "
        "last=Residual@last(body=ReLU, shortcut=Identity))"
    )


def test_flow_passes_values_along_branches_and_around_heads():
    class Text:
        def enter(self, block, place):
            pass

        def layer(self, layer, place, x):
            return f"{layer.type}({x})"

        def join(self, block, place, ends):
            return f"{block.type}({', '.join(ends.values())})"

        def side(self, block, place, ends):
            sides.append((place.path, *ends.values()))

    sides = []
    found = flow(BLOCK, "x", Text())
    mid = "Concat(ReLU(Conv2d(x)), Identity(Sigmoid(Conv2d(x))))"
    assert found == f"Residual(ReLU({mid}), Identity({mid}))"
    assert sides == [("mid.head", f"Linear(Flatten({mid}))")]


def test_replacing_a_layer_keeps_everything_else():
    path = "mid.split.right.a"
    found = replaced(BLOCK, {path: ReLU()})
    assert block_at(found, path) == ReLU()
    assert replaced(found, {path: Sigmoid()}) == BLOCK
    assert found.blocks["first"] is BLOCK.blocks["first"]
    assert block_at(found, "mid.head").weight == 0.3


def test_a_backend_without_a_row_refuses_with_a_sentence():
    with pytest.raises(Unsupported, match="a drawing does not support Gate") as caught:
        row({"Chain": 1}, Gate(ReLU(), ReLU()), backend="a drawing", where="a.b")
    assert caught.value.where == "a.b"


@pytest.mark.parametrize(
    "table", [MODULES, SOURCE_ROWS, DIAGRAM_ITEMS], ids=["PyTorch", "PyTorch source", "diagram"]
)
def test_every_composition_has_a_row_in_every_backend(table):
    assert set(table) == {composition.__name__ for composition in COMPOSITIONS}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda block: Chain(a=block),
        lambda block: Concat(a=block),
        lambda block: Residual(block),
        lambda block: Gate(block, Identity()),
    ],
    ids=["Chain", "Concat", "Residual", "Gate"],
)
def test_nesting_up_to_the_limit(wrap):
    """Every walk, JSON, equality, hashing and the forward pass reach the deepest block."""
    block = Conv2d(3, 1)
    for _ in range(LIMITS.depth - 1):
        block = wrap(block)
    made = classified(deep=block)
    assert Architecture.from_json(made.to_json()) == made
    assert hash(made.block) == hash(classified(deep=block).block)
    assert made.table().totals.layers == len(made.table().rows) - sum(
        1 for step in made.trace.steps if step.layer is None
    )
    assert build(made)(torch.zeros(1, 3, 8, 8)).shape == (1, 5)
    with pytest.raises(ArchitectureError, match="depth: 65, and the limit is 64"):
        classified(deep=wrap(block))


def test_squeeze_and_excitation_is_the_hand_written_one():
    channels, reduced = 6, 2
    block = squeeze_excitation(channels, reduced)
    module = build_block(block, CHW(channels, 5, 7))
    x = torch.randn(2, channels, 5, 7, requires_grad=True)
    w1, b1 = module.gate.reduce.weight.reshape(reduced, channels), module.gate.reduce.bias
    w2, b2 = module.gate.expand.weight.reshape(channels, reduced), module.gate.expand.bias
    scale = torch.sigmoid(F.linear(F.relu(F.linear(x.mean((2, 3)), w1, b1)), w2, b2))
    expected = x * scale[:, :, None, None]
    torch.testing.assert_close(module(x), expected)
    (grad,) = torch.autograd.grad(module(x).square().sum(), x)
    (hand,) = torch.autograd.grad(expected.square().sum(), x)
    torch.testing.assert_close(grad, hand)


def test_a_gate_counts_its_layers_and_sees_what_both_branches_see():
    block = Chain(conv=Conv2d(6, 3), se=squeeze_excitation(6, 2))
    found = trace(block, CHW(3, 9, 9))
    assert found.output_shape == CHW(6, 7, 7)
    assert found.steps[-1].path == "se"
    assert sum(step.parameters for step in found.steps) == (27 * 6 + 6) + (12 + 2) + (12 + 6)
    assert sum(step.macs for step in found.steps) == 49 * 27 * 6 + 12 + 12
    field = receptive_fields(found)[found.output]
    assert {field.rows.span(unit) for unit in range(7)} == {(0, 9)}


@pytest.mark.parametrize(
    ("gate", "body", "expected", "fix"),
    [
        (Conv2d(3, 1), Conv2d(4, 1), "a gate of 4x1x1, or of 4x8x8", "Conv2d(4, 1)"),
        (GlobalAvgPool2d(), Conv2d(4, 1), "a gate of 4x1x1, or of 4x8x8", "GlobalAvgPool2d()"),
        (MaxPool2d(2), Identity(), "a gate of 3x1x1, or of 3x8x8", "Sigmoid()"),
        (Flatten(), Identity(), "a gate of 3x1x1, or of 3x8x8", "Sigmoid()"),
        (
            Flatten(),
            Chain(flatten=Flatten(), fc=Linear(7)),
            "a gate of 7 numbers",
            "end the gate in Linear(7)",
        ),
    ],
)
def test_a_gate_that_does_not_fit_names_its_path_and_what_would_fit(gate, body, expected, fix):
    with pytest.raises(ArchitectureError, match="the gate does not fit the body") as caught:
        trace(Chain(part=Gate(body, gate)), CHW(3, 8, 8))
    assert caught.value.where == "part"
    assert caught.value.expected == expected
    assert fix in caught.value.fix


@pytest.mark.parametrize("gate", [Conv2d(4, 1), Chain(p=GlobalAvgPool2d(), c=Conv2d(4, 1))])
def test_a_gate_of_every_number_or_of_every_channel(gate):
    module = build_block(Gate(Conv2d(4, 1), gate), CHW(3, 8, 8))
    x = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(module(x), module.body(x) * module.gate(x))


def test_a_gate_of_vectors():
    block = Chain(flat=Flatten(), gated=Gate(Linear(4), Chain(fc=Linear(4), s=Sigmoid())))
    assert trace(block, CHW(1, 2, 2)).output_shape == Features(4)


def test_a_gate_in_json_and_as_a_key():
    block = squeeze_excitation(3, 2)
    made = classified(se=block)
    text = made.to_json()
    assert '"type": "Gate"' in text
    assert Architecture.from_json(text) == made
    assert block == squeeze_excitation(3, 2) != squeeze_excitation(3, 1)
    assert len({block, squeeze_excitation(3, 2)}) == 1
    with pytest.raises(ArchitectureError, match=r"se\.gate\.reduce\.out_channels"):
        Architecture.from_json(text.replace('"out_channels": 2', '"out_channels": -2'))


def test_no_other_module_asks_which_class_a_composition_is():
    """`arch/trace.py` may: the weight of a loss belongs to auxiliary heads only."""
    source = Path(convscope.__file__).parent
    names = {composition.__name__ for composition in COMPOSITIONS}
    asking = set()
    for file in source.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="isinstance"), args=[_, kind]):
                    pass
                case ast.MatchClass(cls=kind):
                    pass
                case _:
                    continue
            if names & {n.id for n in ast.walk(kind) if isinstance(n, ast.Name)}:
                asking.add(file.relative_to(source).as_posix())
    assert asking == {"arch/trace.py"}
